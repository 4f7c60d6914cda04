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
 * `.meta` counts only events that are on the disk with their checksums: a `.meta` that counts more was written by another
 * program, which has appended events of its own.
 *
 * The name tells the state: `b…` is staged, `q…` is queued.
 */
import { BufferOverflowError } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import type { ChunkIdentity, StoredChunk } from '../plugin.ts';
import type { ChunkDisk } from './chunk-disk.ts';
import { encodeChunkMeta } from './chunk-meta.ts';
import { sumOf, type SumEntry } from './chunk-sums.ts';
import type { SyncedFile } from './group-sync.ts';
import { addSum, makeChunk, reopenChunk, type FoundChunkFile, type OpenChunkOptions, type OpenFiles, type Totals } from './open-chunk.ts';

export interface ChunkFileOptions extends OpenChunkOptions {
  /** The chunk's file in the other state, when it is queued. */
  readonly queuedPath: string;
  readonly log: Pick<Logger, 'warn'>;
}

/** A new, empty chunk. Throws BufferOverflowError if its files cannot be made. */
export function createChunkFile(identity: ChunkIdentity, path: string, options: ChunkFileOptions): StoredChunk {
  const { files, totals } = makeChunk(identity, path, options);
  return new ChunkFile(identity, path, options, totals, files);
}

/** A chunk that was found at the start; nothing is opened or changed before it takes more events. */
export function resumeChunkFile(identity: ChunkIdentity, path: string, found: FoundChunkFile, options: ChunkFileOptions): StoredChunk {
  const { byteLength, eventCount: events, sums } = found;
  const totals = { byteLength, events, sumsLength: sums?.byteLength ?? 0, chain: sums?.chain ?? 0 };
  return new ChunkFile(identity, path, options, totals, undefined, found);
}

class ChunkFile implements StoredChunk, SyncedFile {
  readonly #identity: ChunkIdentity;
  readonly #options: ChunkFileOptions;
  #path: string;
  #totals: Totals;
  /** As they were before the last append. */
  #before: Totals | undefined;
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
    let before: Totals | undefined;
    try {
      const { data } = this.#files();
      before = this.#totals;
      disk.write(data, bytes, before.byteLength);
      this.#addSum({ kind: 'appended', eventCount: events, byteLength: before.byteLength + bytes.length, sum: sumOf(bytes) });
      this.#before = before;
      this.#modifiedAt = modifiedAt;
      this.#isDirty = true;
      if (sync === 'always') this.syncNow();
      else if (sync === 'never') this.#writeMeta(events, modifiedAt);
    } catch (cause) {
      if (before) this.#takeBack(before);
      throw new BufferOverflowError(`can't write to buffer file ${this.#path}`, { cause });
    }
    if (typeof sync === 'object') sync.appended(this, bytes.length);
  }

  truncate(byteLength: number, events: number, modifiedAt: number): void {
    this.#modifiedAt = modifiedAt;
    // The last append is taken back without writing anything: the disk may be full.
    if (this.#before?.byteLength === byteLength) return this.#takeBack(this.#before);
    this.#addSum({ kind: 'cut', eventCount: events, byteLength, sum: 0 });
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
        this.#addSum({ kind: 'closed', eventCount: events, byteLength, sum: 0 });
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

  #addSum(entry: SumEntry): void {
    const { sums } = this.#files();
    this.#totals = addSum(this.#options.disk, sums, entry, this.#totals);
  }

  /** What cannot be cut off is overwritten by the next append, and not read. */
  #takeBack(before: Totals): void {
    const { data, sums } = this.#files();
    this.#totals = before;
    this.#before = undefined;
    try {
      this.#options.disk.cut(data, before.byteLength);
      // A checksum of what was taken back would speak of bytes that are not there.
      this.#options.disk.cut(sums, before.sumsLength);
    } catch {
      // The disk is in trouble; the error that led here tells.
    }
  }

  /** Opened again if needed: an earlier run's staged chunk takes more events. */
  #files(): OpenFiles {
    if (!this.#open) {
      const { files, totals } = reopenChunk(this.#identity, this.#path, this.#totals, this.#found, this.#options);
      this.#open = files;
      this.#totals = totals;
      this.#found = undefined;
    }
    return this.#open;
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
