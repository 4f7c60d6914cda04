/** One plugin alone, for its tests: configured as in a file, with everything that it emits, logs and throws away kept. */
import { createFormat } from '../buffer/event-bytes.ts';
import { parseConfig } from '../config/read.ts';
import { ConfigReader } from '../config/schema.ts';
import { ConfigError } from '../errors.ts';
import { ObjectBatch, type EventBatch, type EventTime, type LogEvent, type Tag } from '../event.ts';
import { systemClock, type Clock } from '../lib/clock.ts';
import { generateJson, parseJson } from '../lib/json.ts';
import { isHash, type LogRecord } from '../lib/value.ts';
import { AgentLog } from '../log/agent-log.ts';
import { computeLedger } from '../metrics/ledger.ts';
import { MetricsRegistry } from '../metrics/metrics.ts';
import type { Awaitable, BufferedOutput, Chunk, Kind, Kinds, Lifecycle, Router } from '../plugin.ts';
import { Registry, type AnyDefinition } from '../registry.ts';
import { configEvaluator } from '../ruby/index.ts';
import { createInstance } from './context.ts';

/** A record as a test writes it. */
export type PlainRecord = Readonly<Record<string, unknown>>;

/** What a plugin emitted: `time` is absent in comparisons that do not care. */
export interface TriedEvent {
  readonly tag: Tag;
  readonly time: EventTime;
  readonly record: PlainRecord;
}

/** What a plugin under test is given besides its configuration. */
export interface TryOptions {
  /** Definitions that sections of it may name (`<parse>`, `<format>`, ...). */
  readonly others?: readonly AnyDefinition[];
  readonly clock?: Clock;
}

/** A plugin under test. */
export interface TriedPlugin<K extends Kind> {
  readonly plugin: Kinds[K];
  /** Emitted into any router, in order. */
  readonly emitted: readonly TriedEvent[];
  /** Given to `emitError`, with the message of the error. */
  readonly errors: readonly (TriedEvent & { readonly error: string })[];
  /** Lines of its log as `level: sentence`, from debug on. */
  readonly log: readonly string[];
  /** A batch of records, all with the same time. */
  batch(tag: Tag, records: readonly PlainRecord[], time?: EventTime): EventBatch;
  /** The records of a batch, as a test compares them. */
  records(batch: EventBatch): PlainRecord[];
  /** A chunk as a buffer hands it to a buffered output: formatted by the plugin's own `format` if it has one. */
  chunk(tag: Tag, records: readonly PlainRecord[], time?: EventTime): Chunk;
  /** Sum of one of its metrics over all labels. */
  metric(name: string): number;
  start(): Promise<void>;
  /** Stops, flushes and closes it with all that it deferred, as at the end of the agent. */
  stop(): Promise<void>;
}

const NOON: EventTime = { sec: 1_700_000_000, nsec: 0 };

/**
 * Creates a plugin from its definition and the lines of its section (without `@type`). Throws a ConfigError with all problems,
 * as the agent does. Nothing is started.
 */
export async function tryPlugin<K extends Kind>(
  definition: AnyDefinition & { readonly kind: K },
  config = '',
  { others = [], clock = systemClock }: TryOptions = {},
): Promise<TriedPlugin<K>> {
  const lines: string[] = [];
  const log = new AgentLog({
    level: 'debug', format: 'text', formatTime: () => '', write: (line) => void lines.push(line.replace(/^ \[(\w+)\]: #\d+ /, '$1: ').trimEnd()), clock, workerId: 0,
  });
  const all = [definition as AnyDefinition, ...others];
  const registry = new Registry(Object.fromEntries(all.map((one) => [`${one.kind}/${one.type}`, async () => ({ default: one })])));
  const reader = new ConfigReader({ registry, strict: false });
  const section = parseConfig(`<plugin>\n@type ${definition.type}\n${config}\n</plugin>\n`, { file: '(test)', evaluate: configEvaluator() }).elements[0]!;
  const checked = await reader.plugin(definition.kind as K, section, { withBuffer: false });
  for (const { message, hint } of reader.warnings) log.warn(hint === undefined ? message : `${message} (${hint})`);
  const emitted: TriedEvent[] = [];
  const errors: (TriedEvent & { error: string })[] = [];
  const router: Router = {
    emit(batch) {
      for (const event of batch.events) emitted.push(tried(batch.tag, event));
      batch.ack?.settle();
    },
    emitError(tag, event, error, ack) {
      errors.push({ ...tried(tag, event), error: (error as Error).message });
      ack?.settle();
    },
  };
  const metrics = new MetricsRegistry();
  const instance = checked && createInstance(checked, router, {
    log, clock, metrics, workerId: 0, problems: reader.problems, shared: new Map(),
    system: { workers: 1, rootDir: undefined, hostname: 'test', filePermission: undefined, dirPermission: undefined },
    agent: {
      startedAt: 0, configFile: '(test)', config: section, plugins: () => [], metrics: () => metrics.read(),
      ledger: () => computeLedger([], [], metrics.read()), watch: () => () => {},
    },
    path: (configured) => configured,
    configuredPath: (actual) => actual,
    label: () => router,
  });
  if (reader.problems.length > 0 || !instance) throw new ConfigError(reader.problems);
  const plugin = instance.plugin;
  const each = async (call: (part: Lifecycle) => Awaitable<void> | undefined): Promise<void> => {
    for (const part of instance.parts) await call(part);
  };
  return {
    plugin,
    emitted,
    errors,
    log: lines,
    batch,
    records: ({ events }) => events.map(({ record }) => plain(record)),
    chunk: (tag, records, time = NOON) => chunkOf(plugin as BufferedOutput, batch(tag, records, time)),
    metric: (name) => [...metrics.read()].reduce((sum, sample) => (sample.name === name ? sum + sample.value : sum), 0),
    start: () => each((part) => part.start?.()),
    async stop() {
      const deadline = AbortSignal.timeout(5000);
      await each((part) => part.stop?.());
      await each((part) => part.flush?.(deadline));
      await each((part) => part.close?.());
      for (const close of instance.deferred.toReversed()) await close();
    },
  };
}

function batch(tag: Tag, records: readonly PlainRecord[], time: EventTime = NOON): EventBatch {
  return new ObjectBatch(tag, records.map((record) => ({ time, record: toRecord(record) })));
}

function tried(tag: Tag, { time, record }: LogEvent): TriedEvent {
  return { tag, time, record: plain(record) };
}

/** By way of JSON: a test's records have nothing else. */
function plain(record: LogRecord): PlainRecord {
  return JSON.parse(generateJson(record)) as PlainRecord;
}

function toRecord(record: PlainRecord): LogRecord {
  const read = parseJson(JSON.stringify(record));
  if (!isHash(read)) throw new Error(`expected a record to be an object, found ${JSON.stringify(record)}`);
  return read;
}

function chunkOf(output: BufferedOutput, { tag, events }: EventBatch): Chunk {
  const { bytes } = createFormat(output, false)(tag, events);
  return {
    id: '00112233445566778899aabbccddeeff',
    metadata: { tag },
    eventCount: events.length,
    byteLength: bytes.length,
    createdAt: 0,
    modifiedAt: 0,
    read: () => bytes,
    events: () => events,
    packed: undefined,
  };
}
