/**
 * Unsigned 64-bit values: a number as long as that is exact, a bigint beyond. Every value has one
 * form, so `===`, `<` and `toString(16)` work on both alike.
 */
export type U64 = number | bigint;

const HIGH_OF_UNSAFE = 0x200000;

/** The value at `at`, little endian. */
export function readU64(view: DataView, at: number): U64 {
  const high = view.getUint32(at + 4, true);
  const low = view.getUint32(at, true);
  return high < HIGH_OF_UNSAFE ? high * 0x1_0000_0000 + low : (BigInt(high) << 32n) | BigInt(low);
}

/** An offset, size or count at `at`; Infinity if it is beyond what any file can hold. */
export function readOffset(view: DataView, at: number): number {
  const high = view.getUint32(at + 4, true);
  return high < HIGH_OF_UNSAFE ? high * 0x1_0000_0000 + view.getUint32(at, true) : Infinity;
}

/** The one form of a bigint that is a 64-bit value. */
export function toU64(value: bigint): U64 {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

/** -1, 0 or 1. */
export function compareU64(a: U64, b: U64): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
