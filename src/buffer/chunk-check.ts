/** How much of a chunk that was found is good: what its checksums prove, and what another program added. */
import type { Compress } from './compression.ts';
import { provenPart, sumOf, type Sums } from './chunk-sums.ts';
import { wholeEvents } from './whole-events.ts';

export interface CheckOptions {
  readonly sums: Sums | undefined;
  /** Events according to its `.meta`, if there is one. */
  readonly said: number | undefined;
  /** Whether chunks of this buffer have a `.meta`. */
  readonly hasMeta: boolean;
  readonly compress: Compress;
}

export interface CheckedChunk {
  /** The first bytes, which are good. */
  readonly byteLength: number;
  /** Undefined if only counting them would tell. */
  readonly eventCount: number | undefined;
  /** Known events that are not in the good part. */
  readonly missingEvents: number;
  /** The checksum of the end of the good part, where the chunk's own checksums do not reach. */
  readonly foreign: { readonly sum: number } | undefined;
}

/**
 * Bytes behind those with checksums are either an append that was not finished (and not acknowledged), or what another
 * program added. That it was another program shows in a `.meta` that counts more events than the checksums (ours never does),
 * or, without `.meta` files, in checksums that end in good order.
 */
export function checkChunk(bytes: Buffer, { sums, said, hasMeta, compress }: CheckOptions): CheckedChunk {
  const proven = sums && provenPart(bytes, sums);
  const from = proven?.byteLength ?? 0;
  const before = proven?.eventCount ?? 0;
  const isForeign = !proven || (proven.whole && (hasMeta ? (said ?? 0) > before : proven.closed));
  const isMore = bytes.length > from;
  if (proven && (!isForeign || !isMore)) {
    return { byteLength: from, eventCount: before, missingEvents: proven.missingEvents, foreign: undefined };
  }
  const tail = bytes.subarray(from);
  const added = (said ?? before) - before;
  const { byteLength, eventCount } = wholeEvents(tail, compress, added);
  const isWhole = byteLength === tail.length;
  const counted = eventCount ?? (said === undefined ? undefined : isWhole ? added : undefined);
  return {
    byteLength: from + byteLength,
    eventCount: counted === undefined ? undefined : before + counted,
    missingEvents: isWhole || eventCount === undefined ? 0 : Math.max(0, added - eventCount),
    foreign: byteLength === 0 ? undefined : { sum: sumOf(tail.subarray(0, byteLength)) },
  };
}
