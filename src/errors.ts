/** Errors whose class is the decision: it tells the catcher what to do. */

/** A place in a configuration file; lines and columns count from 1. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong with a configuration. */
export interface ConfigProblem {
  /** What is wrong: what was expected, what was found. */
  readonly message: string;
  readonly at?: Location | undefined;
  /** What to do about it: 'did you mean ...'. */
  readonly hint?: string | undefined;
}

/** The configuration is unusable; carries every problem that was found, not the first alone. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[] | string, at?: Location, hint?: string) {
    const all = typeof problems === 'string' ? [{ message: problems, at, hint }] : problems;
    super(all.map(problemText).join('\n'));
    this.name = 'ConfigError';
    this.problems = all;
  }
}

/** `file:line:column: message (hint)`. */
export function problemText({ message, at, hint }: ConfigProblem): string {
  const place = at ? `${at.file}:${at.line}:${at.column}: ` : '';
  return place + message + (hint ? ` (${hint})` : '');
}

/** These data can never be delivered: do not try again; the secondary or the backup directory gets them. */
export class UnrecoverableError extends Error {
  override name = 'UnrecoverableError';
}

/** Delivery should be tried again, not before `delayMs` has passed if that is given. */
export class RetryLaterError extends Error {
  override name = 'RetryLaterError';
  readonly delayMs: number | undefined;
  constructor(message: string, options?: ErrorOptions & { delayMs?: number }) {
    super(message, options);
    this.delayMs = options?.delayMs;
  }
}

/** The chunk belongs back to its place in the queue, and that is no failed try: nothing is counted, nothing is waited for. */
export class TakebackError extends Error {
  override name = 'TakebackError';
}

/** The buffer is full: the input should keep its events and offer them again. */
export class BufferOverflowError extends Error {
  override name = 'BufferOverflowError';
}

/** The message of anything that was thrown, with the messages of its causes. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const text = error.message || error.name;
  const cause = error.cause === undefined ? '' : errorText(error.cause);
  // Some messages tell of their cause themselves.
  return text.includes(cause) ? text : `${text}: ${cause}`;
}
