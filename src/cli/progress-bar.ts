/** How far a reading is: one line that changes on a terminal, a line now and then elsewhere. */

/** Totals so far. */
export interface ReadingProgress {
  readonly files: number;
  readonly lines: number;
  readonly bytes: number;
  readonly path: string;
}

/** Between two changes, milliseconds. */
const TERMINAL_MS = 100;
const PLAIN_MS = 5000;

export function createProgressBar(stream: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number }) {
  const isTerminal = stream.isTTY === true;
  const everyMs = isTerminal ? TERMINAL_MS : PLAIN_MS;
  const startedAt = performance.now();
  let shownAt = startedAt;
  let shown = false;
  return {
    show({ files, lines, bytes, path }: ReadingProgress): void {
      const now = performance.now();
      if (now - shownAt < everyMs) return;
      shownAt = now;
      shown = true;
      const perSec = bytes / 1e6 / ((now - startedAt) / 1000);
      const text = `reading  ${files} files  ${lines} lines  ${(bytes / 1e6).toFixed(1)} MB  ${perSec.toFixed(0)} MB/s`;
      if (isTerminal) stream.write(`\r\x1b[K${`${text}  ${path}`.slice(0, (stream.columns ?? 80) - 1)}`);
      else stream.write(`${text}\n`);
    },
    /** Takes the line away. */
    end(): void {
      if (shown && isTerminal) stream.write('\r\x1b[K');
    },
  };
}
