/** What a command of the command line gets and gives. */

/** Where a command writes, and what ends it. */
export interface CommandIo {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  /** Ends the command; without it SIGINT and SIGTERM do. */
  readonly signal?: AbortSignal | undefined;
}
