/** A plugin's context for unit tests: it records what the plugin emits, logs and counts. */
import type { Fields, Infer, Param } from '../../src/config/params.ts';
import { ConfigError, type ConfigProblem } from '../../src/errors.ts';
import type { Ack, EventBatch, EventTime, LogEvent, Tag } from '../../src/event.ts';
import type { Clock } from '../../src/lib/clock.ts';
import type { Level, LogFields, Logger } from '../../src/log/logger.ts';
import { MetricsRegistry } from '../../src/metrics/metrics.ts';
import type { AgentView, Kind, Kinds, PluginContext, PluginDefinition, Router } from '../../src/plugin.ts';

/** A clock that stands still until it is told; its monotonic time goes along. */
export interface TestClock extends Clock {
  advance(ms: number): void;
}

export function testClock(startMs = Date.UTC(2022, 9, 3, 10)): TestClock {
  let now = startMs;
  const time = (): EventTime => ({ sec: Math.floor(now / 1000), nsec: (now % 1000) * 1_000_000 });
  return {
    now: () => now,
    time,
    monotonic: () => now - startMs,
    advance(ms) {
      now += ms;
    },
  };
}

export interface EmittedError {
  readonly tag: Tag;
  readonly event: LogEvent;
  readonly error: unknown;
}

/** Keeps what was emitted; settles acks as the core does, unless `hold` is set or `fail` throws. */
export interface TestRouter extends Router {
  readonly batches: EventBatch[];
  readonly errors: EmittedError[];
  hold: boolean;
  fail: Error | undefined;
  /** What emits answer: that they have to wait. */
  wait: Promise<void> | undefined;
}

export function testRouter(): TestRouter {
  const router: TestRouter = {
    batches: [],
    errors: [],
    hold: false,
    fail: undefined,
    wait: undefined,
    emit(batch) {
      if (router.fail) throw router.fail;
      router.batches.push(batch);
      if (!router.hold) batch.ack?.settle();
      return router.wait;
    },
    emitError(tag, event, error, ack?: Ack) {
      router.errors.push({ tag, event, error });
      ack?.settle();
    },
  };
  return router;
}

/** Back-pressure: what is emitted is taken, and nothing more is wanted until the function that this returns is called. */
export function letWait(router: TestRouter): () => void {
  let go!: () => void;
  router.wait = new Promise<void>((resolve) => (go = resolve));
  return () => {
    router.wait = undefined;
    go();
  };
}

export interface LogLine {
  readonly level: Level;
  readonly message: string;
  readonly fields: LogFields | undefined;
}

export interface TestLog extends Logger {
  readonly lines: LogLine[];
}

export function testLog(): TestLog {
  const lines: LogLine[] = [];
  const at = (level: Level) => (message: string, fields?: LogFields) => void lines.push({ level, message, fields });
  return {
    lines,
    level: 'trace',
    enabled: () => true,
    log: (level, message, fields) => at(level)(message, fields),
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
  };
}

export interface TestContext extends PluginContext {
  readonly clock: TestClock;
  readonly log: TestLog;
  readonly router: TestRouter;
  readonly metrics: MetricsRegistry;
  readonly labels: Map<string, TestRouter>;
  readonly problems: ConfigProblem[];
  readonly deferred: (() => unknown)[];
  /** Runs what was deferred, last first. */
  close(): Promise<void>;
}

/** An agent that runs nothing. */
const noAgent: AgentView = {
  startedAt: 0,
  configFile: 'test.conf',
  config: { name: 'ROOT', arg: '', at: { file: 'test.conf', line: 1, column: 1 }, params: new Map(), elements: [] },
  plugins: () => [],
  metrics: () => [],
  ledger: () => ({ inputs: [], filters: [], outputs: [], unmatched: 0, dumped: 0, ownLog: 0, imbalances: [] }),
  watch: () => () => {},
};

/** `shared` is what several contexts of one agent have in common. */
export function testContext(changes: { type?: string; kind?: Kind; clock?: TestClock; shared?: Map<string, unknown> } = {}): TestContext {
  const at = { file: 'test.conf', line: 1, column: 1 };
  const labels = new Map<string, TestRouter>();
  const shared = changes.shared ?? new Map<string, unknown>();
  const deferred: (() => unknown)[] = [];
  const problems: ConfigProblem[] = [];
  return {
    kind: changes.kind ?? 'filter',
    type: changes.type ?? 'test',
    id: 'object:1',
    configured: false,
    element: { name: 'filter', arg: '**', at, params: new Map(), elements: [] },
    log: testLog(),
    clock: changes.clock ?? testClock(),
    metrics: new MetricsRegistry(),
    system: { workers: 1, rootDir: undefined, hostname: 'test-host', filePermission: undefined, dirPermission: undefined },
    workerId: 0,
    router: testRouter(),
    buffered: false,
    chunkKeys: { tag: false, time: false, fields: [], timekey: undefined },
    labels,
    problems,
    deferred,
    label(name) {
      const router = labels.get(name) ?? testRouter();
      labels.set(name, router);
      return router;
    },
    create() {
      throw new Error('this context creates no inner plugins');
    },
    createOutput() {
      throw new Error('this context creates no outputs');
    },
    shared<T>(key: string, make: () => T): T {
      if (!shared.has(key)) shared.set(key, make());
      return shared.get(key) as T;
    },
    template: (_name, text) => ({ text, expand: () => text }),
    path: (configured) => configured,
    configuredPath: (path) => path,
    place: () => at,
    agent: noAgent,
    problem: (problem) => void problems.push(typeof problem === 'string' ? { message: problem } : problem),
    defer: (close) => void deferred.push(close),
    async close() {
      for (const close of deferred.splice(0).reverse()) await close();
    },
  };
}

/** The configuration object with what is given and the defaults of everything else. */
export function configOf<F extends Fields>(fields: F, given: Partial<Infer<F>> = {}): Infer<F> {
  const config: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    if (field.kind !== 'param') continue;
    const param = field as Param;
    if (!(name in given) && param.required) throw new ConfigError(`'${name}' parameter is required`);
    config[name] = param.default;
  }
  return { ...config, ...given } as Infer<F>;
}

/** Creates a plugin whose parameters are all plain ones. */
export function createPlugin<K extends Kind, F extends Fields>(
  definition: PluginDefinition<K, F>,
  given: Partial<Infer<F>>,
  context: PluginContext,
): Kinds[K] {
  return definition.create(configOf(definition.config, given), context);
}
