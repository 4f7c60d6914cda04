/** One open file: reads it block by block, emits its lines, and knows how far they are safe. */
import { Ack, BufferOverflowError, Lease, ObjectBatch, TextBatch, type EventBatch, type LogEvent, type Router, type Tag } from '#logferry';
import { Acknowledged, type Span } from './acknowledged.ts';
import { closeFile, openFile, stateOfFile } from './file-access.ts';
import { LineReader, type FileLines } from './line-reader.ts';
import type { MultilineText } from './multiline.ts';
import { Quota, type GroupShare } from './allowance.ts';
import type { SourceWork } from './source-work.ts';

/** What a turn came to. */
export type Turn =
  /** There is more to do at once. */
  | { readonly kind: 'more' }
  /** Everything that is there was read and emitted. */
  | { readonly kind: 'end' }
  /** Nothing can be done for so long. */
  | { readonly kind: 'wait'; readonly ms: number };

/** Lines that are read and not emitted yet. */
interface Held {
  readonly lines: FileLines;
  /** Where the lines count when they are settled. */
  readonly ack: Acknowledged;
  /** Set once the lines are events; emitting may have to be tried again. */
  made?: Made | undefined;
}

/** Lines as a batch of events. */
interface Made {
  readonly batch: EventBatch | undefined;
  readonly span: Span;
  /** Of the buffer that the lines were read into. */
  readonly lease?: Lease | undefined;
}

/** How long events wait that a full buffer did not take, milliseconds. */
const OVERFLOW_WAIT_MS = 200;
const BYTES_PERIOD_MS = 1000;

const MORE: Turn = { kind: 'more' };
const END: Turn = { kind: 'end' };

export class WatchedFile {
  path: string;
  tag: Tag;
  readonly dev: bigint;
  readonly inode: bigint;
  /** In which a turn may not be awaited by the end of the agent: an output decides when it is over. */
  emitting = false;
  readonly #work: SourceWork;
  readonly #router: Router;
  readonly #share: GroupShare | undefined;
  readonly #quota = new Quota(BYTES_PERIOD_MS);
  readonly #reader: LineReader;
  readonly #multiline: MultilineText | undefined;
  readonly #onMoved: (file: WatchedFile) => void;
  #fd: number | undefined;
  #acknowledged: Acknowledged;
  #held: Held[] = [];
  #atEnd = false;
  #overflowing = false;
  #lastLinesAt = 0;
  #closed = false;
  #stopped = false;

  constructor(
    work: SourceWork,
    file: { readonly path: string; readonly dev: bigint; readonly inode: bigint; readonly fd: number; readonly position: number },
    onMoved: (file: WatchedFile) => void,
  ) {
    this.#work = work;
    this.#router = work.router;
    this.path = file.path;
    this.tag = work.tagOf(file.path);
    this.dev = file.dev;
    this.inode = file.inode;
    this.#fd = file.fd;
    this.#share = work.groups?.join(file.path);
    this.#reader = new LineReader(work.scratch, work.split, file.position);
    this.#multiline = work.multiline(() => this.path);
    this.#onMoved = onMoved;
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
    return this.#fd;
  }

  /** The last read found the end, and all that was read is emitted. */
  get atEnd(): boolean {
    return this.#atEnd && this.#held.length === 0;
  }

  /** Whether all whole lines that were read are safe; a line without its end does not count. */
  get settled(): boolean {
    return this.forbidden || (this.atEnd && this.#acknowledged.pending === 0 && this.#multiline?.start === undefined);
  }

  /** Whether it is closed and everything that was read of it is safe. */
  get done(): boolean {
    return this.#closed && this.#held.length === 0 && this.#acknowledged.pending === 0;
  }

  /** Whether a rule forbids ever to read it. */
  get forbidden(): boolean {
    return this.#share?.closed === true;
  }

  /** Whether a line is held whose end is not there yet. */
  get hasRest(): boolean {
    return this.#reader.lineStart < this.#reader.offset;
  }

  /** When a multiline event is to be flushed that nothing follows, in monotonic milliseconds; undefined: never. */
  get flushAt(): number | undefined {
    const { multilineFlushMs } = this.#work;
    if (multilineFlushMs === undefined || this.#multiline?.start === undefined || !this.#multiline.hasFirstLine) return undefined;
    return this.#lastLinesAt + multilineFlushMs;
  }

  /** Reads and emits one block. Only one turn at a time. */
  async turn(): Promise<Turn> {
    const held = await this.#emitHeld();
    if (held) return held;
    if (this.#closed || this.#stopped) return END;
    const now = this.#work.clock.monotonic();
    if (this.flushAt !== undefined && now >= this.flushAt) {
      await this.flushMultiline();
      if (this.#held.length > 0) return { kind: 'wait', ms: OVERFLOW_WAIT_MS };
    }
    const bytes = this.#work.bytesPerSecond === undefined ? Infinity : this.#quota.left(this.#work.bytesPerSecond, now);
    const lines = this.#share?.lines(now) ?? Infinity;
    if (this.forbidden) return { kind: 'wait', ms: OVERFLOW_WAIT_MS };
    if (bytes === 0 || lines === 0) {
      this.#work.counters.throttled.add();
      return { kind: 'wait', ms: bytes === 0 ? this.#quota.waitMs(now) : this.#share!.waitMs(now) };
    }
    const fd = this.#fd ?? (await this.#reopen());
    if (fd === undefined) return END;
    const { lineStart } = this.#reader;
    const result = await this.#reader.read(fd, bytes, lines);
    if (result.bytes === 0) return (await this.#atFileEnd(fd)) ?? END;
    if (this.#work.bytesPerSecond !== undefined) this.#quota.use(result.bytes);
    this.#atEnd = result.atEnd;
    this.#lastLinesAt = now;
    if (result.tooLong > 0) this.#work.tooLong(this.path, result.tooLong);
    const lineCount = result.lines.reduce((sum, { block }) => sum + block.count, 0);
    if (this.#share) this.#share.use(lineCount);
    this.#work.counters.lines.add(lineCount);
    this.#work.counters.bytes.add(result.bytes);
    this.#hold(result.lines, lineStart);
    return (await this.#emitHeld()) ?? (result.atEnd ? END : MORE);
  }

  /** Whatever is held of an event of several lines is emitted, as if it were complete. */
  async flushMultiline(): Promise<void> {
    if (!this.#multiline || this.#multiline.start === undefined) return;
    const events: LogEvent[] = [];
    this.#multiline.flush(this, events);
    const span = this.#acknowledged.add(this.#reader.lineStart);
    const batch = events.length > 0 ? new ObjectBatch(this.tag, events) : undefined;
    const lines: FileLines = { block: NOTHING, base: 0, end: span.end };
    this.#held.push({ lines, ack: this.#acknowledged, made: { batch: batch && this.#withAck(batch, this.#acknowledged, span), span } });
    if (!batch) this.#acknowledged.settle(span);
    await this.#emitHeld();
  }

  /** The file will not be read any more: a line without its end is emitted as it is. */
  async finish(): Promise<Turn | undefined> {
    const rest = this.#reader.takeRest();
    if (rest) this.#held.push({ lines: rest, ack: this.#acknowledged });
    const held = await this.#emitHeld();
    if (held) return held;
    await this.flushMultiline();
    return this.#held.length > 0 ? { kind: 'wait', ms: OVERFLOW_WAIT_MS } : undefined;
  }

  /** Whether it was truncated: shorter than what was read of it. */
  isTruncated(size: number): boolean {
    return size < this.#reader.offset;
  }

  /** The file under its other name; only at its end, so that lines get the name that they were written under. */
  rename(path: string): void {
    this.path = path;
    this.tag = this.#work.tagOf(path);
  }

  /** Closes the descriptor between updates (`open_on_every_update`). */
  async release(): Promise<void> {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) await closeFile(fd);
  }

  /** Takes nothing new; what several lines of an event are held are emitted, unless something waits in front of them. */
  async stop(): Promise<void> {
    if (!this.emitting && this.#held.length === 0) await this.flushMultiline();
    this.#stopped = true;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#share?.leave();
    this.#work.counters.closed.add();
    await this.release();
  }

  /** Opens again what `release` closed; undefined if there is another file by that name, or none. */
  async #reopen(): Promise<number | undefined> {
    let fd: number | undefined;
    try {
      fd = await openFile(this.#work.resolve(this.path));
      const state = await stateOfFile(fd);
      if (state.inode === this.inode && state.dev === this.dev) return (this.#fd = fd);
    } catch {
      // Gone, or replaced: the next look at the path tells.
    }
    if (fd !== undefined) await closeFile(fd);
    this.#atEnd = true;
    return undefined;
  }

  async #atFileEnd(fd: number): Promise<Turn | undefined> {
    const { size } = await stateOfFile(fd);
    if (!this.isTruncated(size)) {
      this.#atEnd = true;
      return undefined;
    }
    this.#work.log.info(`detected truncation of ${this.path}; reading it from its head`, { path: this.path, inode: Number(this.inode) });
    this.#work.counters.truncated.add();
    // What was read of an unfinished line is not in the file any more: it becomes a line of its own.
    const rest = this.#reader.takeRest();
    if (rest) this.#held.push({ lines: rest, ack: this.#acknowledged });
    this.#reader.seek(0);
    this.#multiline?.restart();
    this.#acknowledged = this.#acknowledge(0);
    this.#onMoved(this);
    return (await this.#emitHeld()) ?? MORE;
  }

  #acknowledge(position: number): Acknowledged {
    const made: Acknowledged = new Acknowledged(position, () => {
      if (made === this.#acknowledged) this.#onMoved(this);
    });
    return made;
  }

  #hold(lines: readonly FileLines[], wasAt: number): void {
    const ack = this.#acknowledged;
    for (const part of lines) this.#held.push({ lines: part, ack });
    const end = this.#reader.lineStart;
    // Only lines that were left out: the position moves over them.
    if (lines.length === 0 && end > wasAt) this.#held.push({ lines: { block: NOTHING, base: end, end }, ack });
  }

  /** Emits what is held, in order; undefined when nothing is left. */
  async #emitHeld(): Promise<Turn | undefined> {
    for (let first = this.#held[0]; first; first = this.#held[0]) {
      if (this.#stopped) return END;
      const made = (first.made ??= this.#make(first));
      if (made.batch) {
        try {
          const wait = this.#router.emit(made.batch);
          if (wait) {
            this.emitting = true;
            await wait;
          }
        } catch (error) {
          if (error instanceof BufferOverflowError) return this.#overflow(error);
          this.#work.emitFailed(this, made.batch.size, error);
          first.ack.settle(made.span);
        } finally {
          this.emitting = false;
        }
      }
      this.#overflowing = false;
      this.#held.shift();
      made.lease?.end();
    }
    return undefined;
  }

  #overflow(error: BufferOverflowError): Turn {
    if (!this.#overflowing) {
      this.#overflowing = true;
      this.#work.log.warn('a full buffer takes no more events; the file is read on when there is room', { path: this.path, error });
    }
    return { kind: 'wait', ms: OVERFLOW_WAIT_MS };
  }

  #make({ lines, ack }: Held): Made {
    const lease = lines.scratch && new Lease();
    lease?.onEnd(() => this.#work.scratch.giveBack(lines.scratch!));
    if (!this.#multiline) {
      const batch = this.#work.events.ofBlock(lines.block, this);
      const span = ack.add(lines.end);
      if (!batch) ack.settle(span);
      return { batch: batch && this.#withAck(batch, ack, span, lease), span, lease };
    }
    const events: LogEvent[] = [];
    const { block, base } = lines;
    for (let i = 0; i < block.count; i++)
      this.#multiline.add(this.#work.events.text(block, i), base + block.starts[i]!, this, this.#work.emitUnmatched, events);
    const span = ack.add(this.#multiline.start ?? lines.end);
    if (events.length > 0) return { batch: this.#withAck(new ObjectBatch(this.tag, events), ack, span), span, lease };
    ack.settle(span);
    return { batch: undefined, span, lease };
  }

  #withAck(batch: EventBatch, ack: Acknowledged, span: Span, lease?: Lease): EventBatch {
    const claim = new Ack(() => ack.settle(span));
    return batch instanceof TextBatch ? batch.with({ ack: claim, ...(lease && { lease }) }) : batch.with({ ack: claim });
  }
}

const NOTHING = { bytes: Buffer.alloc(0), starts: new Int32Array(0), ends: new Int32Array(0), count: 0 };
