/**
 * How much of a chunk without checksums can be used: up to the last whole event, as far as the bytes tell.
 *
 * MessagePack is read value by value. A gzip member or zstd frame is one append, which counts if it can be decompressed.
 * Texts end with a line break; where formatters write none, nothing can be told and all is kept.
 */
import { constants } from 'node:buffer';
import zlib from 'node:zlib';
import { MsgpackReader } from '../lib/msgpack.ts';
import { decompressPieces, type Compress } from './compression.ts';

export interface WholeEvents {
  readonly byteLength: number;
  /** Undefined if the bytes do not tell. */
  readonly eventCount: number | undefined;
}

/** `said`: how many events the chunk has according to its `.meta`; 0 if that is not known. */
export function wholeEvents(bytes: Buffer, compress: Compress, said: number): WholeEvents {
  if (compress !== 'text') return wholePieces(bytes, compress);
  return isEntry(bytes) ? wholeEntries(bytes) : wholeLines(bytes, said);
}

/** Whether the bytes begin with a list that ends with a record: `[time, record]`, `[tag, time, record]`. */
function isEntry(bytes: Buffer): boolean {
  if (bytes[0] !== 0x92 && bytes[0] !== 0x93) return false;
  try {
    return readEntry(new MsgpackReader(bytes));
  } catch (error) {
    // The only event of the chunk is cut off.
    return MsgpackReader.isIncomplete(error);
  }
}

function readEntry(reader: MsgpackReader): boolean {
  if (reader.kind() !== 'array') return false;
  const length = reader.arrayLength();
  if (length < 2 || length > 3) return false;
  for (let i = 1; i < length; i++) reader.skip();
  if (reader.kind() !== 'map') return false;
  reader.skip();
  return true;
}

function wholeEntries(bytes: Buffer): WholeEvents {
  const reader = new MsgpackReader(bytes);
  let byteLength = 0;
  let eventCount = 0;
  try {
    while (!reader.atEnd && readEntry(reader)) {
      byteLength = reader.position;
      eventCount++;
    }
  } catch {
    // What lies behind the last whole event is cut off or damaged.
  }
  return { byteLength, eventCount };
}

function wholeLines(bytes: Buffer, said: number): WholeEvents {
  if (bytes.length === 0) return { byteLength: 0, eventCount: 0 };
  const hole = bytes.indexOf(0);
  const readable = hole === -1 ? bytes : bytes.subarray(0, hole);
  const byteLength = readable.lastIndexOf(10) + 1;
  // A text that does not end lines: all of it, unless zeros show where the disk was never written.
  if (byteLength === 0 || (byteLength < readable.length && countLines(readable) < said)) return { byteLength: readable.length, eventCount: undefined };
  return { byteLength, eventCount: undefined };
}

/** How many MessagePack values stand one after the other; one that is cut off at the end does not count. */
export function countEntries(bytes: Buffer): number {
  const reader = new MsgpackReader(bytes);
  let count = 0;
  try {
    for (; !reader.atEnd; count++) reader.skip();
  } catch (error) {
    if (!MsgpackReader.isIncomplete(error)) throw error;
  }
  return count;
}

/** Line breaks in a text. */
export function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) count++;
  return count;
}

function wholePieces(bytes: Buffer, compress: Compress): WholeEvents {
  const lengthOf = compress === 'gzip' ? gzipMemberLength : zstdFrameLength;
  let byteLength = 0;
  while (byteLength < bytes.length) {
    const rest = bytes.subarray(byteLength);
    try {
      const length = lengthOf(rest);
      if (length === undefined || length > rest.length) break;
      decompressPieces(rest.subarray(0, length), compress, constants.MAX_LENGTH);
      byteLength += length;
    } catch {
      break;
    }
  }
  return { byteLength, eventCount: undefined };
}

/** RFC 1952: flags of the optional fields. */
const GZIP = { headCrc: 2, extra: 4, name: 8, comment: 16 } as const;
const GZIP_HEAD = 10;
const GZIP_TRAILER = 8;

/** Bytes of the gzip member at the start; undefined if there is none. Throws if its data are cut off or damaged. */
export function gzipMemberLength(bytes: Buffer): number | undefined {
  if (bytes.length < GZIP_HEAD || bytes[0] !== 0x1f || bytes[1] !== 0x8b || bytes[2] !== 8) return undefined;
  const flags = bytes[3]!;
  let at = GZIP_HEAD;
  if (flags & GZIP.extra) at += 2 + bytes.readUInt16LE(at);
  for (const field of [GZIP.name, GZIP.comment]) {
    if (!(flags & field)) continue;
    const end = bytes.indexOf(0, at);
    if (end === -1) return undefined;
    at = end + 1;
  }
  if (flags & GZIP.headCrc) at += 2;
  const inflated = zlib.inflateRawSync(bytes.subarray(at), { info: true }) as unknown as { engine: { bytesWritten: number } };
  return at + inflated.engine.bytesWritten + GZIP_TRAILER;
}

const ZSTD_MAGIC = 0xfd2fb528;
/** RFC 8878: bytes of the dictionary id and of the content size, by their flags. */
const ZSTD_DICTIONARY = [0, 1, 2, 4] as const;
const ZSTD_CONTENT = [0, 2, 4, 8] as const;
const ZSTD_RLE_BLOCK = 1;

/** Bytes of the zstd frame at the start; undefined if there is none, or it is cut off. */
export function zstdFrameLength(bytes: Buffer): number | undefined {
  if (bytes.length < 5 || bytes.readUInt32LE(0) !== ZSTD_MAGIC) return undefined;
  const descriptor = bytes[4]!;
  const isSingle = (descriptor & 0x20) !== 0;
  const contentFlag = descriptor >> 6;
  const content = contentFlag === 0 && isSingle ? 1 : ZSTD_CONTENT[contentFlag]!;
  let at = 5 + (isSingle ? 0 : 1) + ZSTD_DICTIONARY[descriptor & 3]! + content;
  for (;;) {
    if (at + 3 > bytes.length) return undefined;
    const block = bytes.readUIntLE(at, 3);
    const size = (block >> 1 & 3) === ZSTD_RLE_BLOCK ? 1 : block >> 3;
    at += 3 + size;
    if (block & 1) break;
  }
  return at + ((descriptor & 4) !== 0 ? 4 : 0);
}
