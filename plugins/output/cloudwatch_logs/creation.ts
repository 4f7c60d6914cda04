/**
 * Makes log streams before their first request, and groups that are missing: each once, however many
 * requests wait for it, and without asking first what there is (Describe calls are throttled account-wide).
 */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Logger } from '#logferry';
import type { GroupOptions, LogsClient } from './client.ts';
import { jittered } from './pauses.ts';
import { describe, isNamed, meaningOf } from './service-error.ts';
import { AdaptiveRate } from './throttle.ts';

export interface CreationOptions {
  readonly client: Pick<LogsClient, 'createLogGroup' | 'createLogStream' | 'putRetentionPolicy'>;
  readonly log: Logger;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/** What a new log group gets. */
export interface NewGroup extends GroupOptions {
  readonly retentionInDays?: number | undefined;
}

/** How often a group and its stream are made in turn before the request fails. */
const MAX_CREATIONS = 3;
/** Tries after throttling, and the first pause; it doubles. */
const MAX_THROTTLED = 6;
const THROTTLED_WAIT_MS = 100;
/** Streams that are remembered: twice so many at most. */
const KNOWN_STREAMS = 10_000;

export class Creation {
  readonly #options: CreationOptions;
  /** Streams that exist: those used lately, and those before them. */
  #known = new Set<string>();
  #before = new Set<string>();
  /** Groups that exist. */
  readonly #groups = new Set<string>();
  /** What is under way, by stream; and by group. */
  readonly #streams = new Map<string, Promise<void>>();
  readonly #makingGroup = new Map<string, Promise<void>>();
  /** The first stream of a group finds out whether there is the group; others wait for it. */
  readonly #probes = new Map<string, Promise<void>>();
  /** Days that events are kept in groups that were made here. */
  readonly #retention = new Map<string, number>();
  readonly #life = new AbortController();
  /** The quota of these calls is the account's, not the group's. */
  readonly #rate: AdaptiveRate;

  constructor(options: CreationOptions) {
    this.#options = options;
    this.#rate = new AdaptiveRate(() => options.clock.monotonic());
    // Every call under way listens.
    setMaxListeners(0, this.#life.signal);
  }

  isKnown(group: string, stream: string): boolean {
    const key = keyOf(group, stream);
    if (this.#known.has(key)) return true;
    if (!this.#before.has(key)) return false;
    this.#remember(key);
    return true;
  }

  /** The stream takes events. */
  seen(group: string, stream: string): void {
    this.#remember(keyOf(group, stream));
    this.#groups.add(group);
  }

  /** The service says that the stream or its group is gone. */
  forget(group: string, stream: string): void {
    this.#known.delete(keyOf(group, stream));
    this.#before.delete(keyOf(group, stream));
    this.#groups.delete(group);
  }

  /** Days that the group keeps its events, if it was made here. */
  retention(group: string): number | undefined {
    return this.#retention.get(group);
  }

  /** Resolves when the stream is there. Rejects with what the service said, or if the caller's signal is aborted. */
  async ensure(group: string, stream: string, settings: () => NewGroup, signal: AbortSignal): Promise<void> {
    const key = keyOf(group, stream);
    let making = this.#streams.get(key);
    if (!making) {
      making = this.#make(group, stream, settings).finally(() => this.#streams.delete(key));
      this.#streams.set(key, making);
      // Those who wait may all have been aborted when it fails.
      making.catch(() => {});
    }
    await unlessAborted(making, signal);
  }

  /** Ends what is under way. */
  close(): void {
    this.#life.abort(new Error('the output is closed'));
  }

  async #make(group: string, stream: string, settings: () => NewGroup): Promise<void> {
    const probe = this.#probes.get(group);
    if (!this.#groups.has(group) && probe) await probe.catch(() => {});
    const made = this.#makeStream(group, stream, settings);
    if (!this.#groups.has(group) && !this.#probes.has(group)) {
      this.#probes.set(group, made);
      made.then(
        () => this.#probes.delete(group),
        () => this.#probes.delete(group),
      );
    }
    await made;
    this.seen(group, stream);
  }

  async #makeStream(group: string, stream: string, settings: () => NewGroup): Promise<void> {
    const { client, log } = this.#options;
    for (let tries = 0; ; tries++) {
      try {
        await this.#patiently(() => client.createLogStream(group, stream, this.#life.signal));
        log.debug('Created log stream', { group, stream });
        return;
      } catch (error) {
        if (isNamed(error, 'ResourceAlreadyExistsException')) return;
        if (!isNamed(error, 'ResourceNotFoundException') || tries >= MAX_CREATIONS)
          throw new Error(`CreateLogStream "${stream}" in log group "${group}" failed: ${describe(error)}`, { cause: error });
        this.#groups.delete(group);
        await this.#oneGroup(group, settings);
      }
    }
  }

  #oneGroup(group: string, settings: () => NewGroup): Promise<void> {
    let making = this.#makingGroup.get(group);
    if (!making) {
      making = this.#makeGroup(group, settings()).finally(() => this.#makingGroup.delete(group));
      this.#makingGroup.set(group, making);
      making.catch(() => {});
    }
    return making;
  }

  async #makeGroup(group: string, settings: NewGroup): Promise<void> {
    const { client, log } = this.#options;
    const { retentionInDays } = settings;
    try {
      await this.#patiently(() => client.createLogGroup(group, settings, this.#life.signal));
    } catch (error) {
      if (isNamed(error, 'ResourceAlreadyExistsException')) return;
      throw new Error(`CreateLogGroup "${group}" failed: ${describe(error)}`, { cause: error });
    }
    log.info('Created log group', { group });
    if (retentionInDays === undefined) return;
    try {
      await this.#patiently(() => client.putRetentionPolicy(group, retentionInDays, this.#life.signal));
      this.#retention.set(group, retentionInDays);
    } catch (error) {
      log.error(`failed to set retention policy for Log group "${group}": the group keeps its events for ever`, { retention_in_days: retentionInDays, error });
    }
  }

  /** Waits out throttling and changes that others are making. */
  async #patiently(call: () => Promise<void>): Promise<void> {
    for (let tries = 0; ; tries++) {
      const turnMs = this.#rate.reserve();
      if (turnMs > 0) await sleep(turnMs, undefined, { signal: this.#life.signal });
      try {
        await call();
        return;
      } catch (error) {
        const meaning = meaningOf(error);
        const passing = meaning === 'throttled' || meaning === 'again' || isNamed(error, 'OperationAbortedException');
        if (!passing || tries >= MAX_THROTTLED) throw error;
        if (meaning === 'throttled') this.#rate.throttled();
        await sleep(jittered(THROTTLED_WAIT_MS * 2 ** tries), undefined, { signal: this.#life.signal });
      }
    }
  }

  #remember(key: string): void {
    if (this.#known.size >= KNOWN_STREAMS) {
      this.#before = this.#known;
      this.#known = new Set();
    }
    this.#known.add(key);
  }
}

function keyOf(group: string, stream: string): string {
  return `${group}\n${stream}`;
}

/** The promise, or a rejection as soon as the signal is aborted; the work itself goes on for others. */
async function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  let stop!: () => void;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
  });
  signal.addEventListener('abort', stop);
  try {
    await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
