/**
 * The agent's log in a file, rotated by size or by day, week or month.
 *
 * Older generations have the names `FILE.0` (the last one), `FILE.1`, ... with a number of generations, and
 * `FILE.20240514` with a period. Lines are written at once, so that a crash loses none.
 */
import { appendFileSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { errorText } from '../errors.ts';

export interface LogFileOptions {
  readonly path: string;
  /** Generations to keep, or how often a new file begins. */
  readonly rotateAge: number | 'daily' | 'weekly' | 'monthly' | undefined;
  /** Bytes; with a number of generations only. */
  readonly rotateSize: number | undefined;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Gets what cannot be written to the file, with the reason in front at the first time. */
  readonly fallback: (text: string) => void;
}

/** Ruby's logger keeps files of this size if only the number of generations is given. */
const DEFAULT_ROTATE_SIZE = 1_048_576;

/** The text of a configuration as `rotateAge`; undefined if it is none. */
export function parseRotateAge(text: string): number | 'daily' | 'weekly' | 'monthly' | undefined {
  if (text === 'daily' || text === 'weekly' || text === 'monthly') return text;
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Gives the function that writes a line. Never throws. */
export function openLogFile(options: LogFileOptions): (line: string) => void {
  const { path: file, rotateAge, fallback } = options;
  const now = options.now ?? Date.now;
  const most = typeof rotateAge === 'number' ? (options.rotateSize ?? DEFAULT_ROTATE_SIZE) : undefined;
  let size = 0;
  let period = '';
  let failing = false;

  try {
    mkdirSync(path.dirname(file), { recursive: true });
    const stat = statSync(file, { throwIfNoEntry: false });
    size = stat?.size ?? 0;
    period = periodOf(rotateAge, stat?.mtimeMs ?? now());
  } catch {
    // The first write tells.
  }

  return (line) => {
    try {
      const current = periodOf(rotateAge, now());
      if (most !== undefined && size >= most) shift(file, rotateAge as number);
      else if (current !== period && existsSync(file)) renameSync(file, `${file}.${period}`);
      if (current !== period || (most !== undefined && size >= most)) size = 0;
      period = current;
      appendFileSync(file, line);
      size += Buffer.byteLength(line);
      failing = false;
    } catch (error) {
      if (!failing) fallback(`logferry: cannot write the log to ${file}: ${errorText(error)}\n`);
      failing = true;
      fallback(line);
    }
  };
}

/** FILE.0 becomes FILE.1 and so on; the oldest goes. */
function shift(file: string, generations: number): void {
  if (generations === 0) return;
  rmSync(`${file}.${generations - 1}`, { force: true });
  for (let i = generations - 2; i >= 0; i--) if (existsSync(`${file}.${i}`)) renameSync(`${file}.${i}`, `${file}.${i + 1}`);
  renameSync(file, `${file}.0`);
}

/** A text that changes when a new file has to begin. */
function periodOf(age: LogFileOptions['rotateAge'], ms: number): string {
  const date = new Date(ms);
  const day = (at: Date): string => `${at.getFullYear()}${String(at.getMonth() + 1).padStart(2, '0')}${String(at.getDate()).padStart(2, '0')}`;
  switch (age) {
    case 'daily':
      return day(date);
    case 'weekly':
      return day(new Date(date.getFullYear(), date.getMonth(), date.getDate() - date.getDay()));
    case 'monthly':
      return day(date).slice(0, 6);
    default:
      return '';
  }
}
