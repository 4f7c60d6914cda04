/** Lines of one file on their way out: made into events, emitted in order, and again if a buffer was full. */
import { Ack, BufferOverflowError, Lease, ObjectBatch, TextBatch, type EventBatch, type LogEvent } from '#logferry';
import type { Acknowledged, Span } from './acknowledged.ts';
import type { Origin } from './line-events.ts';
import type { FileLines } from './line-reader.ts';
import type { MultilineText } from './multiline.ts';
import type { SourceWork } from './source-work.ts';
import { END, type Turn } from './turn.ts';

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
export const OVERFLOW_WAIT_MS = 200;

export class Emission {
  readonly #work: SourceWork;
  readonly #origin: Origin;
  readonly #multiline: MultilineText | undefined;
  readonly #waits: (waiting: boolean, heavy: boolean) => void;
  #held: Held[] = [];
  #emitting = false;
  #overflowing = false;
  #stopped = false;

  /** `waits` is told when an output begins and ends to let it wait, and whether a block of the scratch waits along. */
  constructor(work: SourceWork, origin: Origin, multiline: MultilineText | undefined, waits: (waiting: boolean, heavy: boolean) => void) {
    this.#work = work;
    this.#origin = origin;
    this.#multiline = multiline;
    this.#waits = waits;
  }

  /** Whether an output lets it wait: that may take as long as the output likes. */
  get emitting(): boolean {
    return this.#emitting;
  }

  /** Whether all that was taken is emitted. */
  get isEmpty(): boolean {
    return this.#held.length === 0;
  }

  /** Lines that are neither in a buffer nor counted as dropped or joined. */
  get heldLines(): number {
    let lines = this.#multiline?.lines ?? 0;
    this.#held.forEach(({ lines: { block }, made }, i) => {
      // An output that lets wait has the events already.
      if (i > 0 || !this.#emitting) lines += made ? (made.batch?.size ?? 0) : block.count;
    });
    return lines;
  }

  /** Pieces that were taken and are not counted as pending; negative: that are, and will never be emitted because of `stop`. */
  get unsent(): number {
    let count = 0;
    this.#held.forEach(({ made }, i) => {
      if (i === 0 && this.#emitting) return;
      if (this.#stopped) count -= made ? 1 : 0;
      else count += made ? 0 : 1;
    });
    return count;
  }

  /** Takes lines; `emit` makes events of them. */
  add(lines: FileLines, ack: Acknowledged): void {
    this.#held.push({ lines, ack });
  }

  /** Takes what is held of an event of several lines, as if it were complete; it ends where `end` is. */
  addHeldText(end: number, ack: Acknowledged): void {
    if (!this.#multiline || this.#multiline.start === undefined) return;
    const events: LogEvent[] = [];
    this.#multiline.flush(this.#origin, events);
    const span = ack.add(end);
    const batch = events.length > 0 ? new ObjectBatch(this.#origin.tag, events) : undefined;
    this.#held.push({ lines: { block: NOTHING, base: 0, end }, ack, made: { batch: batch && withAck(batch, ack, span), span } });
    if (!batch) ack.settle(span);
  }

  /** Takes note of lines that were all left out: the position moves over them. */
  addGap(end: number, ack: Acknowledged): void {
    this.#held.push({ lines: { block: NOTHING, base: end, end }, ack });
  }

  /** Emits what is held, in order; undefined when nothing is left. */
  async emit(): Promise<Turn | undefined> {
    for (let first = this.#held[0]; first; first = this.#held[0]) {
      if (this.#stopped) return END;
      const made = (first.made ??= this.#make(first));
      if (made.batch) {
        try {
          const wait = this.#work.router.emit(made.batch);
          if (wait) await this.#wait(wait, made.lease !== undefined);
        } catch (error) {
          if (error instanceof BufferOverflowError) return this.#overflow(error);
          this.#work.emitFailed(this.#origin, made.batch.size, error);
          first.ack.settle(made.span);
        }
      }
      this.#overflowing = false;
      this.#held.shift();
      made.lease?.end();
    }
    return undefined;
  }

  /** Nothing is emitted any more; what is held belongs to the next start. */
  stop(): void {
    this.#stopped = true;
  }

  async #wait(emitted: Promise<void>, heavy: boolean): Promise<void> {
    this.#emitting = true;
    this.#waits(true, heavy);
    try {
      await emitted;
    } finally {
      this.#emitting = false;
      this.#waits(false, heavy);
    }
  }

  #overflow(error: BufferOverflowError): Turn {
    if (!this.#overflowing) {
      this.#overflowing = true;
      this.#work.log.warn('a full buffer takes no more events; the file is read on when there is room', { path: this.#origin.path, error });
    }
    return { kind: 'wait', ms: OVERFLOW_WAIT_MS };
  }

  #make({ lines, ack }: Held): Made {
    const lease = lines.scratch && new Lease();
    lease?.onEnd(() => this.#work.scratch.giveBack(lines.scratch!));
    if (!this.#multiline) {
      const batch = this.#work.events.ofBlock(lines.block, this.#origin);
      const span = ack.add(lines.end);
      if (!batch) ack.settle(span);
      return { batch: batch && withAck(batch, ack, span, lease), span, lease };
    }
    const events: LogEvent[] = [];
    const { block, base } = lines;
    for (let i = 0; i < block.count; i++)
      this.#multiline.add(this.#work.events.text(block, i), base + block.starts[i]!, this.#origin, this.#work.emitUnmatched, events);
    const span = ack.add(this.#multiline.start ?? lines.end);
    if (events.length > 0) return { batch: withAck(new ObjectBatch(this.#origin.tag, events), ack, span), span, lease };
    ack.settle(span);
    return { batch: undefined, span, lease };
  }
}

function withAck(batch: EventBatch, ack: Acknowledged, span: Span, lease?: Lease): EventBatch {
  const claim = new Ack(() => ack.settle(span));
  return batch instanceof TextBatch ? batch.with({ ack: claim, ...(lease && { lease }) }) : batch.with({ ack: claim });
}

const NOTHING = { bytes: Buffer.alloc(0), starts: new Int32Array(0), ends: new Int32Array(0), count: 0 };
