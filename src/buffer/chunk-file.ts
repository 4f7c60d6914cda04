/**
 * One chunk in a file, with its checksums beside it (`chunk-sums.ts`).
 *
 * Every append is handed to the operating system before it returns, so the events survive the process. What
 * survives a loss of power depends on `fsync`:
 *
 *     interval  the acknowledgement of an event settles after it was forced to the disk, some moments later
 *     always    it is on the disk when `emit` returns
 *     never     the operating system writes when it wants to
 *
 * The order matters for what a crash leaves. The file of the checksums is made before the chunk: a chunk without one is another program's.
 * `.meta` counts only events that are on the disk with their checksums: a `.meta` that counts more was
 * written by another program, which has appended events of its own.
 *
 * The name tells the state: `b…` is staged, `q…` is queued.
 */
import { dirname } from 'node:path';
import { BufferOverflowError, UnrecoverableError } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import type { ChunkIdentity, StoredChunk } from '../plugin.ts';
import type { ChunkDisk, OpenFile } from './chunk-disk.ts';
import { encodeChunkMeta } from './chunk-meta.ts';
import { encodeSum, encodeSumsHead, sumOf, type SumEntry } from './chunk-sums.ts';
import type { GroupSync, SyncedFile } from './group-sync.ts';

export interface ChunkFileOptions {
  readonly disk: ChunkDisk;
  /** Whether there is a `.meta` file beside it. */
  readonly meta: boolean;
  /** Mode of new files. */
  readonly mode: number;
  readonly sumsPath: string;
  /** The chunk's file in the other state, when it is queued. */
  readonly queuedPath: string;
  /** Forces appends to the disk some moments later; `always`: before an append returns. */
  readonly sync: GroupSync | 'always' | 'never';
  readonly log: Pick<Logger, 'warn'>;
}

/** A chunk that an earlier run, or another program, left. */
export interface FoundChunkFile {
  readonly byteLength: number;
  readonly eventCount: number;
  /** The file's length, if more than the usable part: the rest is cut off before the next append. */
  readonly fileLength: number;
  /** Of its checksums; undefined if it has none. */
  readonly sums: { readonly byteLength: number; readonly chain: number } | undefined;
  /** What its checksums do not cover and is good all the same: written by another program. */
  readonly foreign: SumEntry | undefined;
}

interface OpenFiles {
  readonly data: OpenFile;
  readonly meta: OpenFile | undefined;
  readonly sums: OpenFile;
}

/** A new, empty chunk. Throws BufferOverflowError if its files cannot be made. */
export function createChunkFile(identity: ChunkIdentity, path: string, options: ChunkFileOptions): StoredChunk {
  const { disk, mode, sumsPath } = options;
  const made: OpenFile[] = [];
  const create = (file: string): OpenFile => {
    const handle = disk.create(file, mode);
    made.push(handle);
    return handle;
  };
  const metaBytes = { ...identity, eventCount: 0, modifiedAt: identity.createdAt };
  try {
    const sums = create(sumsPath);
    const head = encodeSumsHead(metaBytes);
    disk.write(sums, head.bytes, 0);
    const data = create(path);
    const meta = options.meta ? create(`${path}.meta`) : undefined;
    if (meta !== undefined) disk.write(meta, encodeChunkMeta(metaBytes), 0);
    if (options.sync === 'always') {
      for (const file of made) disk.syncNow(file);
      disk.syncFolderNow(dirname(path));
    } else if (options.sync !== 'never') options.sync.named(dirname(path));
    return new ChunkFile(identity, path, options, { byteLength: 0, events: 0, sumsLength: head.bytes.length, chain: head.chain }, { data, meta, sums });
  } catch (cause) {
    for (const file of made) disk.close(file);
    for (const file of [path, `${path}.meta`, sumsPath]) removeIfPossible(disk, file);
    if ((cause as NodeJS.ErrnoException).code === 'ENAMETOOLONG') {
      throw new UnrecoverableError(`the chunk key is too long for the name of a file (${path}): use @type file`, { cause });
    }
    throw new BufferOverflowError(`can't create buffer file for ${path}`, { cause });
  }
}

/** A chunk that was found at the start; nothing is opened or changed before it takes more events. */
export function resumeChunkFile(identity: ChunkIdentity, path: string, found: FoundChunkFile, options: ChunkFileOptions): StoredChunk {
  const { byteLength, eventCount: events, sums } = found;
  const totals = { byteLength, events, sumsLength: sums?.byteLength ?? 0, chain: sums?.chain ?? 0 };
  return new ChunkFile(identity, path, options, totals, undefined, found);
}

/** Bytes and events in the chunk, and where its checksums end. */
interface Totals {
  readonly byteLength: number;
  readonly events: number;
  readonly sumsLength: number;
  readonly chain: number;
}

class ChunkFile implements StoredChunk, SyncedFile {
  readonly #identity: ChunkIdentity;
  readonly #options: ChunkFileOptions;
  #path: string;
  #totals: Totals;
  #modifiedAt: number;
  #open: OpenFiles | undefined;
  #found: FoundChunkFile | undefined;
  /** How many calls of `sync` are under way: files are closed after the last one. */
  #syncing = 0;
  /** Appended since the last sync. */
  #isDirty = false;
  #isNew: boolean;
  #wantsClose = false;
  #metaEvents: number;
  #isGone = false;
  readonly #whenGone: (() => void)[] = [];

  constructor(identity: ChunkIdentity, path: string, options: ChunkFileOptions, totals: Totals, open: OpenFiles | undefined, found?: FoundChunkFile) {
    this.#identity = identity;
    this.#path = path;
    this.#options = options;
    this.#totals = totals;
    this.#modifiedAt = identity.createdAt;
    this.#open = open;
    this.#found = found;
    this.#isNew = open !== undefined;
    this.#metaEvents = totals.events;
  }

  get path(): string {
    return this.#path;
  }

  /** Throws BufferOverflowError if the file cannot be written: the events are still the input's. */
  append(bytes: Buffer, events: number, modifiedAt: number): void {
    const { disk, sync } = this.#options;
    const before = this.#totals;
    try {
      const { data } = this.#files();
      disk.write(data, bytes, before.byteLength);
      this.#totals = this.#addSum({ kind: 'appended', eventCount: events, byteLength: before.byteLength + bytes.length, sum: sumOf(bytes) });
      this.#modifiedAt = modifiedAt;
      this.#isDirty = true;
      if (sync === 'always') this.syncNow();
      else if (sync === 'never') this.#writeMeta(events, modifiedAt);
    } catch (cause) {
      this.#takeBack(before);
      throw new BufferOverflowError(`can't write to buffer file ${this.#path}`, { cause });
    }
    if (typeof sync === 'object') sync.appended(this, bytes.length);
  }

  truncate(byteLength: number, events: number, modifiedAt: number): void {
    this.#totals = this.#addSum({ kind: 'cut', eventCount: events, byteLength, sum: 0 });
    this.#modifiedAt = modifiedAt;
    this.#options.disk.cut(this.#files().data, byteLength);
  }

  /** If the file cannot be renamed it keeps the name of a staged chunk; its bytes are safe either way. */
  enqueue(): void {
    const { disk, queuedPath, meta, log } = this.#options;
    if (this.#path !== queuedPath) {
      const staged = this.#path;
      try {
        disk.rename(staged, queuedPath);
        this.#path = queuedPath;
        if (meta) disk.rename(`${staged}.meta`, `${queuedPath}.meta`);
      } catch (error) {
        this.#path = renameBack(disk, queuedPath, staged);
        log.warn("can't enqueue buffer file, it keeps its name", { path: this.#path, error });
      }
    }
    this.#closeFiles();
  }

  async read(): Promise<Buffer> {
    const { byteLength } = this.#totals;
    const bytes = await this.#options.disk.readLater(this.#path);
    return bytes.length > byteLength ? bytes.subarray(0, byteLength) : bytes;
  }

  purge(): void {
    const { disk, log, meta, sumsPath } = this.#options;
    this.#isGone = true;
    this.#closeFiles();
    try {
      // The chunk goes first: what a crash leaves of the others is no chunk.
      disk.remove(this.#path);
      if (meta) disk.remove(`${this.#path}.meta`);
      disk.remove(sumsPath);
    } catch (error) {
      log.warn('the file of a delivered chunk cannot be removed: its events are delivered again after the next start', { path: this.#path, error });
    }
    for (const done of this.#whenGone.splice(0)) done();
  }

  /** What is not on the disk yet is forced to it; the checksums say that the chunk is complete. */
  close(): void {
    if (this.#isGone) return;
    if (this.#totals.byteLength === 0) {
      this.purge();
      return;
    }
    const { sync, log } = this.#options;
    try {
      if (this.#open && !this.#wantsClose) {
        const { byteLength, events } = this.#totals;
        this.#totals = this.#addSum({ kind: 'closed', eventCount: events, byteLength, sum: 0 });
      }
      if (this.#isDirty && sync !== 'never') this.syncNow();
      else this.#writeMeta(this.#totals.events, this.#modifiedAt);
    } catch (error) {
      log.warn('a buffer file could not be closed in good order', { path: this.#path, error });
    }
    this.#closeFiles();
  }

  async sync(): Promise<void> {
    if (this.#isGone || !this.#isDirty) return;
    const { disk } = this.#options;
    const { data, sums, meta } = this.#files();
    const { events } = this.#totals;
    const modifiedAt = this.#modifiedAt;
    this.#isDirty = false;
    this.#syncing++;
    try {
      await disk.sync(data);
      await disk.sync(sums);
      if (this.#isNew && meta !== undefined) await disk.sync(meta);
      this.#isNew = false;
      if (!this.#isGone) this.#writeMeta(events, modifiedAt);
    } catch (error) {
      if (!this.#isGone) throw error;
    } finally {
      this.#syncing--;
      if (this.#wantsClose || this.#isGone) this.#closeFiles();
    }
  }

  syncNow(): void {
    if (this.#isGone || !this.#isDirty) return;
    const { disk } = this.#options;
    const { data, sums, meta } = this.#files();
    disk.syncNow(data);
    disk.syncNow(sums);
    if (this.#isNew && meta !== undefined) disk.syncNow(meta);
    this.#isNew = false;
    this.#isDirty = false;
    this.#writeMeta(this.#totals.events, this.#modifiedAt);
  }

  whenGone(done: () => void): void {
    if (this.#isGone) done();
    else this.#whenGone.push(done);
  }

  #writeMeta(eventCount: number, modifiedAt: number): void {
    if (!this.#options.meta || eventCount === this.#metaEvents) return;
    const { meta } = this.#files();
    if (meta !== undefined) this.#options.disk.write(meta, encodeChunkMeta({ ...this.#identity, eventCount, modifiedAt }), 0);
    this.#metaEvents = eventCount;
  }

  #addSum(entry: SumEntry, sums = this.#files().sums): Totals {
    const { sumsLength, chain } = this.#totals;
    const made = encodeSum(entry, chain);
    this.#options.disk.write(sums, made.bytes, sumsLength);
    return { byteLength: entry.byteLength, events: entry.eventCount, sumsLength: sumsLength + made.bytes.length, chain: made.chain };
  }

  /** What cannot be cut off is overwritten by the next append, and not read. */
  #takeBack(before: Totals): void {
    if (!this.#open) return;
    this.#totals = { ...before, sumsLength: this.#totals.sumsLength, chain: this.#totals.chain };
    try {
      this.#options.disk.cut(this.#open.data, before.byteLength);
      // A checksum of what was taken back would speak of bytes that are not there.
      if (before.sumsLength > 0) {
        this.#totals = before;
        this.#options.disk.cut(this.#open.sums, before.sumsLength);
      }
    } catch {
      // The disk is in trouble; the error that led here tells.
    }
  }

  /** Opened again if needed: an earlier run's staged chunk takes more events. */
  #files(): OpenFiles {
    return (this.#open ??= this.#reopen());
  }

  #reopen(): OpenFiles {
    const { disk, meta, sumsPath } = this.#options;
    const found = this.#found;
    const opened: OpenFile[] = [];
    const open = (path: string): OpenFile => {
      const file = disk.open(path);
      opened.push(file);
      return file;
    };
    try {
      const data = open(this.#path);
      const metaFile = meta ? open(`${this.#path}.meta`) : undefined;
      if (found && !found.sums) this.#makeSums(found);
      const sums = open(sumsPath);
      if (found && found.fileLength > found.byteLength) disk.cut(data, found.byteLength);
      if (found?.sums && found.foreign) {
        this.#totals = this.#addSum(found.foreign, sums);
        disk.syncNow(sums);
      }
      this.#found = undefined;
      return { data, meta: metaFile, sums };
    } catch (error) {
      for (const file of opened) disk.close(file);
      throw error;
    }
  }

  /** Of what another program wrote; the file appears when it is complete. */
  #makeSums({ foreign }: FoundChunkFile): void {
    const { disk, mode, sumsPath } = this.#options;
    const head = encodeSumsHead({ ...this.#identity, eventCount: 0, modifiedAt: this.#identity.createdAt });
    const entry = foreign && encodeSum(foreign, head.chain);
    const bytes = entry ? Buffer.concat([head.bytes, entry.bytes]) : head.bytes;
    disk.remove(`${sumsPath}.new`);
    const file = disk.create(`${sumsPath}.new`, mode);
    try {
      disk.write(file, bytes, 0);
      disk.syncNow(file);
    } finally {
      disk.close(file);
    }
    disk.rename(`${sumsPath}.new`, sumsPath);
    this.#totals = { ...this.#totals, sumsLength: bytes.length, chain: (entry ?? head).chain };
  }

  #closeFiles(): void {
    const open = this.#open;
    if (!open) return;
    // A round that is under way, or to come, still needs them.
    this.#wantsClose = true;
    if (this.#syncing > 0 || (this.#isDirty && !this.#isGone && this.#options.sync !== 'never')) return;
    this.#open = undefined;
    const { disk } = this.#options;
    disk.close(open.data);
    if (open.meta !== undefined) disk.close(open.meta);
    disk.close(open.sums);
  }
}

/** What stays is empty; the error that led here is the one to tell. */
function removeIfPossible(disk: ChunkDisk, path: string): void {
  try {
    disk.remove(path);
  } catch {
    // The disk is read-only, or the folder is gone.
  }
}

/** So that the pair has equal names again, as far as that is possible; gives the name that the chunk has. */
function renameBack(disk: ChunkDisk, from: string, to: string): string {
  try {
    if (!disk.look(from)) return to;
    disk.rename(from, to);
    return to;
  } catch {
    // The next start finds it under either name.
    return from;
  }
}
