/** Delivers one request: waits out throttling, has groups and streams made that are missing, says what became of it. */
import type { PutLogEventsCommandOutput } from '@aws-sdk/client-cloudwatch-logs';
import type { Clock, Logger } from '#logferry';
import type { LogsClient } from './client.ts';
import type { Creation, NewGroup } from './creation.ts';
import type { Ledger } from './ledger.ts';
import { jittered, Pauses } from './pauses.ts';
import { describe, isNamed, meaningOf } from './service-error.ts';
import type { Throttle } from './throttle.ts';

export interface SenderOptions {
  readonly client: Pick<LogsClient, 'putLogEvents'>;
  readonly log: Logger;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly throttle: Throttle;
  readonly creation: Creation;
  readonly autoCreate: boolean;
  /** First wait after throttling, milliseconds; doubles with each try. */
  readonly retryWaitMs: number;
  /** Tries after throttling; Infinity: for ever. */
  readonly retryLimit: number;
}

/** One request to come. */
export interface PutRequest {
  readonly group: string;
  readonly stream: string;
  readonly body: Buffer;
  readonly events: number;
  readonly messageBytes: number;
  /** An earlier try may have been accepted: its answer was lost. */
  readonly doubtful: boolean;
}

/** Who sends: what it has to know on the way. */
export interface PutHooks {
  /** The request has to wait, or is tried again. */
  readonly onTrouble: () => void;
  /** The request may have been accepted, though there was no answer. */
  readonly onDoubt: () => void;
}

/** What became of a request. */
export type PutResult =
  | { readonly kind: 'accepted'; readonly answer: PutLogEventsCommandOutput | undefined }
  | { readonly kind: 'refused'; readonly reason: 'retry_limit' | 'missing_stream' | 'invalid'; readonly error: unknown };

/** Waits between tries do not grow beyond this. */
const MAX_WAIT_MS = 60_000;
/** Quick tries after a broken connection, before the chunk waits for its next turn; and the first pause between them. */
const QUICK_TRIES = 3;
const QUICK_WAIT_MS = 100;
/** Requests without an answer in time are sent once more: each took long already. */
const TIMEOUT_TRIES = 1;
/** The longest pause while the agent is ending. */
const HURRIED_WAIT_MS = 500;
/** How often a stream is made for one request before the chunk is tried again as a whole. */
const MAX_CREATIONS = 3;
/** How often a request is repeated whose cause of failure is gone. */
const MAX_AGAIN = 3;
/** Least time between two lines about throttling of one group. */
const REPEAT_MS = 60_000;

export class Sender {
  readonly #options: SenderOptions;
  readonly #warned = new Map<string, number>();
  readonly #pauses = new Pauses();
  #hurried = false;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Resolves when the events are delivered, or refused for good. Rejects if they have to be tried again later. */
  async put(request: PutRequest, settings: () => NewGroup, signal: AbortSignal, hooks: PutHooks): Promise<PutResult> {
    const { client, log, ledger, throttle, creation, autoCreate } = this.#options;
    const { group, stream } = request;
    if (autoCreate && !creation.isKnown(group, stream)) await this.#createUnseen(request, settings, signal);
    let { doubtful } = request;
    let creations = 0;
    let broken = 0;
    let again = 0;
    for (let tries = 0; ; ) {
      const turnMs = throttle.reserve(group);
      if (turnMs > 0) {
        hooks.onTrouble();
        await this.#wait(turnMs, signal);
      }
      if (doubtful) ledger.repeated(group, request.events);
      try {
        const answer = await client.putLogEvents(request.body, signal);
        creation.seen(group, stream);
        log.debug('Called PutLogEvents API', { group, stream, events: request.events, bytes: request.messageBytes });
        return { kind: 'accepted', answer };
      } catch (error) {
        if (signal.aborted) {
          hooks.onDoubt();
          throw error;
        }
        const meaning = meaningOf(error);
        switch (meaning) {
          case 'accepted':
            log.warn('PutLogEvents: these events had been accepted before', { group, stream });
            return { kind: 'accepted', answer: undefined };
          case 'again':
            if (++again > MAX_AGAIN) throw failure(request, error);
            continue;
          case 'throttled':
            ledger.throttled();
            throttle.throttled(group);
            if (++tries > this.#options.retryLimit) return { kind: 'refused', reason: 'retry_limit', error };
            hooks.onTrouble();
            await this.#pause(request, error, tries, signal);
            continue;
          case 'broken':
            doubtful = true;
            hooks.onDoubt();
            if (++broken > (isNamed(error, 'TimeoutError') ? TIMEOUT_TRIES : QUICK_TRIES)) throw failure(request, error);
            hooks.onTrouble();
            await this.#wait(QUICK_WAIT_MS * 2 ** broken, signal);
            continue;
          case 'missing':
            if (!autoCreate) return { kind: 'refused', reason: 'missing_stream', error };
            if (++creations > MAX_CREATIONS) throw failure(request, error);
            creation.forget(group, stream);
            await creation.ensure(group, stream, settings, signal);
            continue;
          case 'invalid':
            return { kind: 'refused', reason: 'invalid', error };
          case 'failed':
            throw failure(request, error);
        }
      }
    }
  }

  /** Before the first request for a stream; if it fails, the request itself shows whether that matters. */
  async #createUnseen({ group, stream }: PutRequest, settings: () => NewGroup, signal: AbortSignal): Promise<void> {
    try {
      await this.#options.creation.ensure(group, stream, settings, signal);
    } catch (error) {
      this.#options.log.debug('the log stream could not be made before its first request', { group, stream, error });
    }
  }

  /** The agent is ending: pauses become short, so that as much as possible is delivered before the deadline. */
  hurry(): void {
    this.#hurried = true;
    this.#pauses.wake();
  }

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    const most = this.#hurried ? Math.min(ms, HURRIED_WAIT_MS) : ms;
    await this.#pauses.pause(most, signal);
  }

  /** Doubles with each try, half of it by chance, so that many nodes do not come back at once. */
  async #pause({ group, stream }: PutRequest, error: unknown, tries: number, signal: AbortSignal): Promise<void> {
    const longest = Math.min(this.#options.retryWaitMs * 2 ** (tries - 1), MAX_WAIT_MS);
    const waitMs = jittered(longest);
    if (this.#mayWarn(group)) this.#options.log.warn('failed to PutLogEvents', { next_retry_ms: waitMs, retry_count: tries, group, stream, error });
    await this.#wait(waitMs, signal);
  }

  #mayWarn(group: string): boolean {
    const now = this.#options.clock.monotonic();
    const last = this.#warned.get(group);
    if (last !== undefined && now - last < REPEAT_MS) return false;
    if (this.#warned.size > 1000) this.#warned.clear();
    this.#warned.set(group, now);
    return true;
  }
}

function failure({ group, stream }: PutRequest, error: unknown): Error {
  return new Error(`PutLogEvents to log group "${group}", stream "${stream}" failed: ${describe(error)}`, { cause: error });
}
