/** Values of record_modifier's `<record>`: text with Ruby expressions in `${...}`. */
import type { ConfigValue } from '../../config/element.ts';
import { ConfigError } from '../../errors.ts';
import type { EventTime } from '../../event.ts';
import type { Value } from '../../lib/value.ts';
import { compileRuby, compileRubyText, RubyEventTime, toRecordValue, type RubyValue } from '../../ruby/index.ts';
import type { TagValues } from '../tag-values.ts';

export interface ModifierScope {
  readonly tag: TagValues;
  readonly time: EventTime;
  /** As it is by now: values see what those before them have set. */
  readonly record: ReadonlyMap<string, Value>;
}

export interface ModifierValue {
  /** Whether the tag alone determines it. */
  readonly ofTag: boolean;
  /** Whether it may change the record in place. */
  readonly mutates: boolean;
  evaluate(scope: ModifierScope): Value;
}

const VARIABLES = ['tag', 'tag_parts', 'time', 'record'];
/** What needs no Ruby. */
const FIELD = /^\$\{record\[(?:"([^"\\#]+)"|'([^'\\]+)')\]\}$/;
const TAG_PART = /^\$\{tag_parts\[(-?\d+)\]\}$/;

/** Compiles a value. `prepare` runs now, and its `@variables` are the value's own. Throws ConfigError. */
export function compileModifierValue(value: ConfigValue, prepare: string | undefined): ModifierValue {
  const { text, at } = value;
  if (!text.includes('${')) {
    const constant = value.special === 'nil' ? null : text;
    return { ofTag: true, mutates: false, evaluate: () => constant };
  }
  const simple = compileSimple(text);
  if (simple) return simple;
  const options = { at, scope: 'event', variables: VARIABLES } as const;
  const isOne = text.startsWith('${') && text.endsWith('}') && text.indexOf('${', 1) < 0;
  const program = isOne ? compileRuby(text.slice(2, -1), options) : compileRubyText(text, 'quotes', options);
  const state = new Map<string, RubyValue>();
  if (prepare !== undefined) {
    try {
      compileRuby(prepare, { ...options, variables: [] }).run({}, state);
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      throw new ConfigError(`'prepare_value' parameter: ${(error as Error).message}`, at);
    }
  }
  const usesTime = program.uses.includes('time');
  return {
    ofTag: false,
    mutates: program.mutates,
    evaluate: ({ tag, time, record }) =>
      toRecordValue(
        program.run(
          {
            tag: tag.tag,
            tag_parts: program.mutates ? [...tag.parts] : (tag.parts as string[]),
            time: usesTime ? new RubyEventTime(time.sec, time.nsec) : null,
            record: record as unknown as RubyValue,
          },
          state,
        ),
      ),
  };
}

function compileSimple(text: string): ModifierValue | undefined {
  if (text === '${tag}') return { ofTag: true, mutates: false, evaluate: ({ tag }) => tag.tag };
  const part = TAG_PART.exec(text);
  if (part) {
    const index = Number(part[1]);
    return { ofTag: true, mutates: false, evaluate: ({ tag }) => tag.parts.at(index) ?? null };
  }
  const field = FIELD.exec(text);
  if (!field) return undefined;
  const key = field[1] ?? field[2];
  return { ofTag: false, mutates: false, evaluate: ({ record }) => record.get(key) ?? null };
}
