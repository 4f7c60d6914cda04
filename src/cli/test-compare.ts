/** What was expected of a test case against what happened: differences as lines. Pure. */
import { generateJson } from '../lib/json.ts';
import { Float, isHash, type LogRecord, type Value } from '../lib/value.ts';
import type { ExpectedEvent, Expectation, TestCase } from './test-cases.ts';
import type { ActualEvent, ActualPlace, Outcome } from './test-run.ts';

/** A line of what differs. `-` was expected, `+` was found. */
export interface DiffLine {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
}

/** One thing that differs: where, and how. */
export interface Mismatch {
  readonly title: string;
  readonly lines: readonly DiffLine[];
}

/** Empty if the case passes. */
export function compareCase(test: TestCase, outcome: Outcome): Mismatch[] {
  const found: Mismatch[] = [];
  const used = new Set<ActualPlace>();
  for (const expectation of test.expect) {
    const places = (expectation.tag === undefined ? outcome.streams : outcome.tags).filter((place) => fits(place, expectation));
    for (const place of places) used.add(place);
    if (places.length > 1) {
      found.push({ title: `${placeText(expectation)} fits several places`, lines: places.map((place) => ({ mark: '+', text: placeText(place) })) });
      continue;
    }
    const lines = compareEvents(expectation, places[0]?.events ?? []);
    if (lines.length > 0) found.push({ title: placeText(expectation), lines });
  }
  return [...found, ...unexpected(outcome, used), ...compareLost(test, outcome)];
}

function fits(place: ActualPlace, { group, stream, tag, output }: Expectation): boolean {
  return (group === undefined || place.group === group) && (stream === undefined || place.stream === stream) && (tag === undefined || place.tag === tag)
    && (output === undefined || place.output === output);
}

/** Places that nobody expects. An output that is looked at by tag is not looked at by stream, and the other way round. */
function unexpected({ streams, tags }: Outcome, used: ReadonlySet<ActualPlace>): Mismatch[] {
  const byTag = new Set(tags.filter((place) => used.has(place)).map(({ output }) => output));
  const byStream = new Set(streams.map(({ output }) => output));
  const rest = [...streams.filter(({ output }) => !byTag.has(output)), ...tags.filter(({ output }) => byTag.has(output) || !byStream.has(output))];
  return rest.filter((place) => !used.has(place)).map((place) => ({
    title: `${placeText(place)}: nothing was expected there`, lines: place.events.map((event) => ({ mark: '+', text: eventText(event) })),
  }));
}

function compareLost({ lost }: TestCase, outcome: Outcome): Mismatch[] {
  return [...new Set([...lost.keys(), ...outcome.lost.keys()])].flatMap((id) => {
    const expected = lost.get(id) ?? 0;
    const actual = outcome.lost.get(id) ?? { count: 0, details: [] };
    if (expected === actual.count) return [];
    return [{
      title: `lost: ${id}`,
      lines: [{ mark: '-', text: `${expected}` }, { mark: '+', text: `${actual.count}` }, ...actual.details.map((text): DiffLine => ({ mark: ' ', text: `  ${text}` }))] as DiffLine[],
    }];
  });
}

function compareEvents({ events: expected, exact }: Expectation, actual: readonly ActualEvent[]): DiffLine[] {
  const lines: DiffLine[] = [];
  for (let i = 0; i < Math.max(expected.length, actual.length); i++) {
    const [wanted, got] = [expected[i], actual[i]];
    if (!wanted) lines.push({ mark: '+', text: `event ${i + 1}: ${eventText(got!)}` });
    else if (!got) lines.push({ mark: '-', text: `event ${i + 1}: ${expectedText(wanted)}` });
    else {
      const inner = compareEvent(wanted, got, exact);
      if (inner.length > 0) lines.push({ mark: ' ', text: `event ${i + 1}` }, ...inner.map(({ mark, text }): DiffLine => ({ mark, text: `  ${text}` })));
    }
  }
  return lines;
}

function compareEvent(wanted: ExpectedEvent, got: ActualEvent, exact: boolean): DiffLine[] {
  const lines: DiffLine[] = [];
  if (wanted.timeMs !== undefined && wanted.timeMs !== got.timeMs) lines.push({ mark: '-', text: `$time: ${iso(wanted.timeMs)}` }, { mark: '+', text: `$time: ${iso(got.timeMs)}` });
  if (wanted.text !== undefined) {
    if (wanted.text !== textOf(got)) lines.push({ mark: '-', text: wanted.text }, { mark: '+', text: textOf(got) });
    return lines;
  }
  if (!got.record) return [...lines, { mark: '-', text: expectedText(wanted) }, { mark: '+', text: textOf(got) }];
  compareValues('', wanted.record!, got.record, exact, lines);
  for (const name of wanted.without) if (got.record.has(name)) lines.push({ mark: '+', text: `${name}: ${generateJson(got.record.get(name)!)}` });
  return lines;
}

/** Hashes by field, everything else as a whole. */
function compareValues(name: string, wanted: Value, got: Value | undefined, exact: boolean, lines: DiffLine[]): void {
  if (isHash(wanted) && isHash(got)) {
    const inner = (key: string) => (name === '' ? key : `${name}.${key}`);
    for (const [key, value] of wanted) compareValues(inner(key), value, got.get(key), exact, lines);
    if (exact) for (const [key, value] of got) if (!wanted.has(key)) lines.push({ mark: '+', text: `${inner(key)}: ${generateJson(value)}` });
    return;
  }
  if (got !== undefined && sameValue(wanted, got, exact)) return;
  lines.push({ mark: '-', text: `${name}: ${generateJson(wanted)}` });
  if (got !== undefined) lines.push({ mark: '+', text: `${name}: ${generateJson(got)}` });
}

function sameValue(wanted: Value, got: Value, exact: boolean): boolean {
  if (Array.isArray(wanted)) return Array.isArray(got) && wanted.length === got.length && (wanted as Value[]).every((value, i) => sameValue(value, (got as Value[])[i]!, exact));
  if (isHash(wanted)) {
    if (!isHash(got) || (exact && wanted.size !== got.size)) return false;
    return [...wanted].every(([key, value]) => got.has(key) && sameValue(value, got.get(key)!, exact));
  }
  return plainNumber(wanted) === plainNumber(got);
}

/** Numbers are compared by their value. */
function plainNumber(value: Value): unknown {
  if (value instanceof Float) return value.value;
  if (typeof value === 'bigint' && BigInt(Number(value)) === value) return Number(value);
  return value;
}

/** A place in one line. */
export function placeText({ group, stream, tag, output }: { readonly group?: string | undefined; readonly stream?: string | undefined; readonly tag?: string | undefined; readonly output?: string | undefined }): string {
  const parts = [group === undefined ? '' : `group ${group}`, stream === undefined ? '' : `stream ${stream}`, tag === undefined ? '' : `tag ${tag}`];
  const text = parts.filter((part) => part !== '').join(', ');
  if (text === '') return `output ${output}`;
  return output !== undefined && group === undefined ? `${text} in ${output}` : text;
}

function eventText(event: ActualEvent): string {
  return event.text ?? generateJson(event.record ?? new Map());
}

/** The text that is stored, or the record as JSON. */
function textOf(event: ActualEvent): string {
  return event.text ?? generateJson(event.record ?? new Map<string, Value>());
}

function expectedText({ record, text }: ExpectedEvent): string {
  return text ?? generateJson(record as LogRecord);
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
