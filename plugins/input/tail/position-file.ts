/**
 * The position file: where each file goes on after a restart.
 *
 * Numbers are overwritten in place, new entries are appended, as Fluentd does it. When lines have to
 * go or to come in between, a new file takes the old one's place in one step, so that a crash at
 * any moment leaves either of them whole.
 */
import { closeSync, existsSync, fstatSync, fsyncSync, ftruncateSync, futimesSync, mkdirSync, openSync, readFileSync, realpathSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import path from 'node:path';
import { errorText, type Counter, type Logger } from '#logferry';
import { FIELDS_LENGTH, fieldsText, parsePositions, pathBytes, type PositionLine } from './position-lines.ts';
import { LOOK_SLACK_MS } from './slack.ts';

/** Positions are written at most this long after they moved, milliseconds. */
const SAVE_MS = 200;
/** So many entries of unwatched files, and the file is compacted even if nothing asks for it. */
const MOST_UNWATCHED = 1000;

/** A file that was rotated away from a path and is not read to its end yet. */
export interface Leftover {
  readonly inode: bigint;
  readonly position: number;
}

/** What is written for one file. */
export interface PositionEntry {
  readonly path: string;
  readonly inode: bigint;
  /** undefined: not watched any more. */
  readonly position: number | undefined;
  /** Written in front of the entry, under the same path, oldest first. */
  readonly leftovers: readonly Leftover[];
  move(inode: bigint, position: number): void;
  leave(leftovers: readonly Leftover[]): void;
  unwatch(): void;
  /** Takes the entry out of the file. */
  remove(): void;
}

export interface PositionFileOptions {
  /** Absent: positions are in memory only. */
  readonly file: string | undefined;
  readonly fileMode: number;
  readonly dirMode: number;
  readonly log: Logger;
  readonly failures: Counter;
  /** How long ago the last complete look at all files began, milliseconds. */
  readonly lookAgeMs?: (() => number) | undefined;
}

/** What an earlier run left. */
export interface SavedPositions {
  readonly lines: readonly PositionLine[];
  /** When they were written last, milliseconds since 1970. */
  readonly savedAt: number;
  /** When all files had been looked at last before that, as far as it was long before (`#setTime`); else the same. */
  readonly lookedAt: number;
}

interface Row {
  readonly path: string;
  inode: bigint;
  position: number | undefined;
  leftovers: readonly Leftover[];
  /** Number of its first line in the file, as it was written last. */
  line: number;
}

/** A line as it is to stand in the file. */
interface Line {
  readonly path: string;
  readonly fields: string;
}

/** A line as it stands in the file. */
interface Written {
  readonly path: string;
  fields: string;
  /** Where its fields begin. */
  readonly at: number;
}

export class PositionFile {
  readonly #options: PositionFileOptions;
  #rows: Row[] = [];
  #written: Written[] = [];
  /** Rows with other numbers than the file has. */
  readonly #moved = new Set<Row>();
  /** Whether the file has the same lines as the rows, but for numbers. */
  #inPlace = false;
  #size = 0;
  #fd: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failing = false;
  #saveMs = SAVE_MS;
  #begun = false;
  /** Whether the last save changed the file. */
  #wrote = false;

  constructor(options: PositionFileOptions) {
    this.#options = options;
  }

  /** Reads what an earlier run left; makes the file and its folder. Throws if that cannot be. */
  open(): SavedPositions {
    const { file, fileMode, dirMode, log } = this.#options;
    if (file === undefined) return { lines: [], savedAt: Infinity, lookedAt: Infinity };
    mkdirSync(path.dirname(file), { recursive: true, mode: dirMode });
    this.#fd = openSync(file, existsSync(file) ? 'r+' : 'wx+', fileMode);
    const bytes = readFileSync(this.#fd);
    const { lines, unparsable } = parsePositions(bytes);
    for (const line of unparsable) log.warn(`Unparsable line in pos_file: ${line}`, { pos_file: file });
    this.#size = bytes.length;
    this.#written = [{ path: '', fields: '', at: -1 }]; // whatever stands there, the first save writes all anew
    if (bytes.length === 0) return { lines, savedAt: Infinity, lookedAt: Infinity };
    // The time of the last change cannot be set.
    const { mtimeMs, ctimeMs } = fstatSync(this.#fd);
    return { lines, savedAt: Math.max(mtimeMs, ctimeMs), lookedAt: mtimeMs };
  }

  /**
   * From now on entries are written. Before that the file stays as it is: an end in the middle of the
   * start must not cost the positions of files that were not looked at yet.
   */
  begin(): void {
    this.#begun = true;
    this.save();
  }

  /** A new entry behind all others; `position` undefined only for entries that are about to move. */
  add(entryPath: string, inode: bigint, position: number | undefined): PositionEntry {
    const row: Row = { path: entryPath, inode, position, leftovers: [], line: 0 };
    this.#rows.push(row);
    const changed = (lines = true) => {
      if (lines) this.#inPlace = false;
      else this.#moved.add(row);
      this.#changed();
    };
    const rows = () => this.#rows;
    const save = () => this.save();
    changed();
    const remove = () => {
      this.#rows = this.#rows.filter((other) => other !== row);
      changed();
    };
    return {
      path: entryPath,
      get inode() {
        return row.inode;
      },
      get position() {
        return row.position;
      },
      get leftovers() {
        return row.leftovers;
      },
      move(toInode, toPosition) {
        if (row.inode === toInode && row.position === toPosition) return;
        const isNew = row.position === undefined && !rows().includes(row);
        if (isNew) rows().push(row);
        // A file that was truncated: until this is written a restart would go on in the middle of what is written next.
        const isBack = row.inode === toInode && row.position !== undefined && toPosition < row.position;
        row.inode = toInode;
        row.position = toPosition;
        changed(isNew);
        if (isBack) save();
      },
      leave(leftovers) {
        if (leftovers.length === 0 && row.leftovers.length === 0) return;
        const isSame = row.leftovers.length === leftovers.length;
        row.leftovers = leftovers;
        changed(!isSame);
      },
      unwatch() {
        row.position = undefined;
        row.leftovers = [];
        changed();
      },
      remove,
    };
  }

  /** Forgets entries of files that are not watched any more. */
  compact(): void {
    this.#rows = this.#rows.filter((row) => row.position !== undefined);
    this.#inPlace = false;
    this.#changed();
  }

  /** Writes what changed. A failure is logged once, and tried again later. */
  save(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#fd === undefined || !this.#begun) return;
    if (!this.#inPlace && this.#rows.filter((row) => row.position === undefined).length > MOST_UNWATCHED)
      this.#rows = this.#rows.filter((row) => row.position !== undefined);
    try {
      this.#wrote = false;
      this.#write();
      if (this.#wrote) this.#setTime();
      this.#failing = false;
    } catch (error) {
      this.#options.failures.add();
      this.#written = [{ path: '', fields: '', at: -1 }];
      this.#inPlace = false;
      if (!this.#failing) {
        this.#failing = true;
        this.#options.log.error('positions could not be saved; a restart would read lines again', { pos_file: this.#options.file, error });
      }
      this.#changed(1000);
    }
  }

  /** From now on each change is written at once. */
  hurry(): void {
    this.#saveMs = 0;
    this.save();
  }

  /**
   * By the file's time the next start knows since when files may have come that nobody has seen. Where the last look is long ago
   * (the agent ends slowly, or was stopped) it is set back.
   */
  #setTime(): void {
    const lateMs = (this.#options.lookAgeMs?.() ?? 0) - LOOK_SLACK_MS / 2;
    if (lateMs <= 0 || this.#fd === undefined) return;
    try {
      const time = (fstatSync(this.#fd).mtimeMs - lateMs) / 1000;
      futimesSync(this.#fd, time, time);
    } catch {
      // The file is another user's.
    }
  }

  /** Saves and closes. */
  close(): void {
    this.save();
    clearTimeout(this.#timer);
    if (this.#fd === undefined) return;
    closeSync(this.#fd);
    this.#fd = undefined;
  }

  #changed(afterMs = this.#saveMs): void {
    if (this.#fd === undefined || !this.#begun) return;
    this.#timer ??= setTimeout(() => this.save(), afterMs);
  }

  #write(): void {
    if (this.#inPlace) {
      for (const row of this.#moved) linesOf(row).forEach(({ fields }, i) => this.#overwriteLine(this.#written[row.line + i]!, fields));
      this.#moved.clear();
      return;
    }
    this.#writeAll();
    this.#moved.clear();
    this.#inPlace = true;
  }

  #writeAll(): void {
    const lines: Line[] = [];
    for (const row of this.#rows) {
      row.line = lines.length;
      lines.push(...linesOf(row));
    }
    const same = this.#written.length <= lines.length && this.#written.every((written, i) => written.path === lines[i]!.path);
    if (!same) {
      this.#replace(lines);
      return;
    }
    this.#written.forEach((written, i) => this.#overwriteLine(written, lines[i]!.fields));
    for (const line of lines.slice(this.#written.length)) {
      this.#wrote = true;
      const head = pathBytes(line.path);
      writeSync(this.#fd!, Buffer.concat([head, Buffer.from(line.fields)]), 0, head.length + FIELDS_LENGTH, this.#size);
      this.#written.push({ ...line, at: this.#size + head.length });
      this.#size += head.length + FIELDS_LENGTH;
    }
  }

  #overwriteLine(written: Written, fields: string): void {
    if (fields === written.fields) return;
    this.#wrote = true;
    writeSync(this.#fd!, fields, written.at);
    written.fields = fields;
  }

  /** Writes everything into a file beside, which then takes the place of the old one. */
  #replace(lines: readonly Line[]): void {
    this.#wrote = true;
    const pieces: Buffer[] = [];
    const written: Written[] = [];
    let size = 0;
    for (const line of lines) {
      const head = pathBytes(line.path);
      pieces.push(head, Buffer.from(line.fields));
      written.push({ ...line, at: size + head.length });
      size += head.length + FIELDS_LENGTH;
    }
    const bytes = Buffer.concat(pieces);
    this.#fd = this.#replaceFile(bytes) ?? this.#overwrite(bytes);
    this.#written = written;
    this.#size = size;
  }

  #replaceFile(bytes: Buffer): number | undefined {
    const file = existsSync(this.#options.file!) ? realpathSync(this.#options.file!) : this.#options.file!;
    const beside = `${file}.new`;
    let fd: number | undefined;
    try {
      fd = openSync(beside, 'w+', this.#options.fileMode);
      writeAll(fd, bytes);
      fsyncSync(fd);
      renameSync(beside, file);
    } catch (error) {
      // Not possible where the file alone is mounted, or the folder is not ours: then in place.
      this.#options.log.debug('the position file cannot be replaced, it is overwritten', { pos_file: file, error: errorText(error) });
      if (fd !== undefined) {
        closeSync(fd);
        if (existsSync(beside)) unlinkSync(beside);
      }
      return undefined;
    }
    closeSync(this.#fd!);
    return fd;
  }

  #overwrite(bytes: Buffer): number {
    writeAll(this.#fd!, bytes);
    ftruncateSync(this.#fd!, bytes.length);
    return this.#fd!;
  }
}

function linesOf(row: Row): Line[] {
  const { path: name, inode, position, leftovers } = row;
  return [...leftovers.map((left) => ({ path: name, fields: fieldsText(left.position, left.inode) })), { path: name, fields: fieldsText(position, inode) }];
}

function writeAll(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, bytes.length - at, at);
}
