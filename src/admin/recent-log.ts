/** The last lines of the agent's own log that somebody should see: warnings and worse, a bounded number of them. */
import type { EventTime } from '../event.ts';
import type { Level } from '../log/logger.ts';

export interface LogLine {
  /** Milliseconds since 1970, of the last time. */
  readonly at: number;
  readonly level: Level;
  /** The sentence with its fields, cut at {@link MAX_TEXT} characters. */
  readonly text: string;
  /** How often the same line came in a row. */
  readonly times: number;
}

/** Lines that are kept. */
const KEPT = 100;
/** Characters of a line that are kept. */
const MAX_TEXT = 2000;

export class RecentLog {
  #lines: LogLine[] = [];

  /** Takes a line; what is less than a warning is not kept. */
  add(level: Level, time: EventTime, message: string): void {
    if (level !== 'warn' && level !== 'error' && level !== 'fatal') return;
    const text = message.length > MAX_TEXT ? `${message.slice(0, MAX_TEXT)}…` : message;
    const at = time.sec * 1000 + Math.floor(time.nsec / 1e6);
    const last = this.#lines.at(-1);
    if (last?.text === text && last.level === level) this.#lines[this.#lines.length - 1] = { at, level, text, times: last.times + 1 };
    else this.#lines.push({ at, level, text, times: 1 });
    if (this.#lines.length > KEPT) this.#lines.shift();
  }

  /** Newest last. */
  get lines(): readonly LogLine[] {
    return [...this.#lines];
  }
}
