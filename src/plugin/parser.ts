/** Parsers: what a `<parse>` makes. */
import type { EventTime, Tag } from '../event.ts';
import type { LogRecord } from '../lib/value.ts';
import type { LineBlock, TextBatch } from '../text-batch.ts';
import type { Lifecycle } from './lifecycle.ts';

/**
 * One event of a parsed text. `time` is undefined only if the text had none and the parser must not
 * take the current time (`estimate_current_event false`): an input treats the text as unmatched then,
 * a filter keeps the event's time.
 */
export interface Parsed {
  readonly time: EventTime | undefined;
  readonly record: LogRecord;
}

/** Reads events from text or bytes (`<parse>`). */
export interface Parser extends Lifecycle {
  /**
   * One event, several, or undefined if the text does not fit; an undefined among several is a part
   * that does not fit. Throws where Fluentd raises (a time that cannot be read): the text is then
   * dropped with a warning, and is not treated as unmatched.
   *
   * `asBytes`: the encoding of the text is not known (an input without `encoding`), so patterns
   * match single bytes, as in Ruby.
   */
  parse(text: string, asBytes?: boolean): Parsed | readonly (Parsed | undefined)[] | undefined;
  /** For parsers of binary data. */
  parseBytes?(bytes: Buffer): readonly (Parsed | undefined)[];
  /**
   * Lines to a batch without making strings, or undefined if this block needs `parse` line by line
   * (a line does not fit, is odd, ...). Must give exactly what `parse` would.
   */
  parseLines?(lines: LineBlock, tag: Tag): TextBatch | undefined;
  /** Present if an event spans several lines. */
  readonly multiline?: {
    /** Whether a new event begins here; absent: as soon as the lines so far match. */
    readonly firstLine?: ((text: string) => boolean) | undefined;
  };
}
