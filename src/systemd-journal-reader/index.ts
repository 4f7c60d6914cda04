/**
 * Reads the journal of systemd without libsystemd: files of every flavour (regular and compact, keyed
 * and unkeyed hash; uncompressed, XZ, LZ4 and ZSTD), alone or together, while they are written.
 */
export { InvalidCursorError, parseCursor } from './cursor.ts';
export type { Cursor } from './cursor.ts';
export { JournalEntry } from './entry.ts';
export type { JournalField } from './entry.ts';
export { Journal, openJournal } from './journal.ts';
export type { JournalOptions, JournalWarning } from './journal.ts';
export { InvalidMatchError } from './match.ts';
export { bytesToText, textToBytes } from './text.ts';
export type { U64 } from './u64.ts';
