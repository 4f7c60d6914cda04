/** Elements -> graph: every plugin read, checked and created; nothing opened. */
import { dumpConfig } from '../config/dump.ts';
import type { ConfigElement } from '../config/element.ts';
import { sectionName, type ConfigReader } from '../config/schema.ts';
import { ConfigError, type ConfigProblem, type Location } from '../errors.ts';
import { suggest } from '../lib/suggest.ts';
import type { Filter, Kind, Output, PluginView, Router, Step } from '../plugin.ts';
import { LabelRouter, type RouterOptions, type Rule } from '../routing/label-router.ts';
import { compileMatchPattern, type MatchPattern } from '../routing/match-pattern.ts';
import { createInstance, type Environment, type Instance } from './context.ts';

/** What runs: instances in the order of the configuration, routers by label. */
export interface Graph {
  readonly inputs: readonly Instance<'input'>[];
  readonly filters: readonly Instance<'filter'>[];
  readonly outputs: readonly Instance<'output'>[];
  /** `@ROOT` is the top level. */
  readonly routers: ReadonlyMap<string, LabelRouter>;
  /** What goes through each input, filter and output, those of stores too. */
  readonly steps: readonly Step[];
  /** Every plugin, also those that others own. */
  readonly views: readonly PluginView[];
  /** Puts the graph's rules into its routers, all at once. */
  route(): void;
  /** Creates an output that no rule of its label leads to. Rejects with a ConfigError. */
  addOutput(element: ConfigElement, label: string): Promise<Instance<'output'>>;
}

export interface BuildOptions {
  readonly reader: ConfigReader;
  /** Everything in {@link Environment} but what the graph itself provides. */
  readonly env: Omit<Environment, 'label' | 'problems'>;
  readonly routerOptions: Omit<RouterOptions, 'errorRouter'>;
  readonly withoutSource: boolean;
  /** The graph that runs: its routers stay the same objects, and what the configuration has unchanged goes on. */
  readonly running?: Graph | undefined;
}

const ROOT = '@ROOT';
const SECTIONS = ['source', 'filter', 'match', 'label', 'worker', 'system'];

/** Throws a ConfigError with every problem of the configuration. */
export async function buildGraph(root: ConfigElement, options: BuildOptions): Promise<Graph> {
  const { reader, env } = options;
  const problems = reader.problems;
  const elements = flattenWorkers(root, env.workerId, env.system.workers, problems);
  const routers = new Map<string, LabelRouter>();
  const rules = new Map<LabelRouter, Rule[]>();
  const running = spares(options.running);
  const unmatched = env.observer?.unmatched?.bind(env.observer);
  const routerOptions: RouterOptions = { ...options.routerOptions, unmatched, errorRouter: () => routers.get('@ERROR') };
  const labels = readLabels(elements, problems);
  for (const name of [ROOT, ...labels.keys()]) {
    const router = options.running?.routers.get(name) ?? new LabelRouter(name, routerOptions);
    routers.set(name, router);
    rules.set(router, []);
  }

  const full: Environment = { ...env, problems, label: (name, at) => findRouter(routers, name, at) };
  const graph = { inputs: [] as Instance<'input'>[], filters: [] as Instance<'filter'>[], outputs: [] as Instance<'output'>[] };
  const ids = new Map<string, ConfigElement>();

  const make = async <K extends Kind>(kind: K, element: ConfigElement, router: LabelRouter): Promise<Instance<K> | undefined> => {
    const before = problems.length;
    const checked = await reader.plugin(kind, element);
    if (!checked) return undefined;
    const incomplete = problems.length > before;
    noteId(ids, checked.id, element, problems);
    if (checked.definition.singleWorker && env.system.workers > 1 && !inWorker.has(element))
      problems.push({ message: `Plugin '${checked.type}' does not support multi workers configuration`, at: element.at, hint: 'put it into a <worker N> section' });
    const key = `${router.name} ${dumpConfig(element)}`;
    return (running.get(key)?.shift() as Instance<K> | undefined) ?? createInstance(checked, router, full, { key, incomplete });
  };
  const inWorker = new Set(elements.filter((element) => element.inWorker).map(({ element }) => element));

  for (const { element } of elements) {
    if (element.name === 'filter' || element.name === 'match') await addRule(element, routers.get(ROOT)!, rules, make, graph, problems);
    else if (!SECTIONS.includes(element.name)) {
      const near = suggest(element.name, SECTIONS);
      reader.warnings.push({ message: `section <${element.name}> is not used at the top level`, at: element.at, hint: near && `did you mean <${near}>?` });
    }
  }
  for (const [name, label] of labels) {
    const router = routers.get(name)!;
    for (const element of label.elements) {
      if (element.name === 'filter' || element.name === 'match') await addRule(element, router, rules, make, graph, problems);
      else reader.warnings.push({ message: `section <${element.name}> is not used in <label ${name}>`, at: element.at });
    }
    if (!label.elements.some((element) => element.name === 'match'))
      problems.push({ message: `Missing <match> sections in <label ${name}> section`, at: label.at });
  }
  if (!options.withoutSource) {
    for (const { element } of elements) {
      if (element.name !== 'source') continue;
      const instance = await make('input', element, routers.get(ROOT)!);
      if (instance) graph.inputs.push(instance);
    }
  }
  for (const [name, value] of root.params) reader.warnings.push({ message: `parameter '${name}' in <ROOT> is not used.`, at: value.at });
  if (problems.length > 0) throw new ConfigError(distinct(problems));
  const instances = [...graph.inputs, ...graph.outputs, ...graph.filters];
  return {
    ...graph,
    routers,
    steps: instances.flatMap(({ steps }) => steps),
    views: instances.flatMap(({ views }) => views),
    route() {
      for (const [router, own] of rules) router.replace(own);
    },
    async addOutput(element, label) {
      const checked = await reader.plugin('output', element);
      // It shares nothing with the others: one that has the same files may have been added before, and have ended.
      const made = checked && createInstance(checked, routers.get(label)!, { ...full, shared: new Map() });
      if (!made) throw new ConfigError(distinct(problems));
      return made;
    },
  };
}

/** What runs, by what the configuration says of it; equal sections may be there more than once. */
function spares(graph: Graph | undefined): Map<string, Instance[]> {
  const found = new Map<string, Instance[]>();
  for (const instance of graph ? [...graph.inputs, ...graph.outputs, ...graph.filters] : []) {
    const same = found.get(instance.key);
    if (same) same.push(instance);
    else found.set(instance.key, [instance]);
  }
  return found;
}

type Make = <K extends Kind>(kind: K, element: ConfigElement, router: LabelRouter) => Promise<Instance<K> | undefined>;

async function addRule(
  element: ConfigElement,
  router: LabelRouter,
  rules: ReadonlyMap<LabelRouter, Rule[]>,
  make: Make,
  graph: { filters: Instance<'filter'>[]; outputs: Instance<'output'>[] },
  problems: ConfigProblem[],
): Promise<void> {
  let pattern: MatchPattern | undefined;
  try {
    pattern = compileMatchPattern(element.arg === '' ? '**' : element.arg);
  } catch (error) {
    problems.push({ message: `invalid pattern in ${sectionName(element)}: ${(error as Error).message}`, at: element.at });
  }
  if (element.name === 'filter') {
    const instance = await make('filter', element, router);
    if (!instance || !pattern) return;
    graph.filters.push(instance);
    rules.get(router)!.push({ pattern, filter: instance.step!.filter(instance.plugin as Filter) });
    return;
  }
  const instance = await make('output', element, router);
  if (!instance || !pattern) return;
  graph.outputs.push(instance);
  rules.get(router)!.push({ pattern, output: instance.step!.output(instance.output as Output) });
}

/** The sections at the top level, with those of this worker's `<worker>` sections. */
function flattenWorkers(root: ConfigElement, workerId: number, workers: number, problems: ConfigProblem[]) {
  const out: { element: ConfigElement; inWorker: boolean }[] = [];
  for (const element of root.elements) {
    if (element.name !== 'worker') {
      out.push({ element, inWorker: false });
      continue;
    }
    const ids = workerIds(element, workers, problems);
    for (const inner of element.elements) {
      if (inner.name === 'system' || inner.name === 'worker')
        problems.push({ message: `<worker> section cannot have <${inner.name}> section`, at: inner.at });
      else if (ids?.includes(workerId)) out.push({ element: inner, inWorker: true });
    }
  }
  return out;
}

/** `<worker 1>` or `<worker 0-2>`. */
function workerIds(element: ConfigElement, workers: number, problems: ConfigProblem[]): number[] | undefined {
  const match = /^(\d+)(?:-(\d+))?$/.exec(element.arg.trim());
  if (!match) {
    const found = element.arg === '' ? 'nothing' : `'${element.arg}'`;
    problems.push({ message: `Missing worker id on <worker> directive: expected a number or a range such as 0-2, found ${found}`, at: element.at });
    return undefined;
  }
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  const wrong = last < first ? `worker range ${element.arg} ends before it begins` : `worker id ${last} specified by <worker> directive is not allowed. Available worker id is between 0 and ${workers - 1}`;
  if (last < first || last >= workers) {
    problems.push({ message: wrong, at: element.at, hint: last < first ? undefined : `set <system> workers to ${last + 1} or more` });
    return undefined;
  }
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

function readLabels(elements: readonly { element: ConfigElement; inWorker: boolean }[], problems: ConfigProblem[]): Map<string, ConfigElement> {
  const labels = new Map<string, ConfigElement>();
  for (const { element } of elements) {
    if (element.name !== 'label') continue;
    const name = element.arg.trim();
    if (name === '') problems.push({ message: 'Missing symbol argument on <label> directive', at: element.at, hint: 'write <label @NAME>' });
    else if (name === ROOT) problems.push({ message: '@ROOT for <label> is not permitted, reserved for getting root router', at: element.at });
    else if (labels.has(name)) {
      const { line, file } = labels.get(name)!.at;
      problems.push({ message: `Section <label ${name}> appears twice`, at: element.at, hint: `the first one is in ${file}, line ${line}` });
    } else labels.set(name, element);
  }
  return labels;
}

function findRouter(routers: ReadonlyMap<string, LabelRouter>, name: string, at: Location | undefined): Router {
  const router = routers.get(name);
  if (router) return router;
  const near = suggest(name, routers.keys());
  throw new ConfigError(`${name} label not found`, at, near ? `did you mean ${near}?` : `there are: ${[...routers.keys()].join(', ')}`);
}

function noteId(ids: Map<string, ConfigElement>, id: string | undefined, element: ConfigElement, problems: ConfigProblem[]): void {
  if (id === undefined) return;
  const first = ids.get(id);
  if (!first) {
    ids.set(id, element);
    return;
  }
  problems.push({ message: `Duplicated plugin id \`${id}\`. Check whole configuration and fix it.`, at: element.params.get('@id')?.at ?? element.at, hint: `it is also used in ${first.at.file}, line ${first.at.line}` });
}

/** In the order of the file; a problem found in two ways (by a section and by its owner) is told once. */
function distinct(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const seen = new Set<string>();
  const inOrder = problems.toSorted((a, b) => (a.at?.file === b.at?.file ? (a.at?.line ?? 0) - (b.at?.line ?? 0) : 0));
  return inOrder.filter(({ message, at }) => {
    const key = `${at?.file}:${at?.line}:${at?.column}:${message}`;
    return !seen.has(key) && Boolean(seen.add(key));
  });
}
