/** Delivers one request: waits out throttling, makes groups and streams that are missing, counts what is refused. */
import type { PutLogEventsCommandOutput } from '@aws-sdk/client-cloudwatch-logs';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorText, UnrecoverableError, type Counter, type Logger, type Metrics } from '#logferry';
import type { LogsClient } from './client.ts';
import type { GroupSettings } from './destinations.ts';

export interface SenderOptions {
  readonly client: LogsClient;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly autoCreate: boolean;
  /** First wait after throttling, milliseconds; doubles with each try. */
  readonly retryWaitMs: number;
  /** Tries after throttling; Infinity: for ever. */
  readonly retryLimit: number;
  readonly logRejected: boolean;
}

/** One request to come. */
export interface PutRequest {
  readonly group: string;
  readonly stream: string;
  readonly body: Buffer;
  readonly events: number;
  readonly messageBytes: number;
}

/** Waits between tries do not grow beyond this. */
const MAX_WAIT_MS = 60_000;
/** Quick tries after a broken connection, before the chunk waits for its next turn; and the first pause between them. */
const QUICK_TRIES = 3;
const QUICK_WAIT_MS = 100;
/** The longest pause while the agent is ending. */
const HURRIED_WAIT_MS = 500;
/** How often a stream is made for one request before the chunk is tried again as a whole. */
const MAX_CREATIONS = 3;
const KNOWN_STREAMS = 10_000;
/** Least time between two lines about refused events of one stream. */
const REPEAT_MS = 60_000;

/** What the service's error means for us. */
type Meaning = 'throttled' | 'missing' | 'accepted' | 'again' | 'invalid' | 'broken' | 'failed';

function meaningOf(error: unknown): Meaning {
  switch (error instanceof Error ? error.name : '') {
    case 'ThrottlingException':
    case 'TooManyRequestsException':
    case 'LimitExceededException':
    case 'ServiceUnavailableException':
      return 'throttled';
    case 'ResourceNotFoundException':
      return 'missing';
    case 'DataAlreadyAcceptedException':
      return 'accepted';
    case 'InvalidSequenceTokenException':
      return 'again';
    case 'InvalidParameterException':
    case 'SerializationException':
    case 'ValidationException':
      return 'invalid';
    case 'InternalFailure':
    case 'InternalServerException':
    case 'TimeoutError':
      return 'broken';
    default:
      return NETWORK_ERRORS.has((error as { code?: string } | undefined)?.code ?? '') ? 'broken' : 'failed';
  }
}

/** The connection failed, not the request: it is tried again at once, as AWS's own clients do. */
const NETWORK_ERRORS = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNABORTED', 'EAI_AGAIN']);

export class Sender {
  readonly #options: SenderOptions;
  readonly #requests: Counter;
  readonly #delivered: Counter;
  readonly #throttled: Counter;
  readonly #warned = new Map<string, number>();
  /** Streams that are known to exist. */
  readonly #known = new Set<string>();
  #pausing: (() => void)[] = [];
  #hurried = false;

  constructor(options: SenderOptions) {
    this.#options = options;
    const { metrics } = options;
    this.#requests = metrics.counter('cloudwatch_requests_total', 'PutLogEvents calls that were answered well.');
    this.#delivered = metrics.counter('cloudwatch_delivered_events_total', 'Events that the service accepted.');
    this.#throttled = metrics.counter('cloudwatch_throttled_total', 'Calls that were throttled or that met an unavailable service.');
  }

  /** Settles when the events are delivered, or given up as configured. Rejects if the chunk has to be tried again. */
  async put(request: PutRequest, settings: GroupSettings, signal: AbortSignal): Promise<void> {
    const { client, log } = this.#options;
    if (this.#options.autoCreate && !this.#known.has(keyOf(request))) await this.#createUnseen(request, settings, signal);
    let creations = 0;
    let broken = 0;
    for (let tries = 0; ; ) {
      try {
        const answer = await client.putLogEvents(request.body, signal);
        this.#requests.add();
        this.#delivered.add(request.events);
        this.#seen(request);
        this.#countRejected(request, answer);
        log.debug('Called PutLogEvents API', { group: request.group, stream: request.stream, events: request.events, bytes: request.messageBytes });
        return;
      } catch (error) {
        switch (meaningOf(error)) {
          case 'accepted':
            log.warn('PutLogEvents: these events had been accepted before', { group: request.group, stream: request.stream });
            return;
          case 'again':
            if (++tries > MAX_CREATIONS) throw error;
            continue;
          case 'throttled':
            this.#throttled.add();
            if (++tries > this.#options.retryLimit) {
              this.#giveUp(request, error);
              return;
            }
            await this.#pause(request, error, tries, signal);
            continue;
          case 'broken':
            if (++broken > QUICK_TRIES) throw failure(request, error);
            await this.#wait(QUICK_WAIT_MS * 2 ** broken, signal);
            continue;
          case 'missing':
            if (!this.#options.autoCreate) {
              this.#dropMissing(request, error);
              return;
            }
            if (++creations > MAX_CREATIONS) throw error;
            await this.#create(request, settings, signal);
            continue;
          case 'invalid':
            this.#count('invalid', request.events);
            throw new UnrecoverableError(`PutLogEvents to log group "${request.group}", stream "${request.stream}" was refused: ${errorText(error)}`, { cause: error });
          case 'failed':
            throw failure(request, error);
        }
      }
    }
  }

  /** Before the first request for a stream; if it fails, the request itself shows whether that matters. */
  async #createUnseen(request: PutRequest, settings: GroupSettings, signal: AbortSignal): Promise<void> {
    try {
      await this.#create(request, settings, signal);
      this.#seen(request);
    } catch (error) {
      this.#options.log.debug('the log stream could not be made before its first request', { group: request.group, stream: request.stream, error });
    }
  }

  #seen(request: PutRequest): void {
    if (this.#known.size >= KNOWN_STREAMS) this.#known.clear();
    this.#known.add(keyOf(request));
  }

  /** The agent is ending: pauses become short, so that as much as possible is delivered before the deadline. */
  hurry(): void {
    this.#hurried = true;
    for (const wake of this.#pausing.splice(0)) wake();
  }

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    const most = this.#hurried ? Math.min(ms, HURRIED_WAIT_MS) : ms;
    const woken = new Promise<void>((resolve) => this.#pausing.push(resolve));
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    await Promise.race([sleep(most, undefined, { signal: either }), woken]).finally(() => stop.abort());
  }

  /** Makes the stream, and the group if that is missing, too. Others may do the same at the same time. */
  async #create({ group, stream }: PutRequest, settings: GroupSettings, signal: AbortSignal): Promise<void> {
    const { client, log } = this.#options;
    for (let tries = 0; ; tries++) {
      try {
        await client.createLogStream(group, stream, signal);
        log.debug('Created log stream', { group, stream });
        return;
      } catch (error) {
        if (named(error, 'ResourceAlreadyExistsException')) return;
        if (!named(error, 'ResourceNotFoundException') || tries >= MAX_CREATIONS)
          throw new Error(`CreateLogStream "${stream}" in log group "${group}" failed: ${describe(error)}`, { cause: error });
        await this.#createGroup(group, settings, signal);
      }
    }
  }

  async #createGroup(group: string, { retentionInDays, tags }: GroupSettings, signal: AbortSignal): Promise<void> {
    const { client, log } = this.#options;
    try {
      await client.createLogGroup(group, tags, signal);
    } catch (error) {
      if (named(error, 'ResourceAlreadyExistsException')) return;
      throw new Error(`CreateLogGroup "${group}" failed: ${describe(error)}`, { cause: error });
    }
    log.info('Created log group', { group });
    if (retentionInDays === undefined) return;
    try {
      await client.putRetentionPolicy(group, retentionInDays, signal);
    } catch (error) {
      log.error(`failed to set retention policy for Log group "${group}": the group keeps its events for ever`, { retention_in_days: retentionInDays, error });
    }
  }

  /** Doubles with each try, half of it by chance, so that many nodes do not come back at once. */
  async #pause(request: PutRequest, error: unknown, tries: number, signal: AbortSignal): Promise<void> {
    const longest = Math.min(this.#options.retryWaitMs * 2 ** (tries - 1), MAX_WAIT_MS);
    const waitMs = Math.round(longest / 2 + (Math.random() * longest) / 2);
    if (this.#mayWarn('throttled ' + request.group))
      this.#options.log.warn('failed to PutLogEvents', { next_retry_ms: waitMs, retry_count: tries, group: request.group, stream: request.stream, error: error as Error });
    await this.#wait(waitMs, signal);
  }

  #giveUp(request: PutRequest, error: unknown): void {
    this.#count('retry_limit', request.events);
    this.#options.log.error('failed to PutLogEvents and discard logs because retry count exceeded put_log_events_retry_limit', {
      group: request.group, stream: request.stream, events: request.events, error: error as Error,
    });
  }

  #dropMissing(request: PutRequest, error: unknown): void {
    this.#count('missing_stream', request.events);
    if (this.#mayWarn(`missing ${request.group} ${request.stream}`))
      this.#options.log.error(`events are dropped: log stream "${request.stream}" in log group "${request.group}" does not exist and auto_create_stream is false`, {
        events: request.events, error: error as Error,
      });
  }

  /** Answers of 200 may still refuse single events. */
  #countRejected(request: PutRequest, answer: PutLogEventsCommandOutput): void {
    const info = answer.rejectedLogEventsInfo;
    if (!info) return;
    const old = Math.max(info.tooOldLogEventEndIndex ?? 0, info.expiredLogEventEndIndex ?? 0);
    const tooNew = info.tooNewLogEventStartIndex === undefined ? 0 : request.events - info.tooNewLogEventStartIndex;
    this.#delivered.add(-(old + tooNew));
    if (old > 0) this.#count(info.expiredLogEventEndIndex ? 'expired' : 'too_old', old);
    if (tooNew > 0) this.#count('too_new', tooNew);
    if (this.#options.logRejected || this.#mayWarn(`rejected ${request.group} ${request.stream}`))
      this.#options.log.warn('CloudWatch Logs rejected events: response includes rejectedLogEventsInfo', {
        group: request.group, stream: request.stream, too_old_or_expired: old, too_new: tooNew, of: request.events,
        tooOldLogEventEndIndex: info.tooOldLogEventEndIndex, tooNewLogEventStartIndex: info.tooNewLogEventStartIndex,
        expiredLogEventEndIndex: info.expiredLogEventEndIndex,
      });
  }

  #count(reason: string, events: number): void {
    this.#options.metrics.counter('cloudwatch_rejected_events_total', 'Events that could not be delivered, by reason.', { reason }).add(events);
  }

  #mayWarn(key: string): boolean {
    const now = performance.now();
    const last = this.#warned.get(key);
    if (last !== undefined && now - last < REPEAT_MS) return false;
    if (this.#warned.size > 1000) this.#warned.clear();
    this.#warned.set(key, now);
    return true;
  }
}

function keyOf({ group, stream }: PutRequest): string {
  return `${group}\n${stream}`;
}

function failure(request: PutRequest, error: unknown): Error {
  return new Error(`PutLogEvents to log group "${request.group}", stream "${request.stream}" failed: ${describe(error)}`, { cause: error });
}

function named(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}

/** What went wrong and, where that is known, what to do about it. */
function describe(error: unknown): string {
  const text = `${error instanceof Error ? error.name + ': ' : ''}${errorText(error)}`;
  switch (error instanceof Error ? error.name : '') {
    case 'CredentialsProviderError':
      return `${text} (no AWS credentials were found: give the pod a role by IRSA or EKS Pod Identity, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)`;
    case 'AccessDeniedException':
      return `${text} (the identity needs logs:PutLogEvents, logs:CreateLogStream and logs:CreateLogGroup on this log group)`;
    case 'UnrecognizedClientException':
    case 'InvalidSignatureException':
    case 'ExpiredTokenException':
      return `${text} (the AWS credentials are wrong or have expired: check the pod's role, or the access key and secret key, and the clock of the node)`;
    default:
      return text;
  }
}
