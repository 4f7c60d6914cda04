/**
 * The `.meta` file beside a chunk file, as Fluentd writes it.
 *
 *     offset  size  content
 *          0     2  C1 00
 *          2     4  length of what follows, big endian
 *          6        MessagePack map: timekey, tag, variables, seq, id (16 bytes), s (events),
 *                   c and m (created and modified, seconds since 1970)
 *
 * Old versions wrote the map alone. The file is overwritten in place and never made shorter, so bytes behind
 * the given length have no meaning.
 */
import { isHash, type Value } from '../lib/value.ts';
import { MsgpackReader, MsgpackWriter } from '../lib/msgpack.ts';
import type { ChunkMetadata } from '../plugin.ts';

const HEADER = Buffer.of(0xc1, 0x00);
const HEADER_SIZE = 6;

export interface ChunkMeta {
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly metadata: ChunkMetadata;
  readonly eventCount: number;
  /** Milliseconds since 1970; whole seconds are kept. */
  readonly createdAt: number;
  readonly modifiedAt: number;
}

const writer = new MsgpackWriter();

/** The bytes of a `.meta` file. */
export function encodeChunkMeta({ id, metadata, eventCount, createdAt, modifiedAt }: ChunkMeta): Buffer {
  writer.clear();
  writer
    .mapHeader(8)
    .text('timekey').value(metadata.timekey ?? null)
    .text('tag').value(metadata.tag ?? null)
    .text('variables').value(metadata.variables ?? null)
    .text('seq').value(metadata.seq ?? 0)
    .text('id').binary(Buffer.from(id, 'hex'))
    .text('s').value(eventCount)
    .text('c').value(Math.floor(createdAt / 1000))
    .text('m').value(Math.floor(modifiedAt / 1000));
  const body = writer.take();
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([HEADER, length, body]);
}

/** Reads both forms of a `.meta` file. Throws an Error that says what is wrong. */
export function decodeChunkMeta(bytes: Buffer): ChunkMeta {
  const body = unframe(bytes);
  const reader = new MsgpackReader(body);
  const fields = new Map<string, Value>();
  let id: Buffer | undefined;
  for (let left = reader.mapLength(); left > 0; left--) {
    const name = reader.text();
    const kind = reader.kind();
    if (name === 'id' && (kind === 'binary' || kind === 'text')) id = reader.bytes();
    else fields.set(name, reader.value());
  }
  if (!id || id.length === 0) throw new Error('no chunk id');
  const createdSec = seconds(fields.get('c'));
  const modifiedSec = seconds(fields.get('m'));
  if (createdSec === undefined || modifiedSec === undefined) throw new Error('no times of creation and modification');
  return {
    id: id.toString('hex'),
    metadata: readMetadata(fields),
    eventCount: count(fields.get('s')),
    createdAt: createdSec * 1000,
    modifiedAt: modifiedSec * 1000,
  };
}

function unframe(bytes: Buffer): Buffer {
  if (!bytes.subarray(0, 2).equals(HEADER)) return bytes;
  if (bytes.length < HEADER_SIZE) throw new Error(`the file ends after ${bytes.length} bytes`);
  const end = HEADER_SIZE + bytes.readUInt32BE(2);
  if (end > bytes.length) throw new Error(`the file ends after ${bytes.length} of ${end} bytes`);
  return bytes.subarray(HEADER_SIZE, end);
}

function readMetadata(fields: ReadonlyMap<string, Value>): ChunkMetadata {
  const timekey = fields.get('timekey') ?? undefined;
  const tag = fields.get('tag') ?? undefined;
  const variables = fields.get('variables') ?? undefined;
  const seq = fields.get('seq');
  return {
    timekey: typeof timekey === 'number' ? timekey : undefined,
    tag: typeof tag === 'string' ? tag : undefined,
    variables: isHash(variables) ? variables : undefined,
    ...(typeof seq === 'number' && seq > 0 ? { seq } : {}),
  };
}

function seconds(value: Value | undefined): number | undefined {
  const number = value === null || value === undefined ? NaN : Number(value.valueOf());
  return number > 0 ? number : undefined;
}

function count(value: Value | undefined): number {
  return typeof value === 'number' && value > 0 ? Math.floor(value) : 0;
}
