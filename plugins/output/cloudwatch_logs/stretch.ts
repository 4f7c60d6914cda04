/** Sends a stretch of events, request by request; what the service refuses is told apart from what it takes. */
import { type BufferPool, type Clock, UnrecoverableError } from '#logferry';
import { type Batch, divide, firstAtLeast, requestBody, type Stretch } from './batches.ts';
import type { Creation } from './creation.ts';
import type { Ledger } from './ledger.ts';
import { DAY_MS, isGroupName, isStreamName, MAX_AGE_MS, MAX_FUTURE_MS } from './limits.ts';
import type { PackedEvents } from './packed.ts';
import type { Progress, Task } from './progress.ts';
import type { Reason } from './reasons.ts';
import type { Rejections } from './rejected.ts';
import type { PutResult, Sender } from './sender.ts';
import { describe } from './service-error.ts';

export interface StretchSenderOptions {
  readonly sender: Sender;
  readonly creation: Creation;
  readonly rejections: Rejections;
  readonly ledger: Ledger;
  readonly pool: BufferPool;
  readonly clock: Clock;
  readonly maxEvents: number;
  /** Events that the service would refuse for their time are not sent. */
  readonly checkAge: boolean;
}

export interface StretchHooks {
  readonly onTrouble: () => void;
  readonly onSuccess: () => void;
  /** Passes the promise of a request on, and acts if it takes long. */
  readonly slow: <T>(pending: Promise<T>) => Promise<T>;
}

/** After so many events that were refused one by one, and none that was taken, the request itself must be wrong. */
const GUILTY_IN_A_ROW = 20;

/** Sends what is not done yet; rejects if the rest has to be tried again. */
export function createStretchSender(options: StretchSenderOptions) {
  const { sender, creation, rejections, ledger, pool, clock, maxEvents, checkAge } = options;

  return async (task: Task, key: string, parts: readonly PackedEvents[], progress: Progress, signal: AbortSignal, hooks: StretchHooks): Promise<void> => {
    const { group, stream, stretch } = task;
    let from = progress.done.get(key) ?? 0;
    let to = stretch.rows.length;
    const reject = (reason: Reason, first: number, end: number, error?: unknown, fields?: Readonly<Record<string, unknown>>): void =>
      rejections.add({ group, stream }, { reason, count: end - first, events: () => eventsOf(stretch, parts, first, end), error, fields });

    const bad: Reason | undefined = isGroupName(group) ? (isStreamName(stream) ? undefined : 'invalid_stream_name') : 'invalid_group_name';
    if (bad) {
      reject(bad, from, to);
      progress.done.set(key, to);
      return;
    }
    if (checkAge) {
      const now = clock.now();
      const young = firstAtLeast(stretch, parts, from, to, now - MAX_AGE_MS);
      reject('too_old', from, young);
      const days = creation.retention(group);
      const kept = days === undefined ? young : firstAtLeast(stretch, parts, young, to, now - days * DAY_MS);
      reject('expired', young, kept);
      const end = firstAtLeast(stretch, parts, kept, to, now + MAX_FUTURE_MS + 1);
      from = kept;
      progress.done.set(key, from);
      // Told at the end: until then it may be tried again.
      if (end < to) {
        await sendAll(from, end);
        reject('too_new', end, to);
        progress.done.set(key, to);
        return;
      }
      to = end;
    }
    await sendAll(from, to);

    async function sendAll(first: number, end: number): Promise<void> {
      for (const batch of divide(stretch, parts, maxEvents, first, end)) {
        const result = await put(batch);
        if (result.kind === 'accepted') accepted(batch, result);
        else if (result.reason !== 'invalid') reject(result.reason, batch.from, batch.to, result.error);
        else await sift(batch, result.error);
        progress.done.set(key, batch.to);
      }
    }

    async function put(batch: Batch): Promise<PutResult> {
      const { body, buffer } = requestBody(group, stream, stretch, batch, parts, pool, task.entity);
      const doubtful = progress.doubtful.delete(key);
      const request = { group, stream, body, events: batch.to - batch.from, messageBytes: batch.messageBytes, doubtful };
      const result = await hooks.slow(
        sender.put(request, task.settings, signal, { onTrouble: hooks.onTrouble, onDoubt: () => void progress.doubtful.add(key) }),
      );
      progress.doubtful.delete(key);
      // Only after an answer: until then the connection may still read it.
      pool.give(buffer);
      return result;
    }

    function accepted(batch: Batch, { answer }: PutResult & { kind: 'accepted' }): void {
      hooks.onSuccess();
      const { from: first, to: end } = batch;
      if (answer?.rejectedEntityInfo) rejections.entityRefused({ group, stream }, answer.rejectedEntityInfo.errorType ?? 'unknown');
      const info = answer?.rejectedLogEventsInfo;
      const firstStampMs = stampOf(stretch, parts, first);
      if (!info) {
        ledger.delivered(group, { events: end - first, messageBytes: batch.messageBytes, stampSumMs: batch.stampSumMs, firstStampMs });
        return;
      }
      // Events are in order of time: the old ones come first, the new ones last.
      const within = (index: number | undefined, otherwise: number): number => Math.min(Math.max(first + (index ?? otherwise - first), first), end);
      const young = within(info.tooOldLogEventEndIndex, first);
      const kept = Math.max(young, within(info.expiredLogEventEndIndex, first));
      const last = Math.max(kept, within(info.tooNewLogEventStartIndex, end));
      let messageBytes = 0;
      let stampSumMs = 0;
      for (let i = kept; i < last; i++) {
        messageBytes += parts[stretch.parts[i]!]!.messageBytes(stretch.rows[i]!);
        stampSumMs += stampOf(stretch, parts, i);
      }
      ledger.delivered(group, { events: last - kept, messageBytes, stampSumMs, firstStampMs: last > kept ? stampOf(stretch, parts, kept) : 0 });
      const fields = {
        of: end - first,
        tooOldLogEventEndIndex: info.tooOldLogEventEndIndex,
        tooNewLogEventStartIndex: info.tooNewLogEventStartIndex,
        expiredLogEventEndIndex: info.expiredLogEventEndIndex,
      };
      reject('too_old', first, young, undefined, fields);
      reject('expired', young, kept, undefined, fields);
      reject('too_new', last, end, undefined, fields);
    }

    /** The service calls a request invalid: halves are sent, down to the events that are to blame. */
    async function sift(whole: Batch, error: unknown): Promise<void> {
      let guilty = 0;
      let taken = false;
      const pending: { readonly from: number; readonly to: number; readonly error: unknown }[] = [];
      const parted = (first: number, end: number, why: unknown): void => {
        const middle = (first + end) >>> 1;
        pending.push({ from: middle, to: end, error: why }, { from: first, to: middle, error: why });
      };
      if (whole.to - whole.from === 1) return blame(whole.from, whole.to, error);
      parted(whole.from, whole.to, error);
      for (let next = pending.pop(); next; next = pending.pop()) {
        if (!taken && guilty >= GUILTY_IN_A_ROW) {
          blame(next.from, next.to, next.error);
          continue;
        }
        for (const batch of divide(stretch, parts, maxEvents, next.from, next.to)) {
          const result = await put(batch);
          // Each half is done in order: what a retry would begin with is what follows.
          if (result.kind === 'accepted') {
            taken = true;
            accepted(batch, result);
          } else if (result.reason !== 'invalid') reject(result.reason, batch.from, batch.to, result.error);
          else if (batch.to - batch.from === 1) {
            guilty++;
            blame(batch.from, batch.to, result.error);
          } else {
            parted(batch.from, batch.to, result.error);
            continue;
          }
          progress.done.set(key, batch.to);
        }
      }
    }

    function blame(first: number, end: number, error: unknown): void {
      reject('invalid', first, end, error);
      if (rejections.keeps) return;
      progress.unkept = new UnrecoverableError(`PutLogEvents to log group "${group}", stream "${stream}" was refused: ${describe(error)}`, { cause: error });
    }
  };
}

function stampOf(stretch: Stretch, parts: readonly PackedEvents[], i: number): number {
  return parts[stretch.parts[i]!]!.stampMs(stretch.rows[i]!);
}

function* eventsOf(stretch: Stretch, parts: readonly PackedEvents[], from: number, to: number): Generator<{ stampMs: number; message: string }> {
  for (let i = from; i < to; i++) {
    const row = stretch.rows[i]!;
    const text = parts[stretch.parts[i]!]!.text(row, row).toString('utf8').slice(0, -1);
    const { timestamp, message } = JSON.parse(text) as { timestamp: number; message: string };
    yield { stampMs: timestamp, message };
  }
}
