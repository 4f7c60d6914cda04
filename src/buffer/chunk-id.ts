/** Ids of chunks. */
import { randomBytes } from 'node:crypto';

let pool = Buffer.alloc(0);
let used = 0;
/** One call for random bytes serves this many ids. */
const POOLED_IDS = 64;
const RANDOM_BYTES = 10;

/**
 * A new id as 32 hexadecimal digits: microseconds since 1970 in 52 bits, then 12 and 64 random bits,
 * so that ids sort by their time. The form is Fluentd's.
 */
export function createChunkId(nowMs: number, random: Uint8Array = take()): string {
  return idOf(microsOf(nowMs), random);
}

/** No chunk is older than the format, microseconds since 1970. */
const EARLIEST = microsOf(Date.UTC(2011, 0));

/** Whether an id tells a time before `latestMs`; an id that was made up by hand does not. */
export function isTimed(id: string, latestMs: number): boolean {
  const micros = timeOf(id);
  return micros !== undefined && micros >= EARLIEST && micros <= microsOf(latestMs);
}

/** Microseconds since 1970; undefined if it is no id of this form. */
function timeOf(id: string): bigint | undefined {
  return /^[0-9a-f]{13}/.test(id) ? BigInt(`0x${id.slice(0, 13)}`) : undefined;
}

/** Ids of one buffer, each behind the one before: chunks sort by them however the clock is set, within a run and after it. */
export class ChunkIds {
  #last = -1n;

  /** An id that was found: those to come are behind it. */
  seen(id: string): void {
    const micros = timeOf(id);
    if (micros !== undefined && micros > this.#last) this.#last = micros;
  }

  next(nowMs: number): string {
    const now = microsOf(nowMs);
    this.#last = now > this.#last ? now : this.#last + 1n;
    return idOf(this.#last, take());
  }
}

function microsOf(ms: number): bigint {
  return BigInt(Math.floor(ms * 1000));
}

function idOf(micros: bigint, random: Uint8Array): string {
  const head = ((micros << 12n) | BigInt(((random[0]! & 0x0f) << 8) | random[1]!)) & 0xffff_ffff_ffff_ffffn;
  return head.toString(16).padStart(16, '0') + Buffer.from(random.subarray(2, RANDOM_BYTES)).toString('hex');
}

function take(): Uint8Array {
  if (used + RANDOM_BYTES > pool.length) {
    pool = randomBytes(POOLED_IDS * RANDOM_BYTES);
    used = 0;
  }
  used += RANDOM_BYTES;
  return pool.subarray(used - RANDOM_BYTES, used);
}
