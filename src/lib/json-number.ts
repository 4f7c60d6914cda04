/** How Ruby and its JSON libraries write numbers. */

/** The largest double that is below 2^63: Oj writes whole floats up to here without an exponent. */
const INT64_END = 2 ** 63;

/** A Float as Ruby's `Float#to_s` gives it: `1.0`, `1.0e-05`, `1.0e+16`, `-0.0`, `Infinity`, `NaN`. */
export function floatText(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e-4 && size < 1e16) return Number.isInteger(value) ? `${value}.0` : `${value}`;
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  if (!Number.isFinite(value)) return `${value}`;
  const [digits, exponent] = value.toExponential().split('e') as [string, string];
  const sign = exponent[0];
  return `${digits.includes('.') ? digits : digits + '.0'}e${sign}${exponent.slice(1).padStart(2, '0')}`;
}

/**
 * A Float as Fluentd's JSON output (Oj) writes it: as {@link floatText}, but whole numbers within
 * 64 bits in full (`10000000000000000.0`) and negative zero as `0.0`.
 * Throws a RangeError for NaN and the infinities, which JSON does not have.
 */
export function jsonFloatText(value: number): string {
  if (value === 0) return '0.0';
  if (Number.isInteger(value) && value < INT64_END && value >= -INT64_END) {
    return Number.isSafeInteger(value) ? `${value}.0` : `${BigInt(value)}.0`;
  }
  if (!Number.isFinite(value)) throw new RangeError(`${value} cannot be written as JSON`);
  return floatText(value);
}
