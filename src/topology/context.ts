/** What each plugin is given: one context per instance, and the life cycle of what it owns. */
import { ConfigError, errorText, type ConfigProblem, type Location } from '../errors.ts';
import { placeOf, type CheckedPlugin } from '../config/schema.ts';
import type { Fields, OwnedPlugin } from '../config/params.ts';
import { secretsOf } from '../config/secrets.ts';
import type { Clock } from '../lib/clock.ts';
import type { AgentLog } from '../log/agent-log.ts';
import type { MetricsRegistry } from '../metrics/metrics.ts';
import type {
  AgentView, Awaitable, BufferedOutput, ChunkKeys, Kind, Kinds, Lifecycle, Observer, Output, PluginContext, PluginView, Router, Step, SystemSettings,
} from '../plugin.ts';
import { createStep, type CountedStep } from './steps.ts';
import type { LabelRouter } from '../routing/label-router.ts';
import { bufferOutput, chunkKeysOf, compileTemplate } from '../buffer/index.ts';

/** What all plugins of one agent share. */
export interface Environment {
  readonly log: AgentLog;
  readonly clock: Clock;
  readonly metrics: MetricsRegistry;
  readonly system: SystemSettings;
  readonly workerId: number;
  readonly problems: ConfigProblem[];
  readonly shared: Map<string, unknown>;
  readonly agent: AgentView;
  readonly observer?: Observer | undefined;
  /** Takes the place of outputs; then nothing of the graph is ever started (dry run). */
  readonly standIn?: StandIn | undefined;
  path(configured: string): string;
  configuredPath(actual: string): string;
  label(name: string, at: Location | undefined): Router;
}

/** Makes what an output's events are given to in its place; undefined: to itself. */
export type StandIn = (output: CheckedPlugin<'output'>, plugin: Output | BufferedOutput, context: PluginContext, step: Step) => Output | undefined;

/** A created plugin with everything that lives and dies with it. */
export interface Instance<K extends Kind = Kind> {
  readonly kind: K;
  readonly type: string;
  readonly id: string;
  readonly plugin: Kinds[K];
  /** An output's, with its buffer around it. */
  readonly output: Output | undefined;
  /** What inputs, filters and outputs do is counted here. */
  readonly step: CountedStep | undefined;
  /** Its own step, and those of its stores. */
  readonly steps: readonly Step[];
  /** The plugin and what it owns. */
  readonly views: readonly PluginView[];
  /** What the configuration says of it: equal keys mean that one can stand for the other. */
  readonly key: string;
  readonly context: PluginContext;
  /** In the order of starting: what it owns first. */
  readonly parts: readonly Lifecycle[];
  readonly deferred: (() => Awaitable<void>)[];
}

const NO_KEYS: ChunkKeys = { tag: false, time: false, fields: [], timekey: undefined };

let generated = 0;

/** Whose a plugin is: of none, a part of another plugin, or the output of a `<store>`. */
export interface Belonging {
  readonly key?: string;
  /** Values are missing that its declaration promises: what `create` stumbles over was told already. */
  readonly incomplete?: boolean;
  /** The context of whoever has it as a part. */
  readonly owner?: PluginContext;
  /** The step of the output that has it as a `<store>`. */
  readonly store?: CountedStep | undefined;
}

/** Creates a plugin and, through it, all that it owns. Opens nothing. Problems go to the environment. */
export function createInstance<K extends Kind>(
  checked: CheckedPlugin<K>,
  router: Router,
  env: Environment,
  { key = '', incomplete = false, owner, store }: Belonging = {},
): Instance<K> | undefined {
  // What a plugin owns goes by its owner's name: a storage's file, for one.
  const id = checked.id ?? owner?.id ?? `object:${(++generated).toString(16)}`;
  const parts: Lifecycle[] = [];
  const deferred: (() => Awaitable<void>)[] = [];
  const steps: Step[] = [];
  const views: PluginView[] = [];
  const own = (inner: Instance): void => {
    parts.push(...inner.parts);
    deferred.push(...inner.deferred);
    steps.push(...inner.steps);
    views.push(...inner.views);
  };
  // A secondary gets the chunks of its owner.
  const keys = checked.buffer ? chunkKeysOf(checked.buffer) : owner && checked.kind === 'output' ? owner.chunkKeys : NO_KEYS;
  const named = checked.id !== undefined || checked.logLevel !== undefined;
  const log = owner && !named ? owner.log : env.log.forPlugin({ id, named: checked.id !== undefined, level: checked.logLevel });

  const labels = { plugin_id: owner ? owner.id : id, type: owner ? owner.type : checked.type };
  const metrics = env.metrics.labelled(labels, (series) => deferred.push(() => series.end()));
  const step = owner ? undefined : stepOf(checked, id, router, metrics, env, store);
  const place = checked.label !== undefined && checked.type !== 'relabel' ? env.label(checked.label, checked.element.params.get('@label')?.at) : router;

  const context: PluginContext = {
    kind: checked.kind,
    type: checked.type,
    id,
    configured: checked.id !== undefined || owner?.configured === true,
    element: checked.element,
    log,
    clock: env.clock,
    metrics,
    system: env.system,
    workerId: env.workerId,
    router: step ? step.router(place) : place,
    buffered: checked.buffer !== undefined,
    chunkKeys: keys,
    label: (name, at) => {
      const found = env.label(name, at ?? checked.element.at);
      return step ? step.router(found) : found;
    },
    create: (owned) => {
      // Absent if it could not be read: that was told already.
      const inner = owned && createInstance(owned as OwnedPlugin<Kind> as CheckedPlugin, context.router, env, { owner: context });
      if (!inner) throw new ConfigError([]);
      own(inner);
      return inner.plugin as never;
    },
    createOutput: (owned) => {
      // Absent if it could not be read: that was told already.
      const inner = owned && createInstance(owned as OwnedPlugin<'output'> as CheckedPlugin<'output'>, router, env, { store: step });
      if (!inner?.output || !inner.step) throw new ConfigError([]);
      own(inner);
      return inner.step.output(inner.output);
    },
    shared: (key, make) => {
      if (!env.shared.has(key)) env.shared.set(key, make());
      return env.shared.get(key) as ReturnType<typeof make>;
    },
    template: (name, text, options) => compileTemplate(name, text, { ...options, keys, place: placeOf(checked.config, name), log }),
    path: env.path,
    configuredPath: env.configuredPath,
    place: (param) => placeOf(checked.config, param),
    problem: (problem) => {
      env.problems.push(typeof problem === 'string' ? { message: problem, at: checked.element.at } : problem);
    },
    dryRun: env.standIn !== undefined,
    agent: env.agent,
    defer: (close) => {
      deferred.push(close);
    },
  };

  try {
    const plugin = checked.definition.create(checked.config, context) as Kinds[K];
    expectPlugin(checked, plugin);
    let output: Output | undefined;
    if (checked.kind === 'output') {
      const made: Output = checked.buffer ? bufferOutput(plugin as BufferedOutput, checked.buffer, context, checked.config) : (plugin as Output);
      // The buffer starts and stops its output, storage and secondary with itself.
      parts.push(made);
      output = (step && env.standIn?.(checked as CheckedPlugin<'output'>, plugin as Output | BufferedOutput, context, step)) ?? made;
    } else parts.push(plugin as Lifecycle);
    if (step) steps.unshift(step);
    views.unshift({
      id, configured: checked.id !== undefined, kind: checked.kind, type: checked.type, element: checked.element, plugin, buffered: checked.buffer !== undefined, step,
      secrets: secretsOf(checked.definition.config as Fields),
      statistics: () => (output as { statistics?: () => Readonly<Record<string, unknown>> } | undefined)?.statistics?.(),
    });
    return { kind: checked.kind, type: checked.type, id, plugin, output, step, context, parts, deferred, steps, views, key };
  } catch (error) {
    const location = checked.element.at;
    if (error instanceof ConfigError) {
      for (const problem of error.problems) env.problems.push({ ...problem, at: problem.at ?? location });
    } else if (!incomplete) env.problems.push({ message: `${checked.kind} plugin '${checked.type}': ${errorText(error)}`, at: location });
    return undefined;
  }
}

/** What a plugin of each kind cannot do without; of outputs one of two. */
const METHODS: Readonly<Record<Kind, readonly string[]>> = {
  input: [], filter: ['filter'], output: ['emit', 'write'], parser: ['parse', 'parseBytes'], formatter: ['format'], buffer: ['create'], storage: ['get'], service_discovery: ['services'],
};

/** Throws if what `create` gave cannot be a plugin of its kind: a mistake of whoever wrote it, told at the start. */
function expectPlugin({ kind, type }: CheckedPlugin, made: unknown): void {
  if (made instanceof Promise) throw new Error(`create of ${kind} plugin '${type}' gave a promise: it has to give the plugin at once, and to open things in start()`);
  const wanted = METHODS[kind];
  const has = (name: string): boolean => typeof (made as Readonly<Record<string, unknown>>)[name] === 'function';
  if (typeof made === 'object' && made !== null && (wanted.length === 0 || wanted.some(has))) return;
  throw new Error(`create gave ${made === null || typeof made !== 'object' ? String(made) : 'an object'}: expected one with ${wanted.length > 0 ? wanted.map((name) => `${name}()`).join(' or ') : 'start()'}`);
}

/** Undefined for what is a part of another plugin: a parser, a storage, ... */
function stepOf(
  { kind, type, id: given, element }: CheckedPlugin,
  id: string,
  router: Router,
  metrics: PluginContext['metrics'],
  env: Environment,
  owner: CountedStep | undefined,
): CountedStep | undefined {
  if (kind !== 'input' && kind !== 'filter' && kind !== 'output') return undefined;
  const pattern = element.name === 'filter' || element.name === 'match' ? element.arg || '**' : undefined;
  const label = (router as Partial<LabelRouter>).name ?? '';
  return createStep({ kind, type, id, configured: given !== undefined, label, pattern, at: element.at, owner }, metrics, env.observer, env.system.countSizes);
}
