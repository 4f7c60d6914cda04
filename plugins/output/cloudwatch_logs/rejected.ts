/** Events that are not delivered: counted, logged now and then, and kept where the configuration says. */
import { errorText, isHash, parseJson, type Clock, type LogEvent, type LogRecord, type Logger, type Router, type Tag } from '#logferry';
import type { DeadEvent, DeadLetter } from './dead-letter.ts';
import type { Ledger } from './ledger.ts';
import { SENTENCES, type Reason } from './reasons.ts';

/** Where the events should have gone. */
export interface Where {
  readonly group: string | undefined;
  readonly stream: string | undefined;
  readonly tag?: Tag | undefined;
}

/** Events of one reason. `events` is asked only if somebody keeps them. */
export interface Rejection {
  readonly reason: Reason;
  readonly count: number;
  readonly events: () => Iterable<DeadEvent & { readonly event?: LogEvent | undefined }>;
  readonly error?: unknown;
  /** More for the log. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
}

export interface RejectionsOptions {
  readonly log: Logger;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly deadLetter: DeadLetter | undefined;
  /** The router, if the configuration has a label `@ERROR`. */
  readonly errors: Pick<Router, 'emitError'> | undefined;
  /** Every rejection is logged, not one for each reason and stream in a minute. */
  readonly logAll: boolean;
  /** The tag of an event that is sent to `@ERROR` where its own is not known any more. */
  readonly tag: Tag;
}

/** Least time between two lines about one reason and stream. */
const REPEAT_MS = 60_000;
const REMEMBERED = 2000;

export class Rejections {
  readonly #options: RejectionsOptions;
  readonly #logged = new Map<string, number>();

  constructor(options: RejectionsOptions) {
    this.#options = options;
  }

  /** Whether rejected events are kept somewhere. */
  get keeps(): boolean {
    return this.#options.deadLetter !== undefined || this.#options.errors !== undefined;
  }

  add(where: Where, { reason, count, events, error, fields }: Rejection): void {
    if (count === 0) return;
    const { ledger, log, logAll } = this.#options;
    ledger.rejected(where.group, reason, count);
    const kept = this.#keep(where, reason, events, error, fields);
    // The router tells of each event that it sends there.
    if (kept === '@ERROR' && !logAll) return;
    if (!logAll && !this.#mayLog(`${reason}\n${where.group}\n${where.stream ?? where.tag}`)) return;
    log.log(kept === undefined ? 'error' : 'warn', SENTENCES[reason], {
      reason,
      ...(where.group === undefined ? {} : { group: where.group }),
      ...(where.stream === undefined ? {} : { stream: where.stream }),
      ...(where.tag === undefined ? {} : { tag: where.tag }),
      events: count,
      ...fields,
      ...(kept === undefined ? {} : { kept_in: kept }),
      ...(error === undefined ? {} : { error }),
    });
  }

  /** Events that are delivered, but not whole: the whole is kept, too. */
  keepWhole(where: Where, reason: string, whole: DeadEvent & { readonly event: LogEvent }): void {
    const { deadLetter, errors, tag } = this.#options;
    if (deadLetter) this.#write(where, reason, [whole], undefined);
    else errors?.emitError(where.tag ?? tag, whole.event, new Error('the message is too large: it is delivered cut, this is the whole event'));
  }

  /** The service did not take the entity of a request; its events were taken. */
  entityRefused({ group, stream }: Where, type: string): void {
    const { ledger, log } = this.#options;
    ledger.rejectedEntity(type);
    if (this.#mayLog(`entity ${type} ${group}`))
      log.warn('CloudWatch Logs rejected the entity of a request, not its events: check <entity>', { errorType: type, group, stream });
  }

  #keep(where: Where, reason: Reason, events: Rejection['events'], error: unknown, fields: Rejection['fields']): string | undefined {
    const { deadLetter, errors, tag } = this.#options;
    if (deadLetter && this.#write(where, reason, events(), error)) return deadLetter.path;
    if (!errors) return undefined;
    const sizes = reason === 'too_large' && fields ? `: ${String(fields['bytes'])} bytes exceed the limit of ${String(fields['limit'])}` : '';
    const why = new Error(SENTENCES[reason] + sizes, error === undefined ? undefined : { cause: error });
    for (const { event, stampMs, message } of events()) errors.emitError(where.tag ?? tag, event ?? eventOf(stampMs, message), why);
    return '@ERROR';
  }

  /** False if the file could not be written. */
  #write({ group, stream, tag }: Where, reason: string, events: Iterable<DeadEvent>, error: unknown): boolean {
    const { deadLetter, log, ledger } = this.#options;
    if (!deadLetter) return false;
    try {
      deadLetter.write({ reason, group, stream, tag, error: error === undefined ? undefined : errorText(error) }, events);
      return true;
    } catch (failure) {
      ledger.deadLetterFailed();
      if (this.#mayLog('dead letter'))
        log.error('the dead letter file could not be written', { path: deadLetter.path, error: failure });
      return false;
    }
  }

  #mayLog(key: string): boolean {
    const now = this.#options.clock.monotonic();
    const last = this.#logged.get(key);
    if (last !== undefined && now - last < REPEAT_MS) return false;
    if (this.#logged.size >= REMEMBERED) this.#logged.clear();
    this.#logged.set(key, now);
    return true;
  }
}

/** What can be told of an event from its message. */
export function eventOf(stampMs: number, message: string): LogEvent {
  const ms = Number.isFinite(stampMs) ? stampMs : 0;
  const sec = Math.floor(ms / 1000);
  return { time: { sec, nsec: Math.round((ms - sec * 1000) * 1e6) }, record: recordOf(message) };
}

/** A message that is a JSON object as a record, any other as its field `message`. */
export function recordOf(message: string): LogRecord {
  try {
    const value = parseJson(message);
    if (isHash(value)) return value;
  } catch {
    // Not JSON.
  }
  return new Map([['message', message]]);
}
