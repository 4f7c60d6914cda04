/**
 * Adds what the Kubernetes API knows of a container's pod and namespace to its events.
 *
 * Per tag everything is made once. A batch waits for the API only when nothing is known yet (or what
 * is known is too old), and not for long: then it goes on without, and the answer is for later ones.
 */
import { ConfigError, defineFilter, isHash, ObjectBatch, TextBatch, withEvents } from '#logferry';
import type { Awaitable, EventBatch, EventTime, Filter, LogEvent, PluginContext, Tag, Value } from '#logferry';
import { fields, type KubernetesConfig } from './fields.ts';
import { compileTagNames, recordNames, type Names } from './names.ts';
import { PodState, type Constants } from './pod-state.ts';
import { masterUrl, metadataOptions, sharedCatalog } from './settings.ts';

/** How long a batch waits for the API. */
const MAX_WAIT_MS = 2000;
/** Tags and containers whose fields are kept at least; more if cache_size says so. */
const MIN_STATES = 1024;

export default defineFilter({
  type: 'kubernetes_metadata',
  doc: 'Adds labels, annotations, ids and more of the pod and the namespace that an event comes from.',
  config: fields,
  create: (config, context) => createFilter(config, context),
});

function createFilter(config: KubernetesConfig, context: PluginContext): Filter {
  const url = masterUrl(config, process.env);
  const catalog = url === undefined ? undefined : sharedCatalog(url, config, process.env, context);
  const options = metadataOptions(url, config, context);
  const tagNames = compileNames(config, context);
  const withNamespace = !config.skip_namespace_metadata;
  const states = new Recent<PodState | undefined>(Math.max(config.cache_size, MIN_STATES));
  const { clock, log } = context;
  let statsAt = clock.monotonic();

  function tagState(tag: Tag): PodState | undefined {
    return states.get(tag, () => {
      const names = tagNames(tag);
      return names && new PodState(names, options, catalog, withNamespace);
    });
  }

  function namedState(names: Names): PodState {
    // A space is in no tag that a container has, and in no name.
    return states.get(` ${names.namespace} ${names.pod} ${names.container} ${names.containerId}`, () => {
      return new PodState(names, options, catalog, withNamespace);
    })!;
  }

  function filter(batch: EventBatch): Awaitable<EventBatch> {
    const state = tagState(batch.tag);
    if (catalog && config.stats_interval > 0) writeStats();
    if (!config.lookup_from_k8s_field || mayNotHaveNames(batch)) return state ? filterTag(batch, state) : batch;
    return filterRecords(batch, state);
  }

  /** All events have the tag's metadata. */
  function filterTag(batch: EventBatch, state: PodState): Awaitable<EventBatch> {
    const pending = state.refresh();
    return pending ? waitForTag(batch, state, pending) : withConstants(batch, state.constants(timeOf(batch)));
  }

  async function waitForTag(batch: EventBatch, state: PodState, pending: Promise<unknown>): Promise<EventBatch> {
    const deadline = clock.monotonic() + MAX_WAIT_MS;
    await waitFor(pending, [state]);
    const retry = batch.size > 1 ? state.retry() : undefined;
    if (!retry) return withConstants(batch, state.constants(timeOf(batch)));
    // As in Fluentd, a failed request costs one event its metadata: the next one asks again.
    const first = state.constants(timeOf(batch));
    await waitFor(retry, [state], deadline - clock.monotonic());
    const others = state.constants(timeOf(batch));
    if (others === first) return withConstants(batch, first);
    const rest = withConstants(batch.slice(1, batch.size), others);
    return new ObjectBatch(batch.tag, [...withConstants(batch.slice(0, 1), first).events, ...rest.events], batch.ack);
  }

  /** Some events may name their pods themselves. */
  function filterRecords(batch: EventBatch, state: PodState | undefined): Awaitable<EventBatch> {
    const events = batch.events;
    const named = events.map(({ record }) => {
      const names = recordNames(record);
      return names ? namedState(names) : state;
    });
    const all = new Set(named);
    all.delete(undefined);
    const [only] = all;
    if (all.size === 0) return batch;
    if (all.size === 1 && !named.includes(undefined)) return filterTag(batch, only!);
    const waiting: PodState[] = [];
    const pending: Promise<unknown>[] = [];
    for (const one of all) {
      const wait = one!.refresh();
      if (!wait) continue;
      waiting.push(one!);
      pending.push(wait);
    }
    const apply = () => withEvents(batch, events.map((event, i) => (named[i] ? withFields(event, named[i].constants(event.time)) : event)));
    return pending.length === 0 ? apply() : waitFor(Promise.all(pending), waiting).then(apply);
  }

  function writeStats(): void {
    const now = clock.monotonic();
    if (now - statsAt < config.stats_interval * 1000) return;
    statsAt = now;
    if (log.enabled('debug')) log.debug('stats of the Kubernetes metadata', catalog!.numbers());
  }

  return {
    filter,
    start() {
      if (!catalog) return;
      catalog.acquire(withNamespace);
      context.defer(() => catalog.release());
    },
  };
}

function compileNames(config: KubernetesConfig, context: PluginContext): (tag: Tag) => Names | undefined {
  try {
    return compileTagNames(config.tag_to_kubernetes_name_regexp);
  } catch (error) {
    throw new ConfigError(
      `tag_to_kubernetes_name_regexp: ${(error as Error).message}`,
      context.place('tag_to_kubernetes_name_regexp'),
      'it needs the named groups namespace, pod_name and container_name',
    );
  }
}

/** Waits for the answer, but not for long. */
async function waitFor(pending: Promise<unknown>, states: readonly PodState[], longestMs = MAX_WAIT_MS): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      for (const state of states) state.giveUpWaiting();
      resolve();
    }, Math.max(longestMs, 0));
  });
  await Promise.race([pending, late]);
  clearTimeout(timer);
}

/** Whether no event can have names of its own: the fields are not there, or are text. */
function mayNotHaveNames(batch: EventBatch): boolean {
  if (!(batch instanceof TextBatch)) return !batch.events.some(({ record }) => isHash(record.get('kubernetes')) && isHash(record.get('docker')));
  const column = batch.column('kubernetes');
  return column?.kind !== 'constant' || !isHash(column.value);
}

function withConstants(batch: EventBatch, constants: Constants): EventBatch {
  if (batch instanceof TextBatch) return batch.withConstants(constants);
  return withEvents(batch, batch.events.map((event) => withFields(event, constants)));
}

function withFields(event: LogEvent, constants: Constants): LogEvent {
  const record = new Map<string, Value>(event.record);
  for (const [key, value] of constants) record.set(key, value);
  return { time: event.time, record };
}

function timeOf(batch: EventBatch): EventTime {
  if (!(batch instanceof TextBatch)) return batch.events[0]!.time;
  return { sec: batch.times.sec[batch.first]!, nsec: batch.times.nsec[batch.first]! };
}

/** A bounded map that forgets what was not used for longest. */
class Recent<T> {
  readonly #size: number;
  readonly #values = new Map<string, T>();

  constructor(size: number) {
    this.#size = size;
  }

  get(key: string, make: () => T): T {
    const values = this.#values;
    let value = values.get(key);
    if (value !== undefined || values.has(key)) values.delete(key);
    else {
      value = make();
      if (values.size >= this.#size) values.delete(values.keys().next().value!);
    }
    values.set(key, value as T);
    return value as T;
  }
}
