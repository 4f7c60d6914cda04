/**
 * The position file: where each file goes on after a restart.
 *
 * Numbers are overwritten in place, new entries are appended, as Fluentd does it. When lines have to
 * go or to come in between, a new file takes the old one's place in one step, so that a crash at
 * any moment leaves either of them whole.
 */
import { closeSync, existsSync, fstatSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync, realpathSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import path from 'node:path';
import { errorText, type Counter, type Logger } from '#logferry';
import { FIELDS_LENGTH, fieldsText, parsePositions, pathBytes, type PositionLine } from './position-lines.ts';

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
}

/** What an earlier run left. */
export interface SavedPositions {
  readonly lines: readonly PositionLine[];
  /** When they were written last, milliseconds since 1970. */
  readonly savedAt: number;
}

interface Row {
  readonly path: string;
  inode: bigint;
  position: number | undefined;
  leftovers: readonly Leftover[];
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
  #size = 0;
  #fd: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failing = false;
  #begun = false;

  constructor(options: PositionFileOptions) {
    this.#options = options;
  }

  /** Reads what an earlier run left; makes the file and its folder. Throws if that cannot be. */
  open(): SavedPositions {
    const { file, fileMode, dirMode, log } = this.#options;
    if (file === undefined) return { lines: [], savedAt: Infinity };
    mkdirSync(path.dirname(file), { recursive: true, mode: dirMode });
    this.#fd = openSync(file, existsSync(file) ? 'r+' : 'wx+', fileMode);
    const bytes = readFileSync(this.#fd);
    const { lines, unparsable } = parsePositions(bytes);
    for (const line of unparsable) log.warn(`Unparsable line in pos_file: ${line}`, { pos_file: file });
    this.#size = bytes.length;
    this.#written = [{ path: '', fields: '', at: -1 }]; // whatever stands there, the first save writes all anew
    return { lines, savedAt: bytes.length === 0 ? Infinity : fstatSync(this.#fd).mtimeMs };
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
    const row: Row = { path: entryPath, inode, position, leftovers: [] };
    this.#rows.push(row);
    const changed = () => this.#changed();
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
        row.inode = toInode;
        row.position = toPosition;
        changed();
      },
      leave(leftovers) {
        if (leftovers.length === 0 && row.leftovers.length === 0) return;
        row.leftovers = leftovers;
        changed();
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
    this.#changed();
  }

  /** Writes what changed. A failure is logged once, and tried again later. */
  save(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#fd === undefined || !this.#begun) return;
    if (this.#rows.filter((row) => row.position === undefined).length > MOST_UNWATCHED)
      this.#rows = this.#rows.filter((row) => row.position !== undefined);
    try {
      this.#write();
      this.#failing = false;
    } catch (error) {
      this.#options.failures.add();
      this.#written = [{ path: '', fields: '', at: -1 }];
      if (!this.#failing) {
        this.#failing = true;
        this.#options.log.error('positions could not be saved; a restart would read lines again', { pos_file: this.#options.file, error });
      }
      this.#changed(1000);
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

  #changed(afterMs = SAVE_MS): void {
    if (this.#fd === undefined || !this.#begun) return;
    this.#timer ??= setTimeout(() => this.save(), afterMs);
  }

  #write(): void {
    const lines: { path: string; fields: string }[] = [];
    for (const row of this.#rows) {
      for (const left of row.leftovers) lines.push({ path: row.path, fields: fieldsText(left.position, left.inode) });
      lines.push({ path: row.path, fields: fieldsText(row.position, row.inode) });
    }
    const same = this.#written.length <= lines.length && this.#written.every((written, i) => written.path === lines[i]!.path);
    if (!same) {
      this.#replace(lines);
      return;
    }
    this.#written.forEach((written, i) => {
      const { fields } = lines[i]!;
      if (fields === written.fields) return;
      writeSync(this.#fd!, fields, written.at);
      written.fields = fields;
    });
    for (const line of lines.slice(this.#written.length)) {
      const head = pathBytes(line.path);
      writeSync(this.#fd!, Buffer.concat([head, Buffer.from(line.fields)]), 0, head.length + FIELDS_LENGTH, this.#size);
      this.#written.push({ ...line, at: this.#size + head.length });
      this.#size += head.length + FIELDS_LENGTH;
    }
  }

  /** Writes everything into a file beside, which then takes the place of the old one. */
  #replace(lines: readonly { path: string; fields: string }[]): void {
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

function writeAll(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, bytes.length - at, at);
}
