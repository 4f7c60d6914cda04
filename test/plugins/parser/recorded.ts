/** Creates parsers from configuration text, as the agent does, and runs recorded lines through them. */
import { parseConfig } from '../../../src/config/read.ts';
import { ConfigReader, placeOf, type CheckedPlugin } from '../../../src/config/schema.ts';
import { ConfigError } from '../../../src/errors.ts';
import type { EventTime } from '../../../src/event.ts';
import { generateJson } from '../../../src/lib/json.ts';
import { decodeText, encodeText } from '../../../src/lib/text.ts';
import type { Kind, Kinds, Parsed, Parser, PluginContext } from '../../../src/plugin.ts';
import { plugins } from '../../../plugins/index.ts';
import { Registry } from '../../../src/registry.ts';
import { testContext, type TestContext } from '../../support/context.ts';

/** Text, or bytes that are not UTF-8. */
export type Recorded = string | { hex: string };

export interface RecordedParse {
  tag: string;
  /** Whether lines that do not fit become events. */
  unmatched: boolean;
  /** Whether the encoding of the lines is unknown. */
  bytes: boolean;
  parse: string[];
  lines: Recorded[];
  events: [time: string, record: Recorded][];
}

const registry = new Registry(plugins);

/** A parser of a `<parse>` section's text; throws ConfigError with everything that is wrong. */
export async function createParser(text: string, context: TestContext = testContext({ kind: 'parser' })): Promise<Parser> {
  const root = parseConfig(`<parse>\n${text}\n</parse>\n`, { file: 'test.conf' });
  const reader = new ConfigReader({ registry, strict: false });
  const checked = await reader.plugin('parser', root.elements[0]!);
  if (!checked || reader.problems.length > 0) throw new ConfigError(reader.problems);
  return instance(checked, context);
}

function instance<K extends Kind>(checked: CheckedPlugin<K>, outer: TestContext): Kinds[K] {
  const context: PluginContext = {
    ...outer,
    type: checked.type,
    element: checked.element,
    place: (name) => placeOf(checked.config, name),
    create: (inner) => instance(inner as CheckedPlugin<typeof inner.kind>, outer) as never,
  };
  return checked.definition.create(checked.config, context) as Kinds[K];
}

export function fromRecorded(text: Recorded): string {
  return typeof text === 'string' ? text : decodeText(Buffer.from(text.hex, 'hex'));
}

export function toRecorded(text: string): Recorded {
  const bytes = encodeText(text);
  return bytes.toString('utf8') === text ? text : { hex: bytes.toString('hex') };
}

/** What in_tail makes of lines: `now` stands for the current time. */
export function runLines(parser: Parser, recorded: RecordedParse, now: EventTime): [time: string, record: Recorded][] {
  const events: [string, Recorded][] = [];
  const add = (time: EventTime, record: Parsed['record']): void => {
    const isNow = time.sec === now.sec && time.nsec === now.nsec;
    const text = isNow ? '(now)' : String(BigInt(time.sec) * 1_000_000_000n + BigInt(time.nsec));
    events.push([text, toRecorded(generateJson(record))]);
  };
  for (const line of eventTexts(parser, recorded.lines.map(fromRecorded))) {
    let found: ReturnType<Parser['parse']>;
    try {
      found = parser.parse(line, recorded.bytes);
    } catch {
      continue;
    }
    for (const event of Array.isArray(found) ? (found as readonly (Parsed | undefined)[]) : [found as Parsed | undefined]) {
      if (event?.time) add(event.time, event.record);
      else if (recorded.unmatched) add(now, new Map([['unmatched_line', line]]));
    }
  }
  return events;
}

/** Lines, put together where an event has several. */
function eventTexts(parser: Parser, lines: readonly string[]): string[] {
  const isFirst = parser.multiline?.firstLine;
  if (!isFirst) return [...lines];
  const texts: string[] = [];
  let open = false;
  for (const line of lines) {
    if (isFirst(line) || !open) texts.push(line);
    else texts.push(`${texts.pop()!}\n${line}`);
    open ||= isFirst(line);
  }
  return texts;
}
