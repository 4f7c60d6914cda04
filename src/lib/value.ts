/**
 * The values a record may hold, with the distinctions that Ruby makes and JSON text shows.
 *
 * - Integer: a `number` without fraction (safe integers), or a `bigint` beyond 2^53 - 1
 * - Float: a `number` with a fraction, or a {@link Float} where the number alone would look like
 *   an Integer (1.0, -0.0, 1e300, NaN, Infinity)
 * - String: text; bytes that are not valid UTF-8 are kept, see `text.ts`
 * - Hash: a Map, because its order holds for every key ("10" before "2") and no key is special
 */
export type Value = null | boolean | string | number | bigint | Float | readonly Value[] | ReadonlyMap<string, Value>;

/** One event's data. Never changed in place once it was emitted: unchanged means the same object. */
export type LogRecord = ReadonlyMap<string, Value>;

/** A floating-point value that a bare `number` would print as an integer. */
export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
  valueOf(): number {
    return this.value;
  }
}

/** A Float as records keep it: a bare number where its text shows that it is one. */
export function toFloat(value: number): number | Float {
  return Number.isInteger(value) || !Number.isFinite(value) ? new Float(value) : value;
}

/** An Integer as records keep it: a number where that is exact, else a bigint. */
export function toInteger(value: bigint): number | bigint {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

/** Whether a value is a hash. */
export function isHash(value: unknown): value is ReadonlyMap<string, Value> {
  return value instanceof Map;
}

/** Text is numeric in records only as these three; everything else is not a number. */
export function isNumeric(value: unknown): value is number | bigint | Float {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof Float;
}
