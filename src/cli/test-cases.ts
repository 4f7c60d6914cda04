/**
 * The file with test cases for a configuration (`logferry test`): YAML, read with the place of everything.
 *
 *   config: fluent.conf            # beside this file; -c wins
 *   env: {CLUSTER_NAME: demo}      # for all cases, as now, metadata, compare and label below
 *   cases:
 *     - name: a stack trace is one event
 *       now: 2024-05-14T10:00:00Z  # without it, the age of events is not looked at
 *       metadata: pods.json        # Kubernetes objects: a file, or the objects themselves
 *       compare: subset            # of records: subset (default), or exact
 *       input:
 *         - path: /var/log/app.log # a file that a tail source reads
 *           lines: [one, two]      # or a text
 *         - tag: app.web           # events, given to the rules of the top level or of a label
 *           label: '@NORMAL'
 *           time: 2024-05-14T09:59:00Z
 *           events: [{message: hello}, just a message]
 *       expect:                    # all that leaves: nothing else may, and the number of events counts
 *         - group: app             # of CloudWatch Logs
 *           stream: web
 *           events: [{log: hello}]
 *         - tag: app.web           # of any output: events as they come to it; output: ID where several get them
 *           events: [{message: hello, $time: 2024-05-14T09:59:00Z, $without: [secret]}, the whole text]
 *       lost: {unmatched-line: 1}  # by id as in the report of a dry run; what is not here must not happen
 */
import path from 'node:path';
import { isMap, isScalar, isSeq, type Document, type Node, type Pair, type YAMLMap } from 'yaml';
import { ConfigError, type Location } from '../errors.ts';
import { isHash, type LogRecord, type Value } from '../lib/value.ts';
import { YamlFile, type Entries } from './test-cases-yaml.ts';

export interface CaseFile {
  readonly file: string;
  /** The configuration that it names, relative to the working folder; undefined if it names none. */
  readonly config: string | undefined;
  readonly cases: readonly TestCase[];
  /** For `--update`. */
  readonly document: Document;
}

export interface TestCase {
  readonly name: string;
  readonly at: Location;
  /** Position in the file. */
  readonly index: number;
  readonly env: ReadonlyMap<string, string>;
  /** Milliseconds since 1970. */
  readonly nowMs: number | undefined;
  /** Kubernetes objects: a file, or JSON. */
  readonly metadata: { readonly file: string } | { readonly json: string } | undefined;
  readonly inputs: readonly CaseInput[];
  readonly expect: readonly Expectation[];
  readonly lost: ReadonlyMap<string, number>;
}

export type CaseInput =
  | { readonly kind: 'file'; readonly path: string; readonly text: string; readonly at: Location }
  | { readonly kind: 'events'; readonly tag: string; readonly label: string; readonly events: readonly { readonly timeMs: number | undefined; readonly record: LogRecord }[]; readonly at: Location };

/** Events that are expected at one place. */
export interface Expectation {
  readonly group: string | undefined;
  readonly stream: string | undefined;
  readonly tag: string | undefined;
  readonly output: string | undefined;
  readonly exact: boolean;
  readonly events: readonly ExpectedEvent[];
  readonly at: Location;
}

export interface ExpectedEvent {
  /** Fields; undefined if the whole text is given. */
  readonly record: LogRecord | undefined;
  readonly text: string | undefined;
  /** Milliseconds since 1970. */
  readonly timeMs: number | undefined;
  /** Fields that must not be there. */
  readonly without: readonly string[];
  readonly at: Location;
}

const SHARED = ['env', 'now', 'metadata', 'compare', 'label'] as const;
const TOP = ['config', 'cases', ...SHARED] as const;
const CASE = ['name', 'input', 'expect', 'lost', ...SHARED] as const;
const INPUT = ['path', 'lines', 'tag', 'label', 'time', 'events'] as const;
const EXPECT = ['group', 'stream', 'tag', 'output', 'compare', 'events'] as const;

/** Throws a ConfigError with every problem of the file. */
export function readCases(text: string, file: string): CaseFile {
  const yaml = new YamlFile(text, file);
  const read = readDocument(yaml);
  if (yaml.problems.length > 0) throw new ConfigError(yaml.problems);
  return read;
}

interface Shared {
  readonly env: ReadonlyMap<string, string>;
  readonly nowMs: number | undefined;
  readonly metadata: TestCase['metadata'];
  readonly exact: boolean;
  readonly label: string;
}

function readDocument(yaml: YamlFile): CaseFile {
  const { file } = yaml;
  const empty = { file, config: undefined, cases: [], document: yaml.document };
  if (yaml.problems.length > 0) return empty;
  const root = yaml.document.contents as Node | null;
  if (!root || !isMap(root)) {
    yaml.problem(root, 'expected a mapping with the key cases');
    return empty;
  }
  const entries = yaml.entries(root, TOP, 'a file of test cases');
  const shared = readShared(yaml, entries, { env: new Map(), nowMs: undefined, metadata: undefined, exact: false, label: '@ROOT' });
  const config = yaml.text(entries.get('config'), 'config');
  const cases = yaml.items(entries.get('cases'), 'cases', root).map((node, index) => readCase(yaml, node, index, shared)).filter((one) => one !== undefined);
  const names = new Set<string>();
  for (const { name, at } of cases) {
    if (names.has(name)) yaml.problems.push({ message: `there are two cases with the name '${name}'`, at });
    names.add(name);
  }
  return { file, config: config === undefined ? undefined : path.join(path.dirname(file), config), cases, document: yaml.document };
}

function readCase(yaml: YamlFile, node: Node, index: number, outer: Shared): TestCase | undefined {
  const entries = yaml.entries(node, CASE, 'a case');
  if (!isMap(node)) return undefined;
  const shared = readShared(yaml, entries, outer);
  const name = yaml.text(entries.get('name'), 'name');
  if (name === undefined) yaml.problem(node, 'a case needs a name');
  if (!entries.has('input')) yaml.problem(node, 'a case needs an input: a list with path and lines, or tag and events');
  if (!entries.has('expect')) yaml.problem(node, 'a case needs expect: a list of places and their events; [] if nothing leaves');
  return {
    name: name ?? '', at: yaml.at(node), index, env: shared.env, nowMs: shared.nowMs, metadata: shared.metadata,
    inputs: yaml.items(entries.get('input'), 'input').map((each) => readInput(yaml, each, shared)).filter((input) => input !== undefined),
    expect: yaml.items(entries.get('expect'), 'expect').map((each) => readExpectation(yaml, each, shared)).filter((one) => one !== undefined),
    lost: new Map([...yaml.map(entries.get('lost'), 'lost')].map(([id, count]) => {
      const value = yaml.value(count);
      if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) yaml.problem(count, `lost: expected how many, found ${JSON.stringify(yaml.plain(count))}`);
      return [id, Number(value)];
    })),
  };
}

function readShared(yaml: YamlFile, entries: Entries, outer: Shared): Shared {
  const env = new Map(outer.env);
  for (const [name, value] of yaml.map(entries.get('env'), 'env')) env.set(name, yaml.text(value, name) ?? '');
  const metadata = entries.get('metadata');
  const compare = entries.get('compare');
  const now = entries.get('now');
  const label = entries.get('label');
  return {
    env,
    nowMs: now ? yaml.time(now) : outer.nowMs,
    metadata: !metadata ? outer.metadata : isScalar(metadata) ? { file: path.join(path.dirname(yaml.file), String(metadata.value)) } : { json: JSON.stringify(yaml.plain(metadata)) },
    exact: compare ? readExact(yaml, compare) : outer.exact,
    label: label ? (yaml.text(label, 'label') ?? outer.label) : outer.label,
  };
}

function readInput(yaml: YamlFile, node: Node, shared: Shared): CaseInput | undefined {
  const entries = yaml.entries(node, INPUT, 'an input');
  if (!isMap(node)) return undefined;
  const at = yaml.at(node);
  const file = yaml.text(entries.get('path'), 'path');
  const tag = yaml.text(entries.get('tag'), 'tag');
  if ((file === undefined) === (tag === undefined)) {
    yaml.problem(node, 'an input has either path, for lines of a file, or tag, for events');
    return undefined;
  }
  if (file !== undefined) {
    for (const name of ['label', 'time', 'events']) if (entries.has(name)) yaml.problem(entries.get(name), `${name} belongs to an input with tag; one with path has lines`);
    if (!path.posix.isAbsolute(file)) yaml.problem(entries.get('path'), `path: expected an absolute path as the configuration has it, found ${file}`);
    const lines = entries.get('lines');
    if (!lines) yaml.problem(node, 'an input with path needs lines: a list, or a text');
    return { kind: 'file', path: file, text: readLines(yaml, lines), at };
  }
  if (entries.has('lines')) yaml.problem(entries.get('lines'), 'lines belong to an input with path; one with tag has events');
  const time = entries.get('time');
  const timeMs = time ? yaml.time(time) : undefined;
  const events = yaml.items(entries.get('events'), 'events', node).map((each) => {
    const { record, text, timeMs: own } = readEvent(yaml, each);
    return { timeMs: own ?? timeMs, record: record ?? new Map<string, Value>([['message', text ?? '']]) };
  });
  return { kind: 'events', tag: tag!, label: yaml.text(entries.get('label'), 'label') ?? shared.label, events, at };
}

function readLines(yaml: YamlFile, node: Node | undefined): string {
  if (!node) return '';
  if (isScalar(node)) {
    const text = String(node.value);
    return text === '' || text.endsWith('\n') ? text : `${text}\n`;
  }
  return yaml.items(node, 'lines').map((line) => `${yaml.text(line, 'lines') ?? ''}\n`).join('');
}

function readExpectation(yaml: YamlFile, node: Node, shared: Shared): Expectation | undefined {
  const entries = yaml.entries(node, EXPECT, 'an expectation');
  if (!isMap(node)) return undefined;
  const [group, stream, tag, output] = (['group', 'stream', 'tag', 'output'] as const).map((name) => yaml.text(entries.get(name), name));
  if (tag === undefined ? group === undefined && output === undefined : group !== undefined || stream !== undefined)
    yaml.problem(node, 'an expectation has group and stream, or tag');
  const compare = entries.get('compare');
  if (!entries.has('events')) yaml.problem(node, 'an expectation needs events');
  return {
    group, stream, tag, output, exact: compare ? readExact(yaml, compare) : shared.exact, at: yaml.at(node),
    events: yaml.items(entries.get('events'), 'events').map((each) => readEvent(yaml, each)),
  };
}

/** A record, with `$time` and `$without`, or a text. */
function readEvent(yaml: YamlFile, node: Node): ExpectedEvent {
  const at = yaml.at(node);
  const value = yaml.value(node);
  if (typeof value === 'string') return { record: undefined, text: value, timeMs: undefined, without: [], at };
  if (!isHash(value)) {
    yaml.problem(node, `expected a record or a text, found ${JSON.stringify(yaml.plain(node))}`);
    return { record: new Map(), text: undefined, timeMs: undefined, without: [], at };
  }
  const fields = new Map((node as YAMLMap).items.map(({ key, value: field }: Pair) => [String((key as { value?: unknown }).value), field as Node]));
  const record = new Map(value);
  record.delete('$time');
  record.delete('$without');
  const time = fields.get('$time');
  const without = fields.get('$without');
  const names = without === undefined ? [] : isSeq(without) ? yaml.items(without, '$without').map((each) => yaml.text(each, '$without') ?? '') : [yaml.text(without, '$without') ?? ''];
  return { record, text: undefined, timeMs: time ? yaml.time(time) : undefined, without: names, at };
}

function readExact(yaml: YamlFile, node: Node): boolean {
  const text = yaml.text(node, 'compare');
  if (text !== undefined && text !== 'exact' && text !== 'subset') yaml.problem(node, `compare: expected exact or subset, found '${text}'`);
  return text === 'exact';
}
