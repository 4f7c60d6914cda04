/** What of a configuration works here, differs, or is missing: without running or writing anything. */
import { hostname } from 'node:os';
import { describePlugin } from '../config/describe.ts';
import type { ConfigElement } from '../config/element.ts';
import { readConfig } from '../config/read.ts';
import { ConfigReader, sectionName, type CheckedPlugin } from '../config/schema.ts';
import { findSystem, systemFields } from '../config/system.ts';
import { createEnvironment, type MissingVariable } from '../dry-run/index.ts';
import { ConfigError, errorText, type ConfigProblem, type Location } from '../errors.ts';
import { systemClock } from '../lib/clock.ts';
import { AgentLog } from '../log/agent-log.ts';
import { computeLedger } from '../metrics/ledger.ts';
import { MetricsRegistry } from '../metrics/metrics.ts';
import type { Kind } from '../plugin.ts';
import type { Registry } from '../registry.ts';
import { buildGraph } from '../topology/build.ts';
import { adviceFor } from './reference-advice.ts';
import { BUFFER_DIFFERENCES, DIFFERENCES, MEMORY_BUFFER_DIFFERENCES, SYSTEM_DIFFERENCES, type Difference } from './reference-differences.ts';

export type FindingLevel = 'missing' | 'differs' | 'note';

/** One thing that somebody who goes over should know. */
export interface Finding {
  readonly level: FindingLevel;
  /** What it is about: `output elasticsearch`, `Ruby`, `syntax`, `configuration`, ... */
  readonly construct: string;
  readonly message: string;
  readonly at?: Location | undefined;
  /** What to do about it. */
  readonly todo?: string | undefined;
  /** Of a difference: what arrives may be another thing. */
  readonly attention?: true;
}

/** A plugin that the configuration uses, and in how many places. */
export interface UsedPlugin {
  readonly kind: Kind;
  readonly type: string;
  readonly count: number;
  readonly state: 'works' | 'differs' | 'missing';
}

export interface CompatReport {
  readonly file: string;
  readonly verdict: 'works' | 'differs' | 'missing';
  readonly plugins: readonly UsedPlugin[];
  readonly findings: readonly Finding[];
  /** Environment variables that are not set. */
  readonly variables: readonly MissingVariable[];
}

export interface CompatScene {
  readonly configFile: string;
  readonly configFileType?: 'v1' | 'yaml' | 'guess' | undefined;
  readonly registry: Registry;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Stands for what depends on a variable that is not set. */
const STAND_IN = 'missing';
/** An expression that says itself what is to be where a variable is missing. */
const HAS_DEFAULT = /\|\||[?,]/;
const UNKNOWN_PLUGIN = /^Unknown (\w+) plugin '(.*)'$/s;
const NOT_USED = /^(?:parameter '|section <)/;
/** Parameters that are accepted and say so. */
const NO_EFFECT = /^(?:Accepted\b|Has no meaning)/;

/** Reads, checks and creates all of the configuration, and gives everything that was found. */
export async function examine(scene: CompatScene): Promise<CompatReport> {
  const found = new Findings();
  const world = createWorld(scene.env, found);
  const root = readConfig(scene.configFile, {
    configFileType: scene.configFileType,
    evaluate: world.evaluate,
    warn: (message, at) => found.add({ level: 'note', construct: message.startsWith('no file matches') ? 'include' : 'configuration', message, at }),
    onProblem: (problem) => found.problem(problem, 'syntax', world),
  });
  const workers = await examineSystem(root, scene.registry, found, world);
  const used = new Map<string, { kind: Kind; type: string; elements: Set<string> }>();
  for (let workerId = 0; workerId < workers; workerId++) {
    const plugins: CheckedPlugin[] = [];
    const reader = new ConfigReader({ registry: scene.registry, strict: false, onPlugin: (plugin) => void plugins.push(plugin) });
    for (const problem of await problemsOf(root, reader, workers, workerId, found)) found.problem(problem, 'configuration', world);
    for (const warning of reader.warnings) {
      found.add({ level: 'note', construct: NOT_USED.test(warning.message) ? 'unused' : 'configuration', message: warning.message, at: warning.at, todo: warning.hint });
    }
    for (const plugin of plugins) {
      note(used, plugin.kind, plugin.type, plugin.element.at);
      differencesOf(plugin, found);
    }
  }
  for (const { kind, type, at } of found.unknown) note(used, kind, type, at);
  const plugins = [...used.values()].map(({ kind, type, elements }): UsedPlugin => ({ kind, type, count: elements.size, state: found.stateOf(kind, type) }));
  const findings = found.all();
  const verdict = findings.some(({ level }) => level === 'missing') ? 'missing' : findings.some(({ attention }) => attention) ? 'differs' : 'works';
  return { file: scene.configFile, verdict, plugins, findings, variables: world.missing() };
}

/** Findings, each once, in the order of the files. */
class Findings {
  readonly #found = new Map<string, Finding>();
  readonly unknown: { kind: Kind; type: string; at: Location | undefined }[] = [];

  add(finding: Finding): void {
    const { at } = finding;
    const key = `${finding.level} ${finding.construct} ${at?.file}:${at?.line} ${finding.message}`;
    if (!this.#found.has(key)) this.#found.set(key, finding);
  }

  /** Something that Fluentd would refuse, or that we do not have. What depends on a variable that is not set says nothing. */
  problem({ message, at, hint }: ConfigProblem, what: 'syntax' | 'configuration', world: World): void {
    if (at && world.isUnresolved(at)) return;
    const [, kind, type] = UNKNOWN_PLUGIN.exec(message) ?? [];
    if (kind !== undefined && type !== undefined) {
      const key = `${kind} ${type}`;
      this.unknown.push({ kind: kind as Kind, type, at });
      this.add({ level: 'missing', construct: key, message: `there is no ${kind.replaceAll('_', ' ')} plugin '${type}'`, at, todo: adviceFor(kind as Kind, type) });
      return;
    }
    const isRuby = /^Ruby in |^"#\{/.test(message);
    this.add({ level: 'missing', construct: isRuby ? 'Ruby' : what, message, at, todo: hint });
  }

  stateOf(kind: Kind, type: string): UsedPlugin['state'] {
    const own = [...this.#found.values()].filter(({ construct }) => construct === `${kind} ${type}`);
    if (own.some(({ level }) => level === 'missing')) return 'missing';
    return own.some(({ level }) => level === 'differs') ? 'differs' : 'works';
  }

  all(): Finding[] {
    return [...this.#found.values()].sort((a, b) => compareText(a.at?.file ?? '', b.at?.file ?? '') || (a.at?.line ?? 0) - (b.at?.line ?? 0));
  }
}

interface World {
  evaluate(source: string, at: Location): unknown;
  isUnresolved(at: Location): boolean;
  missing(): readonly MissingVariable[];
}

/** Evaluates `"#{...}"`: what cannot be is told, and something stands for it. */
function createWorld(env: CompatScene['env'], found: Findings): World {
  const unresolved = new Set<string>();
  let asked = false;
  const watched = new Proxy(env, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver);
      if (value === undefined && typeof name === 'string') asked = true;
      return value;
    },
    has(target, name) {
      const there = Reflect.has(target, name);
      if (!there) asked = true;
      return there;
    },
    getOwnPropertyDescriptor(target, name) {
      const own = Reflect.getOwnPropertyDescriptor(target, name);
      if (!own) asked = true;
      return own;
    },
  });
  const environment = createEnvironment(watched);
  const place = ({ file, line }: Location): string => `${file}:${line}`;
  const world: World = {
    evaluate(source, at) {
      asked = false;
      try {
        const value = environment.evaluate(source, at);
        if (!asked || typeof value === 'symbol') return value;
        if (value !== '' && value !== STAND_IN) return value;
        unresolved.add(place(at));
        return value === '' && HAS_DEFAULT.test(source) ? value : STAND_IN;
      } catch (error) {
        const problems = error instanceof ConfigError ? error.problems : [{ message: `"#{${source}}": ${errorText(error)}`, at }];
        for (const problem of problems) found.add({ level: 'missing', construct: 'Ruby', message: problem.message, at: problem.at ?? at, todo: problem.hint });
        unresolved.add(place(at));
        return STAND_IN;
      }
    },
    isUnresolved: (at) => unresolved.has(place(at)),
    missing: () => environment.missing(),
  };
  return world;
}

/** Gives the number of workers. */
async function examineSystem(root: ConfigElement, registry: Registry, found: Findings, world: World): Promise<number> {
  const reader = new ConfigReader({ registry, strict: false });
  const element = findSystem(root);
  const system = await reader.fields(element, systemFields, { label: '<system>' });
  for (const problem of reader.problems) found.problem(problem, 'configuration', world);
  for (const { message, at, hint } of reader.warnings) found.add({ level: 'note', construct: 'unused', message, at, todo: hint });
  const { names, places } = written(element);
  for (const difference of SYSTEM_DIFFERENCES) addDifference(difference, 'system', '<system>', names, places, element.at, found);
  const { workers } = system;
  return typeof workers === 'number' && workers > 1 ? workers : 1;
}

/** Creates everything, as for a start, and gives what is wrong. Sentences of plugins go to the findings. */
async function problemsOf(root: ConfigElement, reader: ConfigReader, workers: number, workerId: number, found: Findings): Promise<readonly ConfigProblem[]> {
  const log = new AgentLog({
    level: 'warn', format: 'text', formatTime: () => '', clock: systemClock, workerId,
    write: (line) => found.add({ level: 'note', construct: 'plugin', message: line.replace(/^ \[\w+\]: #\d+ /, '').trimEnd() }),
  });
  const metrics = new MetricsRegistry();
  try {
    await buildGraph(root, {
      reader,
      env: {
        log, clock: systemClock, metrics, workerId, shared: new Map<string, unknown>([['standard-output', () => {}]]),
        system: { workers, rootDir: findSystem(root).params.get('root_dir')?.text, hostname: hostname(), filePermission: undefined, dirPermission: undefined },
        agent: {
          startedAt: 0, configFile: '', config: root, plugins: () => [], metrics: () => metrics.read(), ledger: () => computeLedger([], [], metrics.read()), watch: () => () => {},
        },
        standIn: () => undefined,
        path: (configured) => configured,
        configuredPath: (actual) => actual,
      },
      routerOptions: { log, now: () => systemClock.monotonic() },
      withoutSource: false,
    });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    return [{ message: errorText(error) }];
  }
}

function note(used: Map<string, { kind: Kind; type: string; elements: Set<string> }>, kind: Kind, type: string, at: Location | undefined): void {
  const key = `${kind}/${type}`;
  const entry = used.get(key) ?? { kind, type, elements: new Set<string>() };
  entry.elements.add(`${at?.file}:${at?.line}`);
  used.set(key, entry);
}

/** Where this plugin, as it is written here, does something else than Fluentd's. */
function differencesOf({ kind, type, element, buffer, definition }: CheckedPlugin, found: Findings): void {
  const construct = `${kind} ${type}`;
  const { names, places } = written(element);
  const own = [...(DIFFERENCES[`${kind}/${type}`] ?? []), ...(buffer ? BUFFER_DIFFERENCES : []), ...(buffer?.storage.type === 'memory' ? MEMORY_BUFFER_DIFFERENCES : [])];
  for (const difference of own) addDifference(difference, construct, sectionName(element), names, places, element.at, found);
  for (const { name, doc } of describePlugin(definition).parameters) {
    const value = element.params.get(name);
    if (value && NO_EFFECT.test(doc)) found.add({ level: 'note', construct: 'no effect', message: `parameter '${name}' of ${construct}: ${doc}`, at: value.at });
  }
}

function addDifference(
  { parameters, value, fluentd, here, attention }: Difference,
  construct: string,
  section: string,
  names: ReadonlyMap<string, string>,
  places: ReadonlyMap<string, Location>,
  at: Location,
  found: Findings,
): void {
  const written = parameters?.find((name) => names.has(name) && (value === undefined || names.get(name) === value));
  if (parameters && written === undefined) return;
  const what = written === undefined ? section : `${written} in ${section}`;
  found.add({ level: 'differs', construct, message: `${what}: Fluentd: ${fluentd} Here: ${here}`, at: (written !== undefined && places.get(written)) || at, ...(attention && { attention }) });
}

/** Names of parameters and sections in a section and in those below it, with their values and places. */
function written(element: ConfigElement): { readonly names: Map<string, string>; readonly places: Map<string, Location> } {
  const names = new Map<string, string>();
  const places = new Map<string, Location>();
  const visit = (one: ConfigElement): void => {
    for (const [name, value] of one.params) {
      names.set(name, value.text);
      places.set(name, value.at);
    }
    for (const child of one.elements) {
      names.set(child.name, '');
      places.set(child.name, child.at);
      visit(child);
    }
  };
  visit(element);
  return { names, places };
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
