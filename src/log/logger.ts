/** The agent's own log, as plugins use it: a fixed sentence plus fields. */

export const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
/** How severe a line of the log is. */
export type Level = (typeof LEVELS)[number];

/** Printed behind the sentence as `name=value` in Ruby's inspect form, or as JSON members. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * ERROR: data were lost or a person must act. WARN: recovered. INFO: once per life event. Nothing
 * per event above trace. `error` among the fields is printed with its class and causes.
 */
export interface Logger {
  readonly level: Level;
  enabled(level: Level): boolean;
  log(level: Level, message: string, fields?: LogFields): void;
  trace(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  fatal(message: string, fields?: LogFields): void;
}
