/** What failures of deliveries mean for a queue: when its next try takes place, who takes it, and when it is given up. */
import type { Logger } from '../log/logger.ts';
import { Alarm } from './alarm.ts';
import { RetryState, type RetrySettings } from './retry.ts';

export interface RetriesOptions {
  readonly settings: RetrySettings;
  readonly log: Logger;
  readonly now: () => number;
  /** The time of the next try has come. */
  readonly onDue: () => void;
}

/** One failed delivery. */
export interface Failure {
  readonly chunk: string;
  readonly error: unknown;
  /** So long the other side wants to be left alone, milliseconds. */
  readonly delayMs: number | undefined;
  readonly bySecondary: boolean;
}

export class Retries {
  readonly #options: RetriesOptions;
  readonly #alarm: Alarm;
  #series: RetryState | undefined;
  #failures = 0;

  constructor(options: RetriesOptions) {
    this.#options = options;
    this.#alarm = new Alarm(options.now, options.onDue);
  }

  /** The series of failures that goes on. */
  get series(): RetryState | undefined {
    return this.#series;
  }

  /** Failed deliveries; a success does not change it. */
  get failures(): number {
    return this.#failures;
  }

  /** Whether the next delivery goes to the secondary. */
  get useSecondary(): boolean {
    return this.#series?.usesSecondary(this.#options.now()) ?? false;
  }

  /** Whether the queue has to wait now; `onDue` is called when that is over. */
  mustWait(): boolean {
    if (!this.#series || this.#series.nextAt <= this.#options.now()) return false;
    this.#alarm.set(this.#series.nextAt);
    return true;
  }

  succeeded(chunk: string, bySecondary: boolean): void {
    if (!this.#series) return;
    this.#options.log.warn(bySecondary ? 'retry succeeded by secondary.' : 'retry succeeded.', { chunk_id: chunk });
    this.#end();
  }

  /** How many retries have failed, if that is the limit: the series is over. */
  failed({ chunk, error, delayMs, bySecondary }: Failure): { readonly limit: number } | undefined {
    const { settings, log, now } = this.#options;
    const time = now();
    this.#failures++;
    if (this.#series) this.#series.step(time);
    else this.#series = new RetryState(settings, time);
    if (delayMs !== undefined) this.#series.delay(time + delayMs);
    const { steps, limitReached, nextAt } = this.#series;
    if (limitReached) {
      this.#end();
      return { limit: steps };
    }
    log.warn(bySecondary ? 'failed to flush the buffer with secondary output.' : 'failed to flush the buffer.', {
      retry_times: steps,
      next_retry_time: new Date(nextAt).toISOString(),
      chunk,
      error,
    });
    return undefined;
  }

  /** Nobody is called any more. */
  stop(): void {
    this.#alarm.clear();
  }

  #end(): void {
    this.#series = undefined;
    this.#alarm.clear();
  }
}
