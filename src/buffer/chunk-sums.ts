/**
 * Checksums of a chunk, in a file of our own beside it: `.PREFIX.ID.sums`. Its name begins with a dot, so that the pattern
 * by which Fluentd looks for chunks never finds it; Fluentd goes on with the chunk and leaves this file alone.
 *
 *     offset  size  content
 *          0     8  "LFSUMS" 01 0A
 *          8     4  length of what follows, big endian
 *         12        what the .meta file says when the chunk is new: tag, time slot, fields, id, times
 *                4  CRC-32 of all before
 *
 * then entries of 24 bytes, one for each append:
 *
 *          0     1  kind: 1 appended, 2 cut back, 3 closed in good order
 *          1     3  00
 *          4     4  events in the chunk so far
 *          8     8  its length so far
 *         16     4  CRC-32 of the appended bytes
 *         20     4  CRC-32 of these 20 bytes, begun with that of the entry (or head) before
 *
 * The chain of checksums ends at the first entry that was not written in full: what lies behind has no meaning.
 */
import { crc32 } from 'node:zlib';
import { encodeChunkMeta, decodeChunkMeta, type ChunkMeta } from './chunk-meta.ts';

const MAGIC = Buffer.from('LFSUMS\x01\n', 'latin1');
const HEAD_FIXED = 12;
/** Bytes of an entry. */
export const SUM_ENTRY_SIZE = 24;
const KINDS = { appended: 1, cut: 2, closed: 3 } as const;

/** One step of a chunk's life; totals, not differences. */
export interface SumEntry {
  readonly kind: keyof typeof KINDS;
  readonly eventCount: number;
  readonly byteLength: number;
  /** Of the appended bytes; 0 for other kinds. */
  readonly sum: number;
}

/** Bytes to write, and what the next entry's checksum begins with. */
export interface SumBytes {
  readonly bytes: Buffer;
  readonly chain: number;
}

export interface Sums {
  readonly meta: ChunkMeta;
  readonly entries: readonly SumEntry[];
  /** Where the next entry belongs. */
  readonly byteLength: number;
  readonly chain: number;
}

/** CRC-32 of bytes of a chunk. */
export function sumOf(bytes: Uint8Array): number {
  return crc32(bytes);
}

export function encodeSumsHead(meta: ChunkMeta): SumBytes {
  const body = encodeChunkMeta(meta);
  const bytes = Buffer.alloc(HEAD_FIXED + body.length + 4);
  MAGIC.copy(bytes);
  bytes.writeUInt32BE(body.length, 8);
  body.copy(bytes, HEAD_FIXED);
  const chain = crc32(bytes.subarray(0, -4));
  bytes.writeUInt32BE(chain, bytes.length - 4);
  return { bytes, chain };
}

export function encodeSum({ kind, eventCount, byteLength, sum }: SumEntry, chain: number): SumBytes {
  const bytes = Buffer.alloc(SUM_ENTRY_SIZE);
  bytes[0] = KINDS[kind];
  bytes.writeUInt32BE(eventCount % 2 ** 32, 4);
  bytes.writeUInt32BE(Math.floor(byteLength / 2 ** 32), 8);
  bytes.writeUInt32BE(byteLength % 2 ** 32, 12);
  bytes.writeUInt32BE(sum, 16);
  const next = crc32(bytes.subarray(0, 20), chain);
  bytes.writeUInt32BE(next, 20);
  return { bytes, chain: next };
}

/** What the file says up to its last good entry; undefined if its head was not written in full. */
export function readSums(bytes: Buffer): Sums | undefined {
  if (bytes.length < HEAD_FIXED + 4 || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const headEnd = HEAD_FIXED + bytes.readUInt32BE(8);
  if (headEnd + 4 > bytes.length) return undefined;
  let chain = crc32(bytes.subarray(0, headEnd));
  if (bytes.readUInt32BE(headEnd) !== chain) return undefined;
  const entries: SumEntry[] = [];
  let at = headEnd + 4;
  for (; at + SUM_ENTRY_SIZE <= bytes.length; at += SUM_ENTRY_SIZE) {
    const next = crc32(bytes.subarray(at, at + 20), chain);
    const kind = kindOf(bytes[at]!);
    if (kind === undefined || bytes.readUInt32BE(at + 20) !== next) break;
    entries.push({
      kind,
      eventCount: bytes.readUInt32BE(at + 4),
      byteLength: bytes.readUInt32BE(at + 8) * 2 ** 32 + bytes.readUInt32BE(at + 12),
      sum: bytes.readUInt32BE(at + 16),
    });
    chain = next;
  }
  return { meta: decodeChunkMeta(bytes.subarray(HEAD_FIXED, headEnd)), entries, byteLength: at, chain };
}

function kindOf(byte: number): SumEntry['kind'] | undefined {
  if (byte === KINDS.appended) return 'appended';
  if (byte === KINDS.cut) return 'cut';
  return byte === KINDS.closed ? 'closed' : undefined;
}

/** The part of a chunk that its checksums prove. */
export interface ProvenPart {
  readonly byteLength: number;
  readonly eventCount: number;
  /** Whether every byte that the checksums speak of is there and as it was. */
  readonly whole: boolean;
  /** Events that the checksums speak of and that are not in the proven part. */
  readonly missingEvents: number;
  /** Whether the last thing was that the chunk was closed in good order. */
  readonly closed: boolean;
}

/** Compares a chunk's bytes with its checksums. */
export function provenPart(bytes: Buffer, { entries }: Sums): ProvenPart {
  const appended: SumEntry[] = [];
  for (const entry of entries) {
    if (entry.kind === 'appended') appended.push(entry);
    else while (appended.length > 0 && appended.at(-1)!.byteLength > entry.byteLength) appended.pop();
  }
  let byteLength = 0;
  let eventCount = 0;
  const last = appended.at(-1);
  for (const entry of appended) {
    if (entry.byteLength > bytes.length || crc32(bytes.subarray(byteLength, entry.byteLength)) !== entry.sum) break;
    ({ byteLength, eventCount } = entry);
  }
  return {
    byteLength,
    eventCount,
    whole: byteLength === (last?.byteLength ?? 0),
    missingEvents: (last?.eventCount ?? 0) - eventCount,
    closed: entries.at(-1)?.kind === 'closed',
  };
}
