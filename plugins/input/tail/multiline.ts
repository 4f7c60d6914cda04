/** Lines of one file that make up one event together. */
import type { LogEvent, Parser } from '#logferry';
import type { LineEvents, Origin } from './line-events.ts';

/** An event that grows beyond this is given on as it is: a first line that never comes must not fill the memory. */
const MOST_CHARACTERS = 16 * 1024 * 1024;

type Rules = NonNullable<Parser['multiline']>;

export class MultilineText {
  readonly #parser: Parser;
  readonly #rules: Rules;
  readonly #events: LineEvents;
  readonly #asBytes: boolean;
  readonly #incomplete: (text: string, isEvent: boolean) => void;
  #text: string | undefined;
  /** Lines of the text. */
  #lines = 0;
  #start = 0;

  /** `incomplete` is told of lines in front of the first line of any event, and whether they are events all the same. */
  constructor(parser: Parser, rules: Rules, events: LineEvents, asBytes: boolean, incomplete: (text: string, isEvent: boolean) => void) {
    this.#parser = parser;
    this.#rules = rules;
    this.#events = events;
    this.#asBytes = asBytes;
    this.#incomplete = incomplete;
  }

  /** Where the held text begins in the file; undefined if nothing is held. */
  get start(): number | undefined {
    return this.#text === undefined ? undefined : this.#start;
  }

  /** Lines that are held. */
  get lines(): number {
    return this.#text === undefined ? 0 : this.#lines;
  }

  /** Whether a text that nothing follows may be taken as complete after some time. */
  get hasFirstLine(): boolean {
    return this.#rules.firstLine !== undefined;
  }

  /** Takes a line (without its line break) that begins at a position of the file. */
  add(line: string, position: number, origin: Origin, emitUnmatched: boolean, out: LogEvent[]): void {
    const { firstLine } = this.#rules;
    if (!firstLine) this.#addUntilMatch(line, position, origin, out);
    else if (firstLine(line + '\n')) {
      this.flush(origin, out);
      this.#text = line;
      this.#lines = 1;
      this.#start = position;
    } else if (this.#text === undefined) {
      if (emitUnmatched) this.#events.ofText(chomp(line), origin, out);
      this.#incomplete(line, emitUnmatched);
    } else {
      this.#text += '\n' + line;
      this.#lines++;
    }
    if (this.#text !== undefined && this.#text.length > MOST_CHARACTERS) this.flush(origin, out);
  }

  /** The held text as events, as if the next one began. */
  flush(origin: Origin, out: LogEvent[]): void {
    const text = this.#text;
    this.#text = undefined;
    if (text !== undefined) this.#events.ofText(chomp(text), origin, out, this.#lines);
  }

  /** The file begins anew: what is held comes from before. */
  restart(): void {
    this.#start = 0;
  }

  #addUntilMatch(line: string, position: number, origin: Origin, out: LogEvent[]): void {
    if (this.#text === undefined) this.#start = position;
    this.#lines = this.lines + 1;
    this.#text = this.#text === undefined ? line : this.#text + '\n' + line;
    let complete = true;
    try {
      const parsed = this.#parser.parse(this.#text + '\n', this.#asBytes);
      complete = Array.isArray(parsed) ? parsed.some((one) => one !== undefined) : parsed !== undefined;
    } catch {
      // Told of by the flush.
    }
    if (complete) this.flush(origin, out);
  }
}

function chomp(text: string): string {
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}
