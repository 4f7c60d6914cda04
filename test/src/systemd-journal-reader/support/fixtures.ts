/** Journal files written by the tools of systemd, and what journalctl prints of them. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { JournalEntry } from '../../../../src/systemd-journal-reader/index.ts';
import { textToBytes } from '../../../../src/systemd-journal-reader/index.ts';

export const FIXTURES = join(import.meta.dirname, '../../../fixtures/journal');

export type GoldenValue = string | { readonly b64: string } | { readonly len: number; readonly sha256: string };

export interface GoldenEntry {
  readonly cursor: string;
  readonly realtime: string;
  readonly monotonic: string;
  readonly fields: readonly (readonly [string, GoldenValue])[];
}

export function gunzip(path: string): Buffer {
  return gunzipSync(readFileSync(path));
}

/** Parses a list with one JSON value in each line, brackets around it. */
export function readList<T>(name: string): T[] {
  return JSON.parse(gunzip(join(FIXTURES, `${name}.json.gz`)).toString()) as T[];
}

const goldens = new Map<string, GoldenEntry[]>();

/** What journalctl prints of a file or a set, entry by entry. */
export function golden(target: string, path = join(FIXTURES, 'golden', `${target}.fields.jsonl.gz`)): GoldenEntry[] {
  const known = goldens.get(path);
  if (known) return known;
  const lines = gunzip(path).toString().split('\n').filter((line) => line !== '');
  const entries = lines.map((line) => JSON.parse(line) as GoldenEntry);
  goldens.set(path, entries);
  return entries;
}

/** A temporary folder that is removed at the end of the process's tests: call `remove` in afterAll. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'journal-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Unpacks all fixture files below a folder: `<name>.journal`, `sets/<set>/<machine>/*`. */
export function unpackAll(folder: string): void {
  const root = join(FIXTURES, 'files');
  for (const name of readdirSync(root, { recursive: true }) as string[]) {
    if (!name.endsWith('.gz')) continue;
    const to = join(folder, name.slice(0, -3));
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, gunzip(join(root, name)));
  }
}

export function fileBytes(name: string): Buffer {
  return gunzip(join(FIXTURES, 'files', `${name}.journal.gz`));
}

/** The path that a target ("v257-...", "sets/...") has below the folder. */
export function pathOf(folder: string, target: string): string {
  return target.startsWith('sets/') ? join(folder, target) : join(folder, `${target}.journal`);
}

/** Where the golden answer of a target lies. */
export function goldenOf(target: string): GoldenEntry[] {
  return golden(target);
}

/** A value as the golden files have it. */
export function goldenValue(value: string): GoldenValue {
  const bytes = textToBytes(value);
  if (bytes.length > 2048) return { len: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  return value.isWellFormed() ? value : { b64: bytes.toString('base64') };
}

/** An entry as journalctl prints it: the boot id from the entry first, that of the data left out. */
export function asGolden(entry: JournalEntry): GoldenEntry {
  const fields = entry.fields().filter(({ name }) => name !== '_BOOT_ID').map(({ name, value }) => [name, goldenValue(value)] as const);
  return {
    cursor: entry.cursor,
    realtime: String(entry.realtime),
    monotonic: String(entry.monotonic),
    fields: [['_BOOT_ID', entry.bootId], ...fields],
  };
}

/** Indices, where `[a, b]` stands for a..b. */
export function expandRanges(ranges: readonly (number | readonly [number, number])[]): number[] {
  return ranges.flatMap((range) =>
    typeof range === 'number' ? [range] : Array.from({ length: range[1] - range[0] + 1 }, (_, i) => range[0] + i));
}

/** Members by key, in the order of their first members. */
export function groupBy<T, K>(list: Iterable<T>, key: (member: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const member of list) {
    const group = groups.get(key(member));
    if (group) group.push(member);
    else groups.set(key(member), [member]);
  }
  return groups;
}
