/** Finding data by value and values by field, through the hash tables of a file. */
import { EntryList } from './entry-list.ts';
import type { JournalFile } from './journal-file.ts';
import { nameEnd } from './payload.ts';
import { bytesToText } from './text.ts';
import { readOffset } from './u64.ts';

const DATA_TYPE = 1;
const DATA_HEAD = 64;
const FIELD_TYPE = 2;
const FIELD_NAME = 40;
const BUCKET_BYTES = 16;
/** Chains of a bucket have a few members; this bounds a damaged one. */
const MAX_CHAIN = 1_000_000;

/** Offset of the data object that holds `NAME=value`; 0 if there is none. */
export function findData(file: JournalFile, data: Buffer): number {
  const hash = file.fieldReader.hash(data);
  const { pages } = file;
  let offset = bucketHead(file, file.header.dataHashTable, hash.high, hash.low);
  for (let i = 0; offset !== 0 && i < MAX_CHAIN; i++) {
    if (file.objectSize(offset, DATA_TYPE, DATA_HEAD) === 0 || !pages.locate(offset, DATA_HEAD)) return 0;
    const { view, at } = pages;
    const next = readOffset(view, at + 24);
    if (view.getUint32(at + 16, true) === hash.low && view.getUint32(at + 20, true) === hash.high) {
      if (file.fieldReader.payload(offset)?.equals(data)) return offset;
    }
    // Members lie behind each other; anything else may be a circle.
    offset = next > offset ? next : 0;
  }
  return 0;
}

/** The entries that have the data object at `data`, as of now. */
export function readDataList(file: JournalFile, data: number, list?: EntryList): EntryList | undefined {
  const { pages } = file;
  if (!pages.locate(data, DATA_HEAD)) return list;
  const { view, at } = pages;
  const inline = readOffset(view, at + 40);
  const array = readOffset(view, at + 48);
  const head = { inline: inline < file.size ? inline : 0, array: array < file.size ? array : 0, count: readOffset(view, at + 56) };
  if (list === undefined) return new EntryList(file, head);
  list.update(head);
  return list;
}

/** All values that a field has in a file, newest first. */
export function* fieldValues(file: JournalFile, name: string): Generator<string> {
  const field = findField(file, Buffer.from(name, 'latin1'));
  if (field === 0 || !file.pages.locate(field, FIELD_NAME)) return;
  let offset = readOffset(file.pages.view, file.pages.at + 32);
  while (offset !== 0 && file.objectSize(offset, DATA_TYPE, DATA_HEAD) !== 0 && file.pages.locate(offset, DATA_HEAD)) {
    const next = readOffset(file.pages.view, file.pages.at + 32);
    const payload = file.fieldReader.payload(offset);
    if (payload) {
      const equals = nameEnd(payload, 0, payload.length);
      if (payload.toString('latin1', 0, equals) === name) yield bytesToText(payload, equals + 1, payload.length);
    }
    // The list goes from new to old.
    offset = next < offset ? next : 0;
  }
}

/** Names of all fields that a file has. */
export function* fieldNames(file: JournalFile): Generator<string> {
  const { offset, bytes } = file.header.fieldHashTable;
  if (!(offset + bytes <= file.size)) return;
  for (let at = 0; at + BUCKET_BYTES <= bytes && file.pages.locate(offset + at, BUCKET_BYTES); at += BUCKET_BYTES) {
    let field = readOffset(file.pages.view, file.pages.at);
    while (field !== 0) {
      const found = readFieldName(file, field);
      if (found === undefined) break;
      yield found.name.toString('latin1');
      field = found.next > field ? found.next : 0;
    }
  }
}

function findField(file: JournalFile, name: Buffer): number {
  const hash = file.fieldReader.hash(name);
  let offset = bucketHead(file, file.header.fieldHashTable, hash.high, hash.low);
  while (offset !== 0) {
    const found = readFieldName(file, offset);
    if (found === undefined) return 0;
    if (found.name.equals(name)) return offset;
    offset = found.next > offset ? found.next : 0;
  }
  return 0;
}

function readFieldName(file: JournalFile, offset: number): { name: Buffer; next: number } | undefined {
  const size = file.objectSize(offset, FIELD_TYPE, FIELD_NAME + 1);
  if (size === 0 || size > FIELD_NAME + 1024 || !file.pages.locate(offset, size)) return undefined;
  const { bytes, view, at } = file.pages;
  return { name: Buffer.from(bytes.subarray(at + FIELD_NAME, at + size)), next: readOffset(view, at + 24) };
}

function bucketHead(file: JournalFile, table: { offset: number; bytes: number }, high: number, low: number): number {
  const buckets = Math.floor(table.bytes / BUCKET_BYTES);
  if (buckets < 1 || !(table.offset + table.bytes <= file.size)) return 0;
  const bucket = Number(((BigInt(high) << 32n) | BigInt(low)) % BigInt(buckets));
  if (!file.pages.locate(table.offset + bucket * BUCKET_BYTES, BUCKET_BYTES)) return 0;
  return readOffset(file.pages.view, file.pages.at);
}
