/**
 * By what a file is known again whose inode is gone, because it was compressed: a few bytes of it, as a checksum.
 *
 * The bytes are those in front of the position, or the file's first ones if nothing of it was read. They stand in a file
 * beside the position file, which is left as Fluentd has it:
 *
 *   inode TAB from TAB to TAB sha256 of bytes from..to-1 LF      (numbers are decimal, the checksum is hexadecimal)
 *
 * A log file only grows, so a mark that is older than the position is as good. An inode may have two marks: the number of a file
 * that was compressed and is not read yet is soon given to another file.
 */
import { createHash } from 'node:crypto';
import { readFileSync, readSync, renameSync, writeFileSync } from 'node:fs';
import { errorText, type Logger } from '#logferry';

export interface Mark {
  readonly from: number;
  readonly to: number;
  readonly hash: string;
}

/** What is marked: an open file, and how far it is read. */
export interface Markable {
  readonly inode: bigint;
  readonly fd: number | undefined;
  readonly position: number;
}

/** Most bytes of a mark: enough that two logs are not taken for one another. */
const MARK_BYTES = 1024;
const LINE = /^(\d+)\t(\d+)\t(\d+)\t([0-9a-f]{64})$/;

export class Marks {
  readonly #file: string;
  readonly #fileMode: number;
  readonly #log: Logger;
  #marks = new Map<bigint, readonly Mark[]>();
  #written = '';
  #failing = false;

  constructor(options: { readonly file: string; readonly fileMode: number; readonly log: Logger }) {
    this.#file = options.file;
    this.#fileMode = options.fileMode;
    this.#log = options.log;
  }

  /** Reads what an earlier run left, if it left anything. */
  open(): void {
    let text = '';
    try {
      text = readFileSync(this.#file, 'latin1');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#log.warn('the marks of compressed files cannot be read', { path: this.#file, error });
    }
    this.#written = text;
    for (const line of text.split('\n')) {
      const found = LINE.exec(line);
      if (!found) continue;
      const inode = BigInt(found[1]!);
      this.#marks.set(inode, [...this.of(inode), { from: Number(found[2]), to: Number(found[3]), hash: found[4]! }]);
    }
  }

  of(inode: bigint): readonly Mark[] {
    return this.#marks.get(inode) ?? [];
  }

  /** Marks these files where they are now, forgets all others but those of `kept`, and writes it down if anything is new. */
  update(files: Iterable<Markable>, kept: Iterable<bigint>): void {
    const marks = new Map<bigint, readonly Mark[]>();
    for (const inode of kept) marks.set(inode, this.of(inode));
    // Those that are not open first: what they were marked with is older.
    const inOrder = [...files].toSorted((a, b) => Number(a.fd !== undefined) - Number(b.fd !== undefined));
    for (const file of inOrder) marks.set(file.inode, atMostTwo([...(marks.get(file.inode) ?? []), ...this.#current(file)]));
    this.#marks = marks;
    this.#save();
  }

  /** Marks one file that is about to be closed. */
  add(file: Markable): void {
    const now = this.#current(file);
    if (now.length === 0) return;
    this.#marks.set(file.inode, atMostTwo([...this.of(file.inode).slice(0, -1), ...now]));
    this.#save();
  }

  /** The mark of an open file; what is known of one that is not open. */
  #current({ inode, fd, position }: Markable): readonly Mark[] {
    const known = this.of(inode);
    const last = known.at(-1);
    if (fd === undefined) return known;
    if (last && (last.to === position || (position === 0 && last.from === 0))) return [last];
    try {
      const mark = takeMark(fd, position);
      return mark ? [mark] : known;
    } catch (error) {
      this.#log.debug('a file could not be marked', { error: errorText(error) });
      return known;
    }
  }

  #save(): void {
    const text = [...this.#marks].flatMap(([inode, marks]) => marks.map(({ from, to, hash }) => `${inode}\t${from}\t${to}\t${hash}\n`)).join('');
    if (text === this.#written) return;
    try {
      writeFileSync(`${this.#file}.new`, text, { mode: this.#fileMode });
      renameSync(`${this.#file}.new`, this.#file);
      this.#written = text;
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.#log.warn('the marks of files could not be saved; files that are compressed while the agent is down may not be found', { path: this.#file, error });
      this.#failing = true;
    }
  }
}

/** The oldest and the newest of different ones. */
function atMostTwo(marks: readonly Mark[]): readonly Mark[] {
  const [first] = marks;
  const last = marks.at(-1);
  return first && last && (first.to !== last.to || first.hash !== last.hash) ? [first, last] : marks.slice(0, 1);
}

/** undefined if there is nothing in the file. */
export function takeMark(fd: number, position: number): Mark | undefined {
  const from = Math.max(0, position - MARK_BYTES);
  const bytes = Buffer.alloc(MARK_BYTES);
  const length = readSync(fd, bytes, 0, position === 0 ? MARK_BYTES : position - from, from);
  if (length === 0) return undefined;
  return { from, to: from + length, hash: createHash('sha256').update(bytes.subarray(0, length)).digest('hex') };
}
