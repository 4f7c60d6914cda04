/** Cursors: the position of an entry as text, as libsystemd writes and reads it. */
import type { JournalEntry } from './entry.ts';
import { toU64, type U64 } from './u64.ts';

/** What a cursor says; any part may be missing, but not all that would be needed to find something. */
export interface Cursor {
  readonly seqnumId?: string | undefined;
  readonly seqnum?: U64 | undefined;
  readonly bootId?: string | undefined;
  readonly monotonic?: U64 | undefined;
  readonly realtime?: U64 | undefined;
  /** Hexadecimal digits without leading zeros. */
  readonly xorHash?: string | undefined;
}

/** A text that is no cursor. */
export class InvalidCursorError extends Error {
  override name = 'InvalidCursorError';
}

const ID = /^[0-9a-f]{32}$/i;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const NUMBER = /^[0-9a-f]{1,16}$/i;

/** 32 lower-case digits of a 128-bit id, dashes allowed; undefined if it is not one. */
export function parseId(text: string): string | undefined {
  return ID.test(text) ? text.toLowerCase() : UUID.test(text) ? text.replaceAll('-', '').toLowerCase() : undefined;
}

/** The parts that are there; throws an InvalidCursorError. */
export function parseCursorParts(text: string): Cursor {
  const parts: { -readonly [K in keyof Cursor]: Cursor[K] } = {};
  const fail = (what: string): never => {
    throw new InvalidCursorError(`'${text}' is not a cursor: ${what}; expected s=...;i=...;b=...;m=...;t=...;x=...`);
  };
  for (const part of text.split(';')) {
    if (part.length < 2 || part[1] !== '=') fail(`'${part}' is not a letter with a value`);
    const value = part.slice(2);
    const id = (): string => parseId(value) ?? fail(`'${part}' should have 32 hexadecimal digits`);
    const number = (): U64 => (NUMBER.test(value) ? toU64(BigInt(`0x${value}`)) : fail(`'${part}' should have a hexadecimal number`));
    switch (part[0]) {
      case 's': parts.seqnumId = id(); break;
      case 'i': parts.seqnum = number(); break;
      case 'b': parts.bootId = id(); break;
      case 'm': parts.monotonic = number(); break;
      case 't': parts.realtime = number(); break;
      case 'x': parts.xorHash = number().toString(16); break;
      default: // Of a later version.
    }
  }
  return parts;
}

/** A cursor that can be sought; throws an InvalidCursorError if it has too few parts. */
export function parseCursor(text: string): Cursor {
  const cursor = parseCursorParts(text);
  const { seqnumId, seqnum, bootId, monotonic, realtime } = cursor;
  if ((seqnumId !== undefined && seqnum !== undefined) || (bootId !== undefined && monotonic !== undefined) || realtime !== undefined) {
    return cursor;
  }
  throw new InvalidCursorError(`'${text}' is not a cursor: it needs s and i, or b and m, or t`);
}

/** Whether every part that is given is the entry's. */
export function isAtCursor(entry: JournalEntry, cursor: Cursor): boolean {
  const { seqnumId, seqnum, bootId, monotonic, realtime, xorHash } = cursor;
  return (seqnumId === undefined || seqnumId === entry.seqnumId)
    && (seqnum === undefined || seqnum === entry.seqnum)
    && (bootId === undefined || bootId === entry.bootId)
    && (monotonic === undefined || monotonic === entry.monotonic)
    && (realtime === undefined || realtime === entry.realtime)
    && (xorHash === undefined || entry.cursor.endsWith(`;x=${xorHash}`));
}
