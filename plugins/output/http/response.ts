/** What an answer means for a chunk. */
import { RetryLaterError, UnrecoverableError, type Logger } from '#logferry';
import type { Target } from './endpoint.ts';
import type { HttpConfig } from './fields.ts';
import type { Answer } from './transport.ts';

/** Returns if the chunk is done; throws RetryLaterError or UnrecoverableError if not. */
export type Judge = (answer: Answer, target: Target, eventCount: number) => void;

/** Fluentd's choice where retryable_response_codes is absent: Service Unavailable. */
const RETRYABLE = [503];
/** A server cannot hold a chunk back for longer than this by its Retry-After. */
const MAX_RETRY_AFTER_MS = 5 * 60_000;
/** An answer in a message is cut off here. */
const SHOWN_LENGTH = 1000;

/** `onLost` counts the events of a chunk that is thrown away. */
export function compileJudge(config: HttpConfig, log: Logger, now: () => number, onLost: (events: number) => void): Judge {
  const retryable = new Set((config.retryable_response_codes ?? RETRYABLE).map(Number));
  const method = config.http_method.toUpperCase();
  return (answer, target, eventCount) => {
    const { status } = answer;
    if (status >= 200 && status < 300) {
      if (log.enabled('debug')) log.debug('a chunk was accepted', { url: target.shown, status });
      return;
    }
    const text = answerText(answer);
    if (retryable.has(status)) throw new RetryLaterError(`${text} (${method} ${target.shown})`, { delayMs: retryAfterMs(answer.retryAfter, now()) });
    if (config.error_response_as_unrecoverable) throw new UnrecoverableError(`${text} (${method} ${target.shown})`);
    onLost(eventCount);
    log.error('got error response, the chunk is thrown away as error_response_as_unrecoverable is false', {
      method, url: target.shown, response: text, records: eventCount,
    });
  };
}

/** The answer in one line, as Fluentd words it: status, reason, beginning of the body. */
function answerText({ status, reason, text }: Answer): string {
  const body = text.trim().slice(0, SHOWN_LENGTH);
  return [String(status), reason.trim(), body].filter((part) => part !== '').join(' ');
}

/** Seconds, or a date (RFC 9110, 10.2.3). */
function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return ms > 0 ? Math.min(ms, MAX_RETRY_AFTER_MS) : undefined;
}
