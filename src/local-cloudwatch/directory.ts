/**
 * A directory that keeps what the endpoint has:
 *
 *   DIR/GROUP/group.json          {"logGroupName":…,"creationTime":…,"tags":{…},…}
 *   DIR/GROUP/STREAM.jsonl        first line {"logStreamName":…,"creationTime":…}, then a line for each
 *                                 event: {"timestamp":…,"ingestionTime":…,"message":"…"}
 *
 * GROUP and STREAM are a readable beginning of the name and a digest of all of it, so that no name can
 * leave the directory, be too long, or collide with another on a file system that ignores case. Streams
 * are only appended to. A last line without its line end, left behind by a crash, is cut off when the
 * directory is loaded.
 */
import { createHash } from 'node:crypto';
import {
  closeSync, existsSync, fstatSync, ftruncateSync, mkdirSync, openSync, readFileSync, readdirSync, renameSync, rmSync,
  truncateSync, writeFileSync, writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { AcceptedBatch, Group, LogStore, Persistence, Stream } from './store.ts';

/** Open files are kept for this many streams; beyond that the one used longest ago is closed. */
const MAX_OPEN_FILES = 200;

interface OpenFile {
  readonly fd: number;
  /** Bytes of complete lines: what the file is cut back to after a failed write. */
  size: number;
}

/** The directory as a store's persistence, with {@link load} for its start and {@link close} for its end. */
export class DirectoryPersistence implements Persistence {
  readonly #dir: string;
  readonly #open = new Map<string, OpenFile>();

  /** @param dir made if it does not exist */
  constructor(dir: string) {
    this.#dir = dir;
    mkdirSync(dir, { recursive: true });
  }

  /** Fills an empty store with what the directory holds. Throws an Error with the file and line that are unreadable. */
  load(store: LogStore): void {
    for (const entry of readdirSync(this.#dir, { withFileTypes: true }).sort(byEntryName)) {
      const folder = join(this.#dir, entry.name);
      const file = join(folder, 'group.json');
      if (!entry.isDirectory() || !existsSync(file)) continue;
      const saved = readObject(file, readFileSync(file, 'utf8'), 1);
      const group = store.restoreGroup(textOf(saved, 'logGroupName', file), numberOf(saved, 'creationTime', file), {
        logGroupClass: typeof saved.logGroupClass === 'string' ? saved.logGroupClass : undefined,
        kmsKeyId: typeof saved.kmsKeyId === 'string' ? saved.kmsKeyId : undefined,
        retentionInDays: typeof saved.retentionInDays === 'number' ? saved.retentionInDays : undefined,
        tags: Object.entries((saved.tags ?? {}) as Record<string, string>),
      });
      for (const name of readdirSync(folder).sort()) {
        if (name.endsWith('.jsonl')) loadStream(store, group, join(folder, name));
      }
    }
  }

  /** Closes all files. */
  close(): void {
    for (const { fd } of this.#open.values()) closeSync(fd);
    this.#open.clear();
  }

  /** Writes `group.json` by way of a new file, so that it is always whole. */
  saveGroup(group: Group): void {
    const folder = this.#folder(group);
    mkdirSync(folder, { recursive: true });
    const { name, creationTime, logGroupClass, kmsKeyId, retentionInDays } = group;
    const saved = {
      logGroupName: name, creationTime, logGroupClass, kmsKeyId, retentionInDays, tags: Object.fromEntries(group.tags),
    };
    const file = join(folder, 'group.json');
    writeFileSync(`${file}.new`, `${JSON.stringify(saved)}\n`);
    renameSync(`${file}.new`, file);
  }

  /** Removes the group's folder. */
  deleteGroup(group: Group): void {
    for (const stream of group.streams.values()) this.#close(this.#file(group, stream));
    rmSync(this.#folder(group), { recursive: true, force: true });
  }

  /** Makes the stream's file with its first line. */
  createStream(group: Group, stream: Stream): void {
    const { name, creationTime } = stream;
    writeFileSync(this.#file(group, stream), `${JSON.stringify({ logStreamName: name, creationTime })}\n`);
  }

  /** Removes the stream's file. */
  deleteStream(group: Group, stream: Stream): void {
    const file = this.#file(group, stream);
    this.#close(file);
    rmSync(file, { force: true });
  }

  /** Appends a line for each event; they are in the file when this returns. */
  append(group: Group, stream: Stream, batch: AcceptedBatch): void {
    const { timestamps, messages, from, to, ingestionTime } = batch;
    let text = '';
    for (let i = from; i < to; i++) {
      text += `{"timestamp":${timestamps[i]},"ingestionTime":${ingestionTime},"message":${JSON.stringify(messages[i])}}\n`;
    }
    const bytes = Buffer.from(text, 'utf8');
    const file = this.#openFile(this.#file(group, stream));
    try {
      for (let written = 0; written < bytes.length;) {
        written += writeSync(file.fd, bytes, written, bytes.length - written, file.size + written);
      }
    } catch (error) {
      ftruncateSync(file.fd, file.size);
      throw error;
    }
    file.size += bytes.length;
  }

  #openFile(path: string): OpenFile {
    const known = this.#open.get(path);
    if (known) {
      this.#open.delete(path);
      this.#open.set(path, known);
      return known;
    }
    if (this.#open.size >= MAX_OPEN_FILES) {
      for (const oldest of this.#open.keys()) {
        this.#close(oldest);
        break;
      }
    }
    const fd = openSync(path, 'r+');
    const file = { fd, size: fstatSync(fd).size };
    this.#open.set(path, file);
    return file;
  }

  #close(path: string): void {
    const file = this.#open.get(path);
    if (!file) return;
    this.#open.delete(path);
    closeSync(file.fd);
  }

  #folder(group: Group): string {
    return join(this.#dir, safeFileName(group.name));
  }

  #file(group: Group, stream: Stream): string {
    return join(this.#folder(group), `${safeFileName(stream.name)}.jsonl`);
  }
}

/** A file name for any text: up to 100 harmless characters of it, and 96 bits of its SHA-256. */
export function safeFileName(name: string): string {
  const readable = name.slice(0, 100).replace(/[^A-Za-z0-9._-]/g, '_').replace(/^\.+/, '_');
  return `${readable}-${createHash('sha256').update(name).digest('hex').slice(0, 24)}`;
}

function loadStream(store: LogStore, group: Group, file: string): void {
  const bytes = readFileSync(file);
  const end = bytes.lastIndexOf(10) + 1;
  if (end < bytes.length) truncateSync(file, end);
  if (end === 0) {
    // The crash came before the first line was written: there was no answer, so there is no stream.
    rmSync(file);
    return;
  }
  const head = bytes.indexOf(10) + 1;
  const saved = readObject(file, bytes.toString('utf8', 0, head), 1);
  const name = textOf(saved, 'logStreamName', file);
  const stream = store.restoreStream(group, name, numberOf(saved, 'creationTime', file));
  for (let at = head, line = 2; at < end; line++) {
    const next = bytes.indexOf(10, at) + 1;
    const event = readObject(file, bytes.toString('utf8', at, next), line);
    const message = textOf(event, 'message', file);
    store.restoreEvents(stream, {
      timestamps: [numberOf(event, 'timestamp', file)],
      messages: [message],
      from: 0,
      to: 1,
      bytes: Buffer.byteLength(message),
      ingestionTime: numberOf(event, 'ingestionTime', file),
    });
    at = next;
  }
}

function readObject(file: string, text: string, line: number): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`${file}:${line}: expected a JSON object`, { cause: error });
  }
  if (typeof value !== 'object' || value === null) {
    throw new Error(`${file}:${line}: expected a JSON object, found ${text.trim()}`);
  }
  return value as Readonly<Record<string, unknown>>;
}

function textOf(saved: Readonly<Record<string, unknown>>, key: string, file: string): string {
  const value = saved[key];
  if (typeof value !== 'string') throw new Error(`${file}: expected a text as '${key}', found ${JSON.stringify(value)}`);
  return value;
}

function numberOf(saved: Readonly<Record<string, unknown>>, key: string, file: string): number {
  const value = saved[key];
  if (typeof value !== 'number') throw new Error(`${file}: expected a number as '${key}', found ${JSON.stringify(value)}`);
  return value;
}

function byEntryName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
