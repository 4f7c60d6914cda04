/**
 * The header of a journal file, and which files can be read.
 *
 * All numbers are little endian; offsets count from the start of the file. A field exists only if
 * header_size covers it. See systemd's docs/JOURNAL_FILE_FORMAT.md.
 */
import { readOffset } from './u64.ts';

/** Size of the largest header known (systemd 254 and later); older ones have 208 bytes and more. */
export const HEADER_BYTES = 272;
const SMALLEST_HEADER = 208;

const SIGNATURE = Buffer.from('LPKSHHRH', 'latin1');

/** Incompatible flags. */
const XZ = 1;
const LZ4 = 2;
const KEYED_HASH = 4;
const ZSTD = 8;
const COMPACT = 16;
const KNOWN_FLAGS = XZ | LZ4 | KEYED_HASH | ZSTD | COMPACT;

export const STATES = ['offline', 'online', 'archived'] as const;
export type FileState = (typeof STATES)[number];

export interface Header {
  readonly state: FileState;
  readonly keyedHash: boolean;
  readonly compact: boolean;
  /** The key of the keyed hash, 16 bytes. */
  readonly fileId: Buffer;
  readonly machineId: string;
  /** Whose sequence numbers the entries have. */
  readonly seqnumId: string;
  /** Where the first object is. */
  readonly headerSize: number;
  /** Up to where the file is allocated; a shorter file was cut. */
  readonly allocatedSize: number;
  readonly dataHashTable: { readonly offset: number; readonly bytes: number };
  readonly fieldHashTable: { readonly offset: number; readonly bytes: number };
  /** How many entries are to be seen. */
  readonly entryCount: number;
  /** First array of entries, 0 if there is none. */
  readonly entryArray: number;
}

/** A file that cannot be read as a journal; the message is the reason. `empty`: it may become one. */
export class UnreadableFileError extends Error {
  override name = 'UnreadableFileError';
  readonly empty: boolean;
  constructor(reason: string, empty = false) {
    super(reason);
    this.empty = empty;
  }
}

/** Reads the header from the first bytes of a file of `fileSize` bytes; throws an UnreadableFileError. */
export function readHeader(bytes: Buffer, fileSize: number): Header {
  if (fileSize === 0) throw new UnreadableFileError('it is empty', true);
  if (bytes.length < 8 || bytes.subarray(0, 8).every((byte) => byte === 0)) {
    throw new UnreadableFileError('it has no header (yet)', true);
  }
  if (!bytes.subarray(0, 8).equals(SIGNATURE)) throw new UnreadableFileError('it does not begin with the signature of journal files');
  if (bytes.length < SMALLEST_HEADER) throw new UnreadableFileError(`it ends within its header, after ${bytes.length} bytes`, true);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = view.getUint32(12, true);
  const unknown = (flags & ~KNOWN_FLAGS) >>> 0;
  if (unknown !== 0) {
    throw new UnreadableFileError(`it has the incompatible flag 0x${unknown.toString(16)}, a format that this reader does not know`);
  }
  const state = STATES[bytes[16]];
  if (state === undefined) throw new UnreadableFileError(`its state is ${bytes[16]}; expected 0, 1 or 2`);
  const headerSize = readOffset(view, 88);
  if (headerSize < SMALLEST_HEADER || headerSize > fileSize) {
    throw new UnreadableFileError(`its header size is ${headerSize} in a file of ${fileSize} bytes`, headerSize === 0);
  }
  return {
    state,
    keyedHash: (flags & KEYED_HASH) !== 0,
    compact: (flags & COMPACT) !== 0,
    fileId: Buffer.from(bytes.subarray(24, 40)),
    machineId: bytes.toString('hex', 40, 56),
    seqnumId: bytes.toString('hex', 72, 88),
    headerSize,
    allocatedSize: headerSize + readOffset(view, 96),
    dataHashTable: { offset: readOffset(view, 104), bytes: readOffset(view, 112) },
    fieldHashTable: { offset: readOffset(view, 120), bytes: readOffset(view, 128) },
    entryCount: readOffset(view, 152),
    entryArray: readOffset(view, 176),
  };
}
