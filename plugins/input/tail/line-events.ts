/** Lines to events: through the parser, with `path_key`, and what becomes of lines that do not fit. */
import { decodeText, ObjectBatch, toInspect } from '#logferry';
import type { Clock, EventBatch, LineBlock, LogEvent, Logger, LogRecord, Parsed, Parser, Tag, TextBatch } from '#logferry';
import type { TailCounters } from './counters.ts';
import type { LineEncoding } from './encoding.ts';

export interface LineEventsOptions {
  readonly parser: Parser;
  readonly pathKey: string | undefined;
  readonly emitUnmatched: boolean;
  /** undefined: lines are UTF-8, or bytes. */
  readonly encoding: LineEncoding | undefined;
  /** Without `encoding`: patterns match bytes, as in Ruby. */
  readonly asBytes: boolean;
  readonly log: Logger;
  readonly clock: Clock;
  readonly counters: Pick<TailCounters, 'unmatched' | 'dropped' | 'joined' | 'split'>;
}

/** Where lines come from, as events show it. */
export interface Origin {
  readonly path: string;
  readonly tag: Tag;
}

export class LineEvents {
  readonly #options: LineEventsOptions;

  constructor(options: LineEventsOptions) {
    this.#options = options;
  }

  /** All events of a block; undefined if there are none. */
  ofBlock(block: LineBlock, origin: Origin): EventBatch | undefined {
    if (block.count === 0) return undefined;
    const { parser, encoding } = this.#options;
    if (parser.parseLines && !encoding) {
      const batch = parser.parseLines(block, origin.tag);
      if (batch) {
        this.#options.counters.dropped.unparsed.add(block.count - batch.size);
        return this.#withPath(batch, origin.path);
      }
    }
    const out: LogEvent[] = [];
    for (let i = 0; i < block.count; i++) this.ofText(this.text(block, i), origin, out);
    return out.length === 0 ? undefined : new ObjectBatch(origin.tag, out);
  }

  /** A line of a block as text. */
  text(block: LineBlock, i: number): string {
    const { encoding } = this.#options;
    if (!encoding) return decodeText(block.bytes, block.starts[i], block.ends[i]);
    const text = encoding.decode(block.bytes, block.starts[i]!, block.ends[i]!);
    // In encodings of several bytes the carriage return is found in the text only.
    return encoding.newline.length > 1 && text.endsWith('\r') ? text.slice(0, -1) : text;
  }

  /** The events of one text that is so many lines, added to `out`. */
  ofText(text: string, origin: Origin, out: LogEvent[], lines = 1): void {
    const { joined, split, dropped } = this.#options.counters;
    const before = out.length;
    this.#parse(text, origin, out);
    const events = out.length - before;
    if (events === 0) dropped.unparsed.add(lines);
    else {
      if (lines > 1) joined.add(lines - 1);
      if (events > 1) split.add(events - 1);
    }
  }

  #parse(text: string, origin: Origin, out: LogEvent[]): void {
    const { parser, log } = this.#options;
    let parsed: ReturnType<Parser['parse']>;
    try {
      parsed = parser.parse(text, this.#options.asBytes);
    } catch (error) {
      this.#options.counters.unmatched.add();
      log.warn('invalid line found', { file: origin.path, line: text, error });
      return;
    }
    if (parsed === undefined) this.#unmatched(text, origin, out);
    else if (isList(parsed)) for (const one of parsed) this.#event(one, text, origin, out);
    else this.#event(parsed, text, origin, out);
  }

  /** A text without a time (and no leave to take the current one) does not fit either. */
  #event(parsed: Parsed | undefined, text: string, origin: Origin, out: LogEvent[]): void {
    if (parsed?.time === undefined) this.#unmatched(text, origin, out);
    else out.push({ time: parsed.time, record: this.#recordWithPath(parsed.record, origin.path) });
  }

  #unmatched(text: string, origin: Origin, out: LogEvent[]): void {
    const { emitUnmatched, log, clock, counters } = this.#options;
    counters.unmatched.add();
    if (emitUnmatched) out.push({ time: clock.time(), record: this.#recordWithPath(new Map([['unmatched_line', text]]), origin.path) });
    log.warn(`pattern not matched: ${toInspect(text)}`);
  }

  /** The path goes where there is nothing, null or false under the key. */
  #recordWithPath(record: LogRecord, path: string): LogRecord {
    const { pathKey } = this.#options;
    if (pathKey === undefined || isTruthy(record.get(pathKey))) return record;
    return new Map(record).set(pathKey, path);
  }

  #withPath(batch: TextBatch, path: string): TextBatch {
    const { pathKey } = this.#options;
    if (pathKey === undefined) return batch;
    const column = batch.column(pathKey);
    if (column && (column.kind === 'span' || isTruthy(column.value))) return batch;
    return batch.withConstants([[pathKey, path]]);
  }
}

function isTruthy(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false;
}

function isList(value: Parsed | readonly (Parsed | undefined)[]): value is readonly (Parsed | undefined)[] {
  return Array.isArray(value);
}
