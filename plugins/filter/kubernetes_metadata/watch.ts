/**
 * Follows one list of the API for ever: list, watch from there, begin again when that ends.
 *
 * A watch that the server ends goes on where it was; one whose place the server has forgotten (410)
 * begins with a new list; failures wait longer each time, without an end to the trying.
 */
import { isHash } from '#logferry';
import type { Logger, Value } from '#logferry';
import type { ApiSource } from './api-client.ts';
import { hashAt, listAt, textAt, type Texts } from './objects.ts';

export interface WatchOptions {
  readonly client: ApiSource;
  readonly log: Logger;
  /** `pods` or `namespaces`, and what limits them, such as `fieldSelector=…`. */
  readonly resource: string;
  readonly selector: string;
  /** All objects are wanted at the beginning; else the list is only asked for its version. */
  readonly listAll: boolean;
  readonly intervalMs: number;
  readonly backoffBase: number;
  readonly backoffTimes: number;
  /** 0..1. */
  readonly random: () => number;
  /** A list was read: what it has, and what was read before it may be old. */
  onList(items: readonly Texts[]): void;
  onObject(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: Texts): void;
}

/** The server ends a watch after this time, give or take; it is then begun again. */
const WATCH_SEC = 300;
/** Nothing for this long means that the connection is dead: the server would have ended it. */
const IDLE_MS = (2 * WATCH_SEC + 30) * 1000;
const MAX_WAIT_MS = 300_000;
const GONE = 410;

/** Runs until the signal is aborted. Never rejects. */
export async function watchForEver(options: WatchOptions, signal: AbortSignal): Promise<void> {
  const { log, resource, intervalMs, backoffBase, backoffTimes, random } = options;
  let version: string | undefined;
  let failures = 0;
  while (!signal.aborted) {
    try {
      version ??= await list(options);
      await follow(options, version, signal, (seen) => {
        version = seen;
        failures = 0;
      });
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Gone) {
        log.debug('the watch of the Kubernetes API is too far behind and begins again', { resource });
        version = undefined;
      } else {
        if (failures++ === 0) log.warn('the watch of the Kubernetes API failed and is tried again', { resource, error });
        else log.debug('the watch of the Kubernetes API failed again', { resource, error, failures });
      }
    }
    const wait = Math.min(intervalMs * backoffBase ** Math.min(failures, backoffTimes), MAX_WAIT_MS);
    await pause(wait * (0.75 + random() / 2), signal);
  }
}

class Gone extends Error {}

/** Reads the list; gives the version from which to watch. */
async function list({ client, resource, selector, listAll, onList }: WatchOptions): Promise<string> {
  // Version 0 is what the server has in memory; the first page alone tells the newest version.
  const query = listAll ? [selector, 'resourceVersion=0'] : [selector, 'limit=1'];
  const answer = await client.get(`${resource}?${query.filter((part) => part !== '').join('&')}`);
  if (answer.kind === 'failed') throw answer.error;
  if (answer.kind === 'missing') throw new Error(`the API has no ${resource}`);
  const version = textAt(hashAt(answer.body, 'metadata'), 'resourceVersion');
  if (version === '') throw new Error(`the list of ${resource} has no resourceVersion`);
  onList(listAll ? listAt(answer.body, 'items') : []);
  return version;
}

async function follow(
  { client, resource, selector, random, onObject }: WatchOptions, version: string, signal: AbortSignal, onVersion: (version: string) => void,
): Promise<void> {
  const seconds = Math.round(WATCH_SEC * (1 + random()));
  const query = [selector, 'watch=true', `resourceVersion=${version}`, 'allowWatchBookmarks=true', `timeoutSeconds=${seconds}`];
  let failed: Error | undefined;
  const onEvent = (event: Value) => {
    const type = isHash(event) ? event.get('type') : undefined;
    const object = hashAt(event, 'object');
    if (type === 'ERROR') {
      failed ??= object.get('code') === GONE ? new Gone() : new Error(`the watch says: ${textAt(object, 'message') || 'an error'}`);
      throw failed;
    }
    if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED') onObject(type, object);
    const seen = textAt(hashAt(object, 'metadata'), 'resourceVersion');
    if (seen !== '') onVersion(seen);
  };
  let status;
  try {
    status = await client.watch(`${resource}?${query.filter((part) => part !== '').join('&')}`, IDLE_MS, onEvent, signal);
  } catch (error) {
    throw failed ?? error;
  }
  if (status === GONE) throw new Gone();
  if (status !== 200) throw new Error(`status ${status}`);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
