/** Values of `<record>`, compiled: what each needs to know, and how it is computed. */
import { textOf, type EventTime, type LogRecord, type TagValues, type Value } from '#logferry';

/** What an expression depends on; each includes those before it. */
export type Needs = 'nothing' | 'tag' | 'event';

export interface Scope {
  readonly tag: TagValues;
  readonly time: EventTime;
  readonly record: LogRecord;
}

export interface Expression {
  readonly needs: Needs;
  /** The field whose value this is, unchanged, if that is all. */
  readonly field?: string | undefined;
  /** Whether it may change lists and hashes of the record: then the record must be a copy. */
  readonly mutates?: boolean | undefined;
  /** Throws what the event's `@ERROR` record is to tell. */
  evaluate(scope: Scope): Value;
}

/** Compiles one text of the configuration; `asText` for keys, which are always text. */
export type CompileText = (text: string, asText: boolean) => Expression;

export function fixed(value: Value): Expression {
  return { needs: 'nothing', evaluate: () => value };
}

/** What needs most of all. */
export function widest(expressions: readonly Expression[]): Needs {
  if (expressions.some(({ needs }) => needs === 'event')) return 'event';
  return expressions.some(({ needs }) => needs === 'tag') ? 'tag' : 'nothing';
}

/** A value of JSON with placeholders in its texts and keys; numbers, booleans and null are themselves. */
export function compileValue(value: Value, compileText: CompileText): Expression {
  if (typeof value === 'string') return compileText(value, false);
  if (Array.isArray(value)) {
    const items = (value as readonly Value[]).map((item) => compileValue(item, compileText));
    return { ...combined(items), evaluate: (scope) => items.map((item) => item.evaluate(scope)) };
  }
  if (value instanceof Map) {
    const members = [...(value as ReadonlyMap<string, Value>)].map(
      ([key, inner]) => [compileText(key, true), compileValue(inner, compileText)] as const,
    );
    return {
      ...combined(members.flat()),
      evaluate: (scope) => new Map(members.map(([key, inner]) => [textOf(key.evaluate(scope)), inner.evaluate(scope)])),
    };
  }
  return fixed(value);
}

function combined(inner: readonly Expression[]) {
  return { needs: widest(inner), mutates: inner.some((expression) => expression.mutates) };
}
