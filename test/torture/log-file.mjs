// One log that a container or a program writes: its pieces, its files and what is done to them.
import fs from 'node:fs';
import path from 'node:path';
import { createGzip } from 'node:zlib';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { makePiece, Texts } from './lines.mjs';
import { Random } from './random.mjs';

/** Most characters of a piece that a container runtime writes as one line. */
const RUNTIME_SPLIT = 16_000;
/** The kubelet compresses in its next round, ten seconds later; here it is sooner, but not before a running agent has looked. */
const COMPRESS_MS = 3000;
/** Old files of a log that are kept, as far as they were delivered. */
const KEPT = 4;

/** How the logs of a kind look; `runtime`: lines of the container runtime interface. */
export const KINDS = {
  // containers/x.log -> pods/y/0.log, rotated by the kubelet; P and F lines are joined.
  cri: { folder: 'containers', runtime: true, parts: 'partial', rotation: 'kubelet' },
  // containers/x.log -> pods/y/0.log -> data/ID/ID.log, rotated as Docker does.
  docker: { folder: 'containers', runtime: true, parts: 'partial', rotation: 'shift' },
  // The same way, but a line that begins with a blank continues the event.
  trace: { folder: 'traces', runtime: true, parts: 'indented', rotation: 'kubelet' },
  plain: { folder: 'apps', runtime: false, parts: 'none', rotation: 'shift' },
  // As plain; its position file and buffer are on the small disk.
  small: { folder: 'small', runtime: false, parts: 'none', rotation: 'shift' },
  // As plain; the agent finds the rotated files, too, and knows them by inode.
  inode: { folder: 'inodes', runtime: false, parts: 'none', rotation: 'shift' },
};

/** A log. Times are milliseconds since 1970. */
export class LogFile {
  id;
  kind;
  /** As the agent's pattern finds it. */
  path;
  /** Where the bytes are. */
  real;
  /** One entry for each file that the log ever had. */
  generations = [];
  /** Of each piece: */
  units = { generation: [], start: [], end: [], writtenAt: [], tooOld: [], last: [] };
  /** Nothing new is written while this is above 0. */
  paused = 0;
  #texts;
  #random;
  #logs;
  #fd;
  #events = 0;
  /** Physical lines that are made and not written. */
  #queue = [];
  /** The end of a line whose beginning is written. */
  #half;
  #due = 0;
  #stamps = 0;
  #rotations = 0;
  #chain = Promise.resolve();
  #waiting = 0;

  constructor(id, kind, logs, seed) {
    this.id = id;
    this.kind = kind;
    this.#logs = logs;
    this.#texts = new Texts(seed);
    this.#random = new Random(seed ^ 0x5bd1e995);
    this.#place(0);
    this.open();
  }

  get style() {
    return KINDS[this.kind];
  }

  get current() {
    return this.generations.at(-1);
  }

  get count() {
    return this.units.start.length;
  }

  get busy() {
    return this.#half !== undefined || this.#queue.length > 0;
  }

  /** Actions on a log come one after the other. */
  exclusive(action) {
    this.#waiting++;
    const result = this.#chain.then(action).finally(() => this.#waiting--);
    this.#chain = result.catch(() => {});
    return result;
  }

  /** Whether no action is under way. */
  get free() {
    return this.#waiting === 0;
  }

  /** The log's paths for the n-th instance of its container. */
  #place(instance) {
    const { folder } = this.style;
    this.instance = instance;
    const name = instance === 0 ? `${this.id}-${this.kind}` : `${this.id}-${this.kind}-${instance}`;
    this.path = path.join(this.#logs, folder, `${name}.log`);
    fs.mkdirSync(path.dirname(this.path), { recursive: true });
    if (!this.style.runtime) {
      this.real = this.path;
      return;
    }
    const pod = path.join(this.#logs, 'pods', `default_${this.id}`, 'main');
    fs.mkdirSync(pod, { recursive: true });
    const inPod = path.join(pod, `${instance}.log`);
    if (this.kind === 'docker') {
      const data = path.join(this.#logs, 'data', `${name}`);
      fs.mkdirSync(data, { recursive: true });
      this.real = path.join(data, `${name}-json.log`);
      fs.symlinkSync(path.relative(pod, this.real), inPod);
    } else this.real = inPod;
    fs.symlinkSync(path.relative(path.dirname(this.path), inPod), this.path);
  }

  /** A new, empty file at the log's place. */
  open(fd = fs.openSync(this.real, 'ax', 0o644)) {
    const { ino } = fs.fstatSync(fd);
    if (this.#fd !== undefined) fs.closeSync(this.#fd);
    this.#fd = fd;
    this.generations.push({ inode: ino, path: this.path, file: this.real, size: 0, createdAt: Date.now(), firstUnit: this.count, gone: undefined });
  }

  /** Makes and writes so many events (a fraction adds up), sometimes leaving the last one unfinished. */
  write(events, finish = false) {
    this.#due += events;
    if (this.paused > 0 && !finish) {
      this.#due = Math.min(this.#due, 200);
      return;
    }
    for (; this.#due >= 1; this.#due--) this.#makeEvent();
    this.#flush(finish);
  }

  /** Writes what is unfinished. */
  finish() {
    this.#due = 0;
    this.#flush(true);
  }

  #makeEvent() {
    const { parts: form, runtime } = this.style;
    const length = this.#texts.length(100_000);
    const tooOld = this.kind === 'cri' && this.#random.chance(0.004);
    let parts = 1;
    if (form === 'partial') parts = Math.max(Math.ceil(length / RUNTIME_SPLIT), this.#random.chance(0.05) ? this.#random.integer(2, 4) : 1);
    if (form === 'indented' && this.#random.chance(0.2)) parts = this.#random.integer(2, 8);
    const each = Math.ceil(Math.min(length, runtime ? RUNTIME_SPLIT * parts : length) / parts);
    const event = this.#events++;
    for (let part = 1; part <= parts; part++) this.#queue.push({ event, part, parts, text: this.#texts.text(each), tooOld });
  }

  #flush(finish) {
    const pieces = [];
    if (this.#half) {
      pieces.push(this.#half);
      this.#half = undefined;
    }
    let keep = 0;
    // An event of several lines may come in two goes.
    if (!finish && this.#queue.length > 0 && this.#queue.at(-1).parts > 1 && this.#random.chance(0.2)) keep = this.#random.integer(1, this.#queue.at(-1).parts - 1);
    const now = Date.now();
    let end = this.current.size;
    for (const { event, part, parts, text, tooOld } of this.#queue.splice(0, Math.max(0, this.#queue.length - keep))) {
      const unit = this.count;
      const piece = makePiece({ file: this.id, unit, event, part, parts, generation: this.generations.length - 1 }, text);
      const bytes = Buffer.from(this.#physical(piece, part, parts, tooOld, now));
      this.units.generation.push(this.generations.length - 1);
      this.units.start.push(end);
      end += bytes.length;
      this.units.end.push(end);
      this.units.writtenAt.push(now);
      this.units.tooOld.push(tooOld);
      this.units.last.push(part === parts);
      pieces.push(bytes);
    }
    if (pieces.length === 0) return;
    let bytes = Buffer.concat(pieces);
    this.current.size = end;
    if (!finish && bytes.length > 2 && this.#random.chance(0.06)) {
      const at = this.#random.integer(1, Math.min(bytes.length - 1, 300));
      this.#half = bytes.subarray(bytes.length - at);
      bytes = bytes.subarray(0, bytes.length - at);
    }
    writeAll(this.#fd, bytes);
  }

  #physical(piece, part, parts, tooOld, now) {
    const { runtime, parts: form } = this.style;
    if (!runtime) return `${piece}\n`;
    const at = tooOld ? now - 20 * 86_400_000 : now;
    const nanos = String(this.#stamps++ % 1_000_000).padStart(6, '0');
    const time = `${new Date(at).toISOString().slice(0, -1)}${nanos}Z`;
    if (form === 'partial') return `${time} stdout ${part < parts ? 'P' : 'F'} ${piece}\n`;
    return `${time} stdout F ${part > 1 ? ' ' : ''}${piece}\n`;
  }

  /** The log's file gets another name; `lateMs`: for so long the writer still has the old file. */
  async rotate({ lateMs = 0, events = 0 } = {}) {
    const old = this.current;
    if (this.style.rotation === 'kubelet') {
      this.finish();
      old.file = `${this.real}.${stampOf(this.#rotations++)}`;
      fs.renameSync(this.real, old.file);
      old.renamedAt = Date.now();
    } else {
      const numbered = this.generations.filter(({ file, gone }) => gone === undefined && file.startsWith(`${this.real}.`)).reverse();
      for (const generation of numbered) {
        const { file } = generation;
        const [, number, ending] = /\.(\d+)(\.gz)?$/.exec(file.slice(this.real.length));
        generation.file = `${this.real}.${Number(number) + 1}${ending ?? ''}`;
      }
      // Highest numbers first, so that no name is taken.
      numbered.sort((a, b) => numberOf(b.file, this.real) - numberOf(a.file, this.real));
      for (const { file } of numbered) {
        const number = numberOf(file, this.real);
        const ending = file.endsWith('.gz') ? '.gz' : '';
        fs.renameSync(`${this.real}.${number - 1}${ending}`, file);
      }
      old.file = `${this.real}.1`;
      old.renamedAt = Date.now();
      fs.renameSync(this.real, old.file);
      if (lateMs > 0) await sleep(lateMs);
      this.finish();
    }
    this.open();
    if (events > 0) this.write(events);
  }

  /** Compresses the files that are not the newest rotated one, as the kubelet does. `may(generation)` says which. */
  async compress(may) {
    for (const generation of this.generations.slice(0, -2)) {
      const { file, gone } = generation;
      if (generation.renamedAt === undefined || Date.now() - generation.renamedAt < COMPRESS_MS) continue;
      // The last file of an ended container keeps its name.
      if (gone !== undefined || /\.(?:gz|log)$/.test(file) || !may(generation)) continue;
      await pipeline(fs.createReadStream(file), createGzip(), fs.createWriteStream(`${file}.tmp`, { mode: 0o644 }));
      fs.renameSync(`${file}.tmp`, `${file}.gz`);
      fs.rmSync(file);
      generation.file = `${file}.gz`;
      generation.compressed = true;
      return generation;
    }
    return undefined;
  }

  /** Removes old files beyond those that are kept, as far as `may(generation)`. */
  prune(may) {
    const old = this.generations.slice(0, -1).filter(({ gone }) => gone === undefined);
    for (const generation of old.slice(0, Math.max(0, old.length - KEPT))) {
      if (!may(generation)) continue;
      fs.rmSync(generation.file, { force: true });
      generation.gone = 'pruned';
    }
  }

  /** The content is copied away and the file made empty; the result is when it was last read, by its access time. */
  truncate() {
    this.finish();
    const { atimeMs } = fs.fstatSync(this.#fd);
    const old = this.current;
    fs.copyFileSync(this.real, `${this.real}.copy`);
    fs.ftruncateSync(this.#fd);
    old.gone = 'truncated';
    this.generations.push({ inode: old.inode, path: this.path, file: this.real, size: 0, createdAt: old.createdAt, firstUnit: this.count, gone: undefined, truncated: true });
    return { readAt: atimeMs, at: Date.now() };
  }

  /** Removes the file and, after a while, makes a new one. */
  async recreate(pauseMs) {
    this.finish();
    fs.rmSync(this.real);
    this.current.gone = 'deleted';
    if (pauseMs > 0) await sleep(pauseMs);
    // Half a line that went into the deleted file ends there.
    this.finish();
    this.open();
  }

  /** Removes the file and makes one with the same inode, if the file system gives it; whether it did. */
  recreateWithInode() {
    this.finish();
    const { inode } = this.current;
    fs.rmSync(this.real);
    this.current.gone = 'deleted';
    fs.closeSync(this.#fd);
    this.#fd = undefined;
    const others = [];
    try {
      for (let i = 0; i < 60; i++) {
        const name = `${this.real}.try-${i}`;
        const fd = fs.openSync(name, 'ax', 0o644);
        if (fs.fstatSync(fd).ino === inode) {
          fs.renameSync(name, this.real);
          this.open(fd);
          return true;
        }
        others.push([name, fd]);
      }
      this.open();
      return false;
    } finally {
      for (const [name, fd] of others) {
        fs.closeSync(fd);
        fs.rmSync(name);
      }
    }
  }

  /** Another file below the links: the link in the middle points to another folder. */
  swapBelow() {
    this.finish();
    // Its rotated files are beside it: after an end nobody looks there any more.
    const folderBefore = path.dirname(this.real);
    for (const each of this.generations) if (each.gone === undefined && path.dirname(each.file) === folderBefore) each.gone = 'swapped';
    const inPod = path.resolve(path.dirname(this.path), fs.readlinkSync(this.path));
    const folder = `${path.dirname(this.real).replace(/~\d+$/, '')}~${this.generations.length}`;
    fs.mkdirSync(folder);
    this.real = path.join(folder, path.basename(this.real));
    fs.closeSync(this.#fd);
    this.#fd = undefined;
    this.open();
    fs.symlinkSync(path.relative(path.dirname(inPod), this.real), `${inPod}.new`);
    fs.renameSync(`${inPod}.new`, inPod);
  }

  /** The container starts again: a new log beside the old one, whose link goes later by `dropOldLink`. */
  restartContainer() {
    this.finish();
    const oldLink = this.path;
    this.#place(this.instance + 1);
    this.open();
    return () => fs.rmSync(oldLink, { force: true });
  }

  close() {
    fs.closeSync(this.#fd);
  }
}

function numberOf(file, real) {
  return Number(/^\.(\d+)/.exec(file.slice(real.length))[1]);
}

/** Names of rotated files as the kubelet makes them, each a second later than the one before. */
function stampOf(number) {
  return new Date(Date.UTC(2026, 0, 1, 12, 0, number)).toISOString().slice(0, 19).replaceAll('-', '').replaceAll(':', '').replace('T', '-');
}

function writeAll(fd, bytes) {
  for (let at = 0; at < bytes.length; ) at += fs.writeSync(fd, bytes, at, bytes.length - at);
}
