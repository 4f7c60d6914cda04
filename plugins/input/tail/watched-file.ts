/** One open file: reads it block by block, emits its lines, and knows how far they are safe. */
import type { Tag } from '#logferry';
import { Acknowledged } from './acknowledged.ts';
import { Quota, type GroupShare } from './allowance.ts';
import { plainContent, type Content } from './content.ts';
import { Emission, OVERFLOW_WAIT_MS } from './emission.ts';
import { closeFile, isDeleted, isOther, openFile, stateOfFile } from './file-access.ts';
import { LineReader, type FileLines } from './line-reader.ts';
import type { FoundAgain } from './lost-files.ts';
import type { MultilineText } from './multiline.ts';
import type { SourceWork } from './source-work.ts';
import type { Tally } from './tallies.ts';
import { END, GONE, MORE, type Turn } from './turn.ts';

export interface WatchedFileHooks {
  /** Its position moved. */
  moved(file: WatchedFile): void;
  /** It begins or ends to wait for an output; `heavy`: with a whole block in memory. */
  waits(waiting: boolean, heavy: boolean): void;
  /** Opens it under another name: 'gone' if it has none, 'later' if that cannot be told now, undefined if others see to it. */
  find(file: WatchedFile): Promise<FoundAgain | 'gone' | 'later' | undefined>;
}

/** When a file is looked for again that could not be opened, milliseconds. */
const FIND_AGAIN_MS = 1000;
const BYTES_PERIOD_MS = 1000;

export class WatchedFile {
  path: string;
  tag: Tag;
  readonly dev: bigint;
  inode: bigint;
  /** Milliseconds since 1970; 0 where that is not known. */
  createdAt: number;
  readonly #work: SourceWork;
  readonly #share: GroupShare | undefined;
  readonly #quota = new Quota(BYTES_PERIOD_MS);
  readonly #reader: LineReader;
  readonly #multiline: MultilineText | undefined;
  readonly #emission: Emission;
  readonly #hooks: WatchedFileHooks;
  readonly #unread = () => this.unread;
  #tally: Tally;
  #content: Content | undefined;
  #acknowledged: Acknowledged;
  #atEnd = false;
  #lastLinesAt = 0;
  #closed = false;
  #stopped = false;
  #givenUp = false;
  /** The largest size that was seen. */
  #seenSize = 0;

  constructor(
    work: SourceWork,
    file: { readonly path: string; readonly dev: bigint; readonly inode: bigint; readonly createdAt: number; readonly content: Content; readonly position: number },
    hooks: WatchedFileHooks,
  ) {
    this.#work = work;
    this.path = file.path;
    this.tag = work.tagOf(file.path);
    this.dev = file.dev;
    this.inode = file.inode;
    this.createdAt = file.createdAt;
    this.#content = file.content;
    this.#share = work.groups?.join(file.path);
    this.#reader = new LineReader(work.scratch, work.split, file.position);
    this.#multiline = work.multiline(() => this.path);
    this.#emission = new Emission(work, this, this.#multiline, (waiting, heavy) => hooks.waits(waiting, heavy));
    this.#hooks = hooks;
    this.#tally = work.tallies.join(file.path, this.#unread);
    this.#acknowledged = this.#acknowledge(file.position);
  }

  /** Lines up to here are safe. */
  get position(): number {
    return this.#acknowledged.position;
  }

  /** Up to here bytes were read. */
  get offset(): number {
    return this.#reader.offset;
  }

  get fd(): number | undefined {
    return this.#content?.fd;
  }

  get isOpen(): boolean {
    return this.#content !== undefined;
  }

  /** Only a descriptor keeps it. */
  get isDeleted(): boolean {
    const fd = this.#content?.fd;
    return fd !== undefined && isDeleted(fd);
  }

  /** Bytes that are known to be there and were not read. */
  get unread(): number {
    if (this.#givenUp || this.forbidden) return 0;
    if (this.#content && !this.#closed) this.saw(this.#content.size());
    return Math.max(0, this.#seenSize - this.#reader.offset);
  }

  /** Bytes that were seen and not read, without a new look. */
  get backlog(): number {
    return this.#seenSize - this.#reader.offset;
  }

  /** Lines that are neither in a buffer nor counted as dropped or joined. */
  get heldLines(): number {
    return this.#emission.heldLines;
  }

  /** Whether its turn waits for an output, which decides when that is over. */
  get emitting(): boolean {
    return this.#emission.emitting;
  }

  /** Whether events of it are not acknowledged, or not even emitted. */
  get isPending(): boolean {
    return !this.#emission.isEmpty || this.#acknowledged.pending > 0;
  }

  /** Pieces of it that were read and are not acknowledged; after `stop` without those that nobody was given. */
  get unacknowledged(): number {
    return this.#acknowledged.pending + this.#emission.unsent;
  }

  /** Whether no more is read of it: see {@link giveUp}. */
  get isGivenUp(): boolean {
    return this.#givenUp;
  }

  /** Somebody saw it with so many bytes. */
  saw(size: number): void {
    if (size > this.#seenSize && size !== Infinity) this.#seenSize = size;
  }

  /** The last read found the end, and all that was read is emitted. */
  get atEnd(): boolean {
    return this.#atEnd && this.#emission.isEmpty;
  }

  /** Whether all whole lines that were read are safe; a line without its end does not count. */
  get settled(): boolean {
    return this.forbidden || (this.atEnd && this.#acknowledged.pending === 0 && this.#multiline?.start === undefined);
  }

  /** Whether it is closed and everything that was read of it is safe. */
  get done(): boolean {
    return this.#closed && !this.isPending;
  }

  /** Whether a rule forbids ever to read it. */
  get forbidden(): boolean {
    return this.#share?.closed === true;
  }

  /** Whether a line is held whose end is not there yet. */
  get hasRest(): boolean {
    return this.#reader.lineStart < this.#reader.offset;
  }

  /** Whether lines are held that wait for more lines of their event. */
  get holdsText(): boolean {
    return this.#multiline?.start !== undefined;
  }

  /** When a multiline event is to be flushed that nothing follows, in monotonic milliseconds; undefined: never. */
  get flushAt(): number | undefined {
    const { multilineFlushMs } = this.#work;
    if (multilineFlushMs === undefined || this.#multiline?.start === undefined || !this.#multiline.hasFirstLine) return undefined;
    return this.#lastLinesAt + multilineFlushMs;
  }

  /** Reads and emits one block. Only one turn at a time. */
  async turn(): Promise<Turn> {
    const held = await this.#emission.emit();
    if (held) return held;
    if (this.#closed || this.#stopped || this.#givenUp) return END;
    const now = this.#work.clock.monotonic();
    if (this.flushAt !== undefined && now >= this.flushAt) {
      await this.flushMultiline();
      if (!this.#emission.isEmpty) return { kind: 'wait', ms: OVERFLOW_WAIT_MS };
    }
    const bytes = this.#work.bytesPerSecond === undefined ? Infinity : this.#quota.left(this.#work.bytesPerSecond, now);
    const lines = this.#share?.lines(now) ?? Infinity;
    if (this.forbidden) return { kind: 'wait', ms: OVERFLOW_WAIT_MS };
    if (bytes === 0 || lines === 0) {
      this.#work.counters.throttled.add();
      return { kind: 'wait', ms: bytes === 0 ? this.#quota.waitMs(now) : this.#share!.waitMs(now) };
    }
    const content = this.#content ?? (await this.#reopen());
    if (content === 'gone') return GONE;
    if (content === 'later') return { kind: 'wait', ms: FIND_AGAIN_MS };
    if (content === undefined) return END;
    const { lineStart, offset } = this.#reader;
    const result = await this.#reader.read(content, bytes, lines);
    if (result.bytes === 0) return (await this.#atFileEnd(content)) ?? END;
    if (this.#work.bytesPerSecond !== undefined) this.#quota.use(result.bytes);
    this.#atEnd = result.atEnd;
    this.#lastLinesAt = now;
    if (result.tooLong > 0) this.#work.tooLong(this.path, result.tooLong);
    const lineCount = result.lines.reduce((sum, { block }) => sum + block.count, 0);
    if (this.#share) this.#share.use(lineCount);
    this.#count(lineCount, this.#reader.offset - offset);
    this.#hold(result.lines, lineStart);
    return (await this.#emission.emit()) ?? (result.atEnd ? END : MORE);
  }

  /** Whatever is held of an event of several lines is emitted, as if it were complete. */
  async flushMultiline(): Promise<void> {
    this.#emission.addHeldText(this.#reader.lineStart, this.#acknowledged);
    await this.#emission.emit();
  }

  /** The file will not be read any more: a line without its end is emitted as it is. */
  async finish(): Promise<Turn | undefined> {
    this.#holdRest();
    const held = await this.#emission.emit();
    if (held) return held;
    await this.flushMultiline();
    return !this.#emission.isEmpty ? { kind: 'wait', ms: OVERFLOW_WAIT_MS } : undefined;
  }

  /** Whether it was truncated: shorter than what was read of it. */
  isTruncated(size: number): boolean {
    return size < this.#reader.offset;
  }

  /** The file under its other name; only at its end, so that lines get the name that they were written under. */
  rename(path: string): void {
    this.path = path;
    this.tag = this.#work.tagOf(path);
    this.#work.tallies.leave(this.#tally, this.#unread);
    this.#tally = this.#work.tallies.join(path, this.#unread);
  }

  /** Closes the descriptor; the next turn opens the file again. Not in a turn. */
  async release(): Promise<void> {
    const content = this.#content;
    if (!content) return;
    try {
      this.saw(content.size());
    } catch {
      // Then what was seen before counts.
    }
    this.#content = undefined;
    await content.close();
  }

  /** No more is read of it; what was read is emitted. The result is the number of bytes that nobody will read. */
  giveUp(): number {
    const { unread } = this;
    this.#givenUp = true;
    this.#atEnd = true;
    return unread;
  }

  /** Takes nothing new; what several lines of an event are held are emitted, unless something waits in front of them. */
  async stop(): Promise<void> {
    if (this.#emission.isEmpty) await this.flushMultiline();
    this.#stopped = true;
    this.#emission.stop();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#work.tallies.leave(this.#tally, this.#unread);
    this.#share?.leave();
    this.#work.counters.closed.add();
    await this.release();
  }

  /** Opens again what `release` closed; undefined if there is another file by that name, or none. */
  async #reopen(): Promise<Content | 'gone' | 'later' | undefined> {
    let fd: number | undefined;
    try {
      fd = await openFile(this.#work.resolve(this.path));
      const state = await stateOfFile(fd);
      if (state.inode === this.inode && state.dev === this.dev && !isOther(state.createdAt, this.createdAt)) return (this.#content = plainContent(fd));
    } catch {
      // Gone, or replaced.
    }
    if (fd !== undefined) await closeFile(fd);
    const found = await this.#hooks.find(this);
    if (found === undefined) this.#atEnd = true;
    if (typeof found !== 'object') return found;
    this.inode = found.inode;
    this.createdAt = found.createdAt;
    return (this.#content = found.content);
  }

  async #atFileEnd(content: Content): Promise<Turn | undefined> {
    const size = content.size();
    if (!this.isTruncated(size) || size === Infinity) {
      this.#atEnd = true;
      return undefined;
    }
    const { counters, log } = this.#work;
    counters.truncated.add();
    const lost = Math.max(0, this.#seenSize - this.#reader.offset);
    if (lost > 0) counters.abandoned('truncated', { path: this.path, inode: this.inode, bytes: lost });
    this.#seenSize = size;
    // What was read of an unfinished line is not in the file any more: it becomes a line of its own.
    this.#holdRest();
    this.#reader.seek(0);
    this.#multiline?.restart();
    this.#acknowledged = this.#acknowledge(0);
    this.#hooks.moved(this);
    // Now that it is written down.
    log.info(`detected truncation of ${this.path}; reading it from its head`, { path: this.path, inode: Number(this.inode) });
    return (await this.#emission.emit()) ?? MORE;
  }

  #count(lines: number, bytes: number): void {
    const { counters } = this.#work;
    counters.lines.add(lines);
    counters.bytes.add(bytes);
    this.#tally.lines += lines;
    this.#tally.bytes += bytes;
  }

  /** A line without its end becomes one of its own. */
  #holdRest(): void {
    const { line, tooLong } = this.#reader.takeRest();
    if (tooLong > 0) this.#work.tooLong(this.path, tooLong);
    if (!line) return;
    this.#count(line.block.count, 0);
    this.#emission.add(line, this.#acknowledged);
  }

  #acknowledge(position: number): Acknowledged {
    const made: Acknowledged = new Acknowledged(position, () => {
      if (made === this.#acknowledged) this.#hooks.moved(this);
    });
    return made;
  }

  #hold(lines: readonly FileLines[], wasAt: number): void {
    for (const part of lines) this.#emission.add(part, this.#acknowledged);
    const end = this.#reader.lineStart;
    // Only lines that were left out: the position moves over them.
    if (lines.length === 0 && end > wasAt) this.#emission.addGap(end, this.#acknowledged);
  }
}
