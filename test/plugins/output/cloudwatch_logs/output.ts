/** A cloudwatch_logs output without buffer or inputs, over the real SDK client: chunks are written by hand. */
import { plugins } from '../../../../plugins/index.ts';
import type { EventBatch, LogEvent } from '../../../../src/event.ts';
import type { Value } from '../../../../src/lib/value.ts';
import type { BufferedOutput, Chunk, PluginDefinition } from '../../../../src/plugin.ts';
import { startLocalCloudWatch, type LocalCloudWatch, type LocalCloudWatchOptions, type RequestSummary } from '../../../../src/local-cloudwatch/local-cloudwatch.ts';
import { objectBatch } from '../../../support/batches.ts';
import { configOf, testContext, type TestContext } from '../../../support/context.ts';
import { systemClock } from '../../../../src/lib/clock.ts';

const definition = (await plugins['output/cloudwatch_logs']()).default as unknown as PluginDefinition<'output', never>;

export interface Rig {
  readonly endpoint: LocalCloudWatch;
  readonly output: BufferedOutput;
  readonly context: TestContext;
  readonly requests: RequestSummary[];
  /** Sum of a metric over the series that have these labels. */
  metric(name: string, labels?: Readonly<Record<string, string>>): number;
  /** Messages of a stream in the order of arrival. */
  stored(group: string, stream: string): string[];
  /** Packs the batches into one chunk and writes it; resolves when it is committed. */
  deliver(...batches: EventBatch[]): Promise<void>;
  /** The same, but `written` settles when the flush thread is free. */
  write(...batches: EventBatch[]): { readonly written: Promise<void>; readonly committed: Promise<void> };
  close(): Promise<void>;
}

export interface RigOptions {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly endpoint?: LocalCloudWatchOptions;
  /** There is a label `@ERROR`; default: no. */
  readonly errorLabel?: boolean;
  /** Chunks hold what a file buffer keeps. */
  readonly stored?: boolean;
}

/** Starts an endpoint and an output that sends to it: group `g`, the stream from the field `s`. */
export async function startRig({ config = {}, endpoint: options = {}, errorLabel = false, stored = false }: RigOptions = {}): Promise<Rig> {
  const requests: RequestSummary[] = [];
  const endpoint = await startLocalCloudWatch({ checkAge: false, ...options, onRequest: (request) => requests.push(request) });
  const context = { ...testContext({ kind: 'output', type: 'cloudwatch_logs' }), clock: systemClock } as unknown as TestContext;
  if (!errorLabel)
    Object.assign(context, {
      label: () => {
        throw new Error('no such label');
      },
    });
  const given = {
    endpoint: endpoint.url, region: 'us-east-1', aws_key_id: 'id', aws_sec_key: 'secret', log_group_name: 'g', log_stream_name_key: 's', auto_create_stream: true,
    put_log_events_retry_wait: 0.01,
    ...config,
  };
  const output = definition.create(configOf(definition.config, given as never), context) as BufferedOutput;
  await output.start?.();
  let ids = 0;
  const chunkOf = (batches: readonly EventBatch[]): Chunk => {
    const packed = stored ? undefined : batches.map((batch) => output.pack!(batch)).filter(({ events }) => events > 0);
    const bytes = stored ? Buffer.concat(batches.flatMap(({ tag, events }) => events.map(({ time, record }) => Buffer.from(output.format!(tag, time, record) as Uint8Array)))) : Buffer.alloc(0);
    return {
      id: String(++ids).padStart(32, '0'),
      metadata: {},
      eventCount: batches.reduce((sum, { size }) => sum + size, 0),
      byteLength: packed ? packed.reduce((sum, { size }) => sum + size, 0) : bytes.length,
      createdAt: 0,
      modifiedAt: 0,
      read: () => bytes,
      events: () => [],
      packed: packed?.map((one) => one.bytes),
    };
  };
  const write: Rig['write'] = (...batches) => {
    const result = Promise.resolve(output.write(chunkOf(batches), new AbortController().signal));
    const committed = result.then((delayed) => delayed?.committed);
    const written = result.then(() => {});
    // Whoever does not look at one of them looks at the other.
    committed.catch(() => {});
    written.catch(() => {});
    return { written, committed };
  };
  return {
    endpoint, output, context, requests,
    metric(name, labels = {}) {
      let sum = 0;
      for (const series of context.metrics.read())
        if (series.name === name && Object.entries(labels).every(([key, value]) => series.labels[key] === value)) sum += series.value;
      return sum;
    },
    stored: (group, stream) => (endpoint.store.findGroup(group)?.streams.has(stream) ? [...endpoint.store.events(group, stream)].map(({ message }) => message) : []),
    deliver: (...batches) => write(...batches).committed,
    write,
    async close() {
      await context.close();
      await endpoint.stop();
    },
  };
}

/** Events of one batch with the tag `t`, at one second after the other from `sec` on. */
export function batch(records: readonly Readonly<Record<string, Value>>[], sec = 1_664_791_200): EventBatch {
  return objectBatch('t', records.map((fields, i): LogEvent => ({ time: { sec: sec + i, nsec: 0 }, record: new Map(Object.entries(fields)) })));
}
