/** How far a file is safe: ends of blocks in order, of which the settled beginning counts. */

export interface Span {
  /** Position behind the span's last byte. */
  readonly end: number;
  settled: boolean;
}

/**
 * The position moves only over spans that are settled and have nothing unsettled in front of them:
 * what lies behind a gap will be read again after a crash, never skipped.
 */
export class Acknowledged {
  #position: number;
  #spans: Span[] = [];
  #first = 0;
  readonly #onMoved: () => void;

  constructor(position: number, onMoved: () => void) {
    this.#position = position;
    this.#onMoved = onMoved;
  }

  get position(): number {
    return this.#position;
  }

  /** Spans that are not part of the position yet. */
  get pending(): number {
    return this.#spans.length - this.#first;
  }

  /** The next span, which ends at `end`; spans are added in order. */
  add(end: number): Span {
    const span = { end, settled: false };
    this.#spans.push(span);
    return span;
  }

  /** May be called again for the same span. */
  settle(span: Span): void {
    if (span.settled) return;
    span.settled = true;
    if (this.#spans[this.#first] !== span) return;
    while (this.#first < this.#spans.length && this.#spans[this.#first]!.settled) this.#position = this.#spans[this.#first++]!.end;
    if (this.#first === this.#spans.length || this.#first > 1024) {
      this.#spans = this.#spans.slice(this.#first);
      this.#first = 0;
    }
    this.#onMoved();
  }
}
