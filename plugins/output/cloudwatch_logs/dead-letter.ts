/**
 * The dead letter file: events that the service does not take, one JSON object on each line:
 *
 *     {"reason":"too_old","group":"g","stream":"s","time":"2022-10-03T10:00:00.000Z","message":"..."}
 *
 * It is bounded: a file that is full becomes FILE.1, FILE.1 becomes FILE.2, and so on; the oldest goes.
 */
import { appendFileSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';

export interface DeadLetterOptions {
  readonly path: string;
  /** Bytes of one file. */
  readonly limitBytes: number;
  /** How many full files are kept beside the current one. */
  readonly rotateAge: number;
  /** Modes of what is made, such as 0o644. */
  readonly fileMode: number | undefined;
  readonly dirMode: number | undefined;
}

/** One event that could not be delivered, with all that is known of it. */
export interface DeadEvent {
  /** Milliseconds since 1970; may be NaN. */
  readonly stampMs: number;
  readonly message: string;
}

export class DeadLetter {
  readonly #options: DeadLetterOptions;

  constructor(options: DeadLetterOptions) {
    this.#options = options;
  }

  get path(): string {
    return this.#options.path;
  }

  /** The events are in the file when this returns. Throws what the file system throws. */
  write(head: Readonly<Record<string, string | undefined>>, events: Iterable<DeadEvent>): void {
    const { path: file, fileMode, dirMode } = this.#options;
    mkdirSync(path.dirname(file), { recursive: true, mode: dirMode ?? 0o755 });
    let lines: string[] = [];
    let length = 0;
    const put = (): void => {
      if (lines.length === 0) return;
      const bytes = Buffer.from(lines.join(''), 'utf8');
      this.#rotate(bytes.length);
      appendFileSync(file, bytes, { mode: fileMode ?? 0o644 });
      lines = [];
      length = 0;
    };
    for (const { stampMs, message } of events) {
      const line = `${JSON.stringify({ ...head, time: timeText(stampMs), message })}\n`;
      lines.push(line);
      length += line.length;
      if (length >= WRITE_CHARACTERS) put();
    }
    put();
  }

  /** Makes room for so many bytes; a single piece that is larger than the limit gets a file of its own. */
  #rotate(more: number): void {
    const { path: file, limitBytes, rotateAge } = this.#options;
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    if (size === 0 || size + more <= limitBytes) return;
    if (rotateAge < 1) {
      rmSync(file, { force: true });
      return;
    }
    for (let i = rotateAge - 1; i >= 1; i--)
      if (statSync(`${file}.${i}`, { throwIfNoEntry: false })) renameSync(`${file}.${i}`, `${file}.${i + 1}`);
    renameSync(file, `${file}.1`);
  }
}

/** What is written in one piece: so much text is in memory at a time. */
const WRITE_CHARACTERS = 1024 * 1024;

function timeText(stampMs: number): string | null {
  return Math.abs(stampMs) <= 8.64e15 ? new Date(stampMs).toISOString() : null;
}
