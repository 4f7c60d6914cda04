/**
 * The agent's log: text or JSON lines on a stream, and the same as events with the tags
 * `fluent.trace` ... `fluent.fatal` for those who route them.
 */
import { errorText } from '../errors.ts';
import type { EventTime } from '../event.ts';
import { toInspect } from '../lib/inspect.ts';
import { generateJson } from '../lib/json.ts';
import type { Clock } from '../lib/clock.ts';
import { Float, type LogRecord, type Value } from '../lib/value.ts';
import { LEVELS, type Level, type LogFields, type Logger } from './logger.ts';
import { framesOf, StackTraces } from './stack-trace.ts';

export interface AgentLogOptions {
  level: Level;
  format: 'text' | 'json';
  /** Time as it stands in a line. */
  formatTime: (time: EventTime) => string;
  write: (line: string) => void;
  clock: Clock;
  workerId: number;
  /** `<system> ignore_repeated_log_interval`, milliseconds: the same line again at once is left out. */
  ignoreRepeatedMs?: number | undefined;
  /** `ignore_same_log_interval`, milliseconds: the same line is left out, whatever came in between. */
  ignoreSameMs?: number | undefined;
  /** `suppress_repeated_stacktrace`: a stack trace like the one before is told of in one line; true if absent. */
  suppressRepeatedStacks?: boolean | undefined;
  /** `<log> forced_stacktrace_level`: the level of stack traces, debug if absent. */
  stackLevel?: Level | undefined;
  /** Colours by level, for terminals. */
  colour?: boolean;
}

/** Gets each line as an event; set once routes exist. */
export type OwnEvents = (level: Level, time: EventTime, record: LogRecord) => void;

/** Sentences kept in memory until events can be routed. */
const HELD_EVENTS = 200;
const SAME_LOG_ENTRIES = 1000;
const COLOURS: Readonly<Record<Level, string>> = { trace: '\x1b[2m', debug: '\x1b[2m', info: '', warn: '\x1b[33m', error: '\x1b[31m', fatal: '\x1b[31m' };

export class AgentLog implements Logger {
  #options: AgentLogOptions;
  #events: OwnEvents | undefined;
  #held: [Level, EventTime, LogRecord][] = [];
  #last = '';
  #lastAt = 0;
  readonly #same = new Map<string, number>();
  readonly #stacks = new StackTraces();
  /** Told of each line that is written, without its time and level in front. */
  onLine: ((level: Level, time: EventTime, text: string) => void) | undefined;
  readonly counts: Record<Level, number> = { trace: 0, debug: 0, info: 0, warn: 0, error: 0, fatal: 0 };

  constructor(options: AgentLogOptions) {
    this.#options = options;
  }

  /** Changes what the `<system>` section says about the log. */
  configure(changes: Partial<AgentLogOptions>): void {
    this.#options = { ...this.#options, ...changes };
  }

  /** From now on lines become events too; those of the start are handed over. undefined: never again. */
  routeEvents(events: OwnEvents | undefined): void {
    this.#events = events;
    if (events) for (const [level, time, record] of this.#held) events(level, time, record);
    this.#held = [];
  }

  get level(): Level {
    return this.#options.level;
  }

  enabled(level: Level): boolean {
    return LEVELS.indexOf(level) >= LEVELS.indexOf(this.#options.level);
  }

  log(level: Level, message: string, fields?: LogFields): void {
    if (this.enabled(level)) this.write(level, message, fields);
  }

  trace = (message: string, fields?: LogFields): void => this.log('trace', message, fields);
  debug = (message: string, fields?: LogFields): void => this.log('debug', message, fields);
  info = (message: string, fields?: LogFields): void => this.log('info', message, fields);
  warn = (message: string, fields?: LogFields): void => this.log('warn', message, fields);
  error = (message: string, fields?: LogFields): void => this.log('error', message, fields);
  fatal = (message: string, fields?: LogFields): void => this.log('fatal', message, fields);

  /** A plugin's view: `[id]` before its sentences if it has an `@id`, and its own level. */
  forPlugin(plugin: { id: string; named: boolean; level: string | undefined }): Logger {
    const prefix = plugin.named ? `[${plugin.id}] ` : '';
    const own = plugin.level as Level | undefined;
    const level = (): Level => own ?? this.#options.level;
    const enabled = (wanted: Level): boolean => LEVELS.indexOf(wanted) >= LEVELS.indexOf(level());
    const at = (wanted: Level) => (message: string, fields?: LogFields) => {
      if (!enabled(wanted)) return;
      this.write(wanted, prefix + message, fields, enabled);
    };
    return {
      get level() {
        return level();
      },
      enabled,
      log: (wanted, message, fields) => at(wanted)(message, fields),
      trace: at('trace'), debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), fatal: at('fatal'),
    };
  }

  /** Writes whatever the level; for those who have checked it. */
  write(level: Level, message: string, fields: LogFields = {}, isEnabled: (level: Level) => boolean = (wanted) => this.enabled(wanted)): void {
    const time = this.#options.clock.time();
    const shown = shownFields(fields);
    const text = shown.length === 0 ? message : `${message} ${shown.map(([name, value]) => `${name}=${toInspect(value)}`).join(' ')}`;
    if (this.#repeated(level, text)) return;
    this.counts[level]++;
    this.#writeLine(level, time, message, text, shown);
    const stackLevel = this.#options.stackLevel ?? 'debug';
    if (fields['error'] instanceof Error && isEnabled(stackLevel)) this.#writeStack(stackLevel, time, fields['error']);
    this.onLine?.(level, time, text);
    const record = new Map<string, Value>(shown.map(([name, value]) => [name, toValue(value)]));
    record.set('message', text);
    if (this.#events) this.#events(level, time, record);
    else if (this.#held.length < HELD_EVENTS) this.#held.push([level, time, record]);
  }

  #writeLine(level: Level, time: EventTime, message: string, text: string, shown: [string, unknown][]): void {
    const { format, formatTime, write, workerId, colour } = this.#options;
    if (format === 'json') {
      const line = new Map<string, Value>([['time', formatTime(time)], ['level', level], ['message', text], ['worker_id', workerId]]);
      for (const [name, value] of shown) if (!line.has(name)) line.set(name, toValue(value));
      write(generateJson(line) + '\n');
      return;
    }
    const paint = colour ? COLOURS[level] : '';
    write(`${paint}${formatTime(time)} [${level}]: #${workerId} ${text}${paint ? '\x1b[0m' : ''}\n`);
  }

  /** Behind the line of the error: a line for each frame, or one JSON object for all of them. */
  #writeStack(level: Level, time: EventTime, error: Error): void {
    const { format, formatTime, write, workerId, clock, ignoreRepeatedMs, suppressRepeatedStacks: suppressRepeated = true } = this.#options;
    const frames = framesOf(error);
    const lines = frames ? this.#stacks.lines(frames, { suppressRepeated, ignoreRepeatedMs }, clock.monotonic()) : [];
    if (lines.length === 0) return;
    if (format === 'json') {
      write(`${generateJson(new Map<string, Value>([['time', formatTime(time)], ['level', level], ['message', lines.join('\n')], ['worker_id', workerId]]))}\n`);
      return;
    }
    for (const line of lines) write(`  ${formatTime(time)} [${level}]: #${workerId} ${line}\n`);
  }

  #repeated(level: Level, text: string): boolean {
    const { ignoreRepeatedMs, ignoreSameMs, clock } = this.#options;
    if (!ignoreRepeatedMs && !ignoreSameMs) return false;
    const now = clock.monotonic();
    const line = level + text;
    if (ignoreRepeatedMs) {
      if (line === this.#last && now - this.#lastAt < ignoreRepeatedMs) return true;
      this.#last = line;
      this.#lastAt = now;
    }
    if (ignoreSameMs) {
      const seen = this.#same.get(line);
      if (seen !== undefined && now - seen < ignoreSameMs) return true;
      if (this.#same.size >= SAME_LOG_ENTRIES) this.#same.clear();
      this.#same.set(line, now);
    }
    return false;
  }
}

/** An error is shown as Fluentd does: its class and its text. */
function shownFields(fields: LogFields): [string, unknown][] {
  const shown: [string, unknown][] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (name === 'error' && value instanceof Error) shown.push(['error_class', value.name], ['error', errorText(value)]);
    else shown.push([name, value]);
  }
  return shown;
}

function toValue(value: unknown): Value {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'bigint') return value;
  if (value instanceof Float || value instanceof Map) return value as Value;
  if (Array.isArray(value)) return value.map(toValue);
  return toInspect(value);
}
