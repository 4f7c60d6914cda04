/** What happens to one chunk: delivered by the output or the secondary, set aside, or to be tried again. */
import { RetryLaterError, UnrecoverableError } from '../errors.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../log/logger.ts';
import type { BufferedOutput } from '../plugin.ts';
import type { Backup } from './backup.ts';
import type { HeldChunk } from './held-chunk.ts';

/** The output of a `<secondary>`. */
export interface Secondary {
  readonly output: BufferedOutput;
  readonly type: string;
}

export interface DeliveryOptions {
  readonly output: BufferedOutput;
  readonly type: string;
  readonly secondary: Secondary | undefined;
  readonly backup: Backup;
  readonly disableBackup: boolean;
  readonly slowFlushMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly counts: DeliveryCounts;
  /** A chunk that cannot be delivered was moved to the backup folder. */
  readonly onBackedUp: (chunk: HeldChunk) => void;
  /** A chunk was thrown away. */
  readonly onLost: (chunk: HeldChunk) => void;
}

export interface DeliveryCounts {
  write: number;
  writeSecondary: number;
  slowFlush: number;
  flushTimeMs: number;
}

export type DeliveryResult =
  | { readonly kind: 'delivered'; readonly by: 'primary' | 'secondary' }
  /** Handed on: delivered when the promise resolves. */
  | { readonly kind: 'handedOn'; readonly by: 'primary' | 'secondary'; readonly committed: Promise<void> }
  /** In the backup folder, or thrown away as configured. */
  | { readonly kind: 'setAside' }
  /** It can never be delivered, and there is no room for it in the backup folder now: others go on. */
  | { readonly kind: 'stuck' }
  | { readonly kind: 'failed'; readonly error: unknown; readonly delayMs: number | undefined };

export type Deliver = (chunk: HeldChunk, useSecondary: boolean, signal: AbortSignal) => Promise<DeliveryResult>;

export function createDelivery(options: DeliveryOptions): Deliver {
  const { output, secondary, log, counts } = options;

  const setAside = async (chunk: HeldChunk): Promise<DeliveryResult> => {
    if (options.disableBackup) {
      log.error('disable_chunk_backup is true: a chunk is thrown away', { chunk: chunk.id, records: chunk.eventCount });
      options.onLost(chunk);
      return { kind: 'setAside' };
    }
    try {
      const file = options.backup(chunk.id, await bytesOf(chunk));
      options.onBackedUp(chunk);
      log.warn(`bad chunk is moved to ${file}`, { chunk: chunk.id, records: chunk.eventCount });
      return { kind: 'setAside' };
    } catch (error) {
      log.error('a bad chunk could not be moved to the backup folder, it is kept and tried again later', { chunk: chunk.id, error });
      return { kind: 'stuck' };
    }
  };

  const unrecoverable = async (chunk: HeldChunk, error: unknown, usedSecondary: boolean, signal: AbortSignal): Promise<DeliveryResult> => {
    const fields = { chunk: chunk.id, error };
    if (usedSecondary) {
      log.warn('got unrecoverable error in secondary.', fields);
      return setAside(chunk);
    }
    if (!secondary) {
      log.warn('got unrecoverable error in primary and no secondary', fields);
      return setAside(chunk);
    }
    if (secondary.type === options.type) {
      log.warn('got unrecoverable error in primary; the secondary is of the same type and is skipped', fields);
      return setAside(chunk);
    }
    log.warn('got unrecoverable error in primary: the chunk goes to the secondary without a retry', fields);
    try {
      counts.writeSecondary++;
      const result = await secondary.output.write(chunk, signal);
      if (result) await result.committed;
      return { kind: 'delivered', by: 'secondary' };
    } catch (failure) {
      if (signal.aborted) return { kind: 'failed', error: failure, delayMs: undefined };
      log.warn('got an error in secondary for unrecoverable error', { chunk: chunk.id, error: failure });
      return setAside(chunk);
    }
  };

  return async (chunk, useSecondary, signal) => {
    const target = useSecondary && secondary ? secondary.output : output;
    const startedAt = options.clock.monotonic();
    counts.write++;
    if (useSecondary) counts.writeSecondary++;
    try {
      const result = await target.write(chunk, signal);
      const elapsedMs = options.clock.monotonic() - startedAt;
      counts.flushTimeMs += elapsedMs;
      if (elapsedMs > options.slowFlushMs) {
        counts.slowFlush++;
        log.warn('buffer flush took longer time than slow_flush_log_threshold:', {
          elapsed_time: elapsedMs / 1000,
          slow_flush_log_threshold: options.slowFlushMs / 1000,
          chunk: chunk.id,
        });
      }
      const by = target === output ? 'primary' : 'secondary';
      return result ? { kind: 'handedOn', by, committed: result.committed } : { kind: 'delivered', by };
    } catch (error) {
      if (error instanceof UnrecoverableError) return unrecoverable(chunk, error, useSecondary, signal);
      return { kind: 'failed', error, delayMs: error instanceof RetryLaterError ? error.delayMs : undefined };
    }
  };
}

/** What is kept of a bad chunk: uncompressed if that is possible. */
async function bytesOf(chunk: HeldChunk): Promise<Buffer> {
  try {
    return await chunk.read();
  } catch {
    return (await chunk.stored()).bytes;
  }
}
