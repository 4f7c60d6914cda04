/** `renew_time_key`: a field's value as the time of its event. */
import { Float, type EventTime, type Value } from '#logferry';

/**
 * The time that a value names: seconds since 1970 as a number, or a text that begins with one.
 * Throws a TypeError for values that Ruby's `to_f` does not know.
 */
export function renewedTime(value: Value): EventTime {
  if (value === null) return { sec: 0, nsec: 0 };
  if (typeof value === 'number' && Number.isInteger(value)) return { sec: value, nsec: 0 };
  return ofFloat(seconds(value));
}

function seconds(value: Value): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Float) return value.value;
  if (typeof value === 'string') return Number(/^\s*([+-]?\d+(?:_\d+)*(?:\.\d+(?:_\d+)*)?(?:e[+-]?\d+)?)/i.exec(value)?.[1].replaceAll('_', '') ?? 0);
  throw new TypeError(`the value of renew_time_key is no time: expected a number, found ${Array.isArray(value) ? 'a list' : typeof value === 'boolean' ? value : 'a hash'}`);
}

/** A double has more binary digits than nanoseconds: the exact fraction is cut off, as Ruby's `Time.at` does. */
function ofFloat(value: number): EventTime {
  if (!Number.isFinite(value)) throw new RangeError(`the value of renew_time_key is no time: ${value}`);
  const sec = Math.floor(value);
  // The difference is exact, and below 1 times 2^53 it stays exact as an integer.
  const fraction = BigInt(Math.floor((value - sec) * 2 ** 53));
  return { sec, nsec: Number((fraction * 1_000_000_000n) >> 53n) };
}
