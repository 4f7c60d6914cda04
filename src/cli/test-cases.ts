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
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node, type Pair, type YAMLMap } from 'yaml';
import { ConfigError, type ConfigProblem, type Location } from '../errors.ts';
import { suggest } from '../lib/suggest.ts';
import { Float, isHash, type LogRecord, type Value } from '../lib/value.ts';

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
  const reader = new CaseReader(text, file);
  const read = reader.read();
  if (reader.problems.length > 0) throw new ConfigError(reader.problems);
  return read;
}

interface Shared {
  readonly env: ReadonlyMap<string, string>;
  readonly nowMs: number | undefined;
  readonly metadata: TestCase['metadata'];
  readonly exact: boolean;
  readonly label: string;
}

type Entries = ReadonlyMap<string, Node>;

class CaseReader {
  readonly problems: ConfigProblem[] = [];
  readonly #file: string;
  readonly #lines = new LineCounter();
  readonly #document: Document.Parsed;

  constructor(text: string, file: string) {
    this.#file = file;
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, uniqueKeys: true });
    for (const { message, pos } of this.#document.errors) this.problems.push({ message: `invalid YAML: ${message}`, at: this.#place(pos[0]) });
  }

  read(): CaseFile {
    const file = this.#file;
    const empty = { file, config: undefined, cases: [], document: this.#document };
    if (this.problems.length > 0) return empty;
    const root = this.#document.contents as Node | null;
    if (!root || !isMap(root)) {
      this.#problem(root, 'expected a mapping with the key cases');
      return empty;
    }
    const entries = this.#entries(root, TOP, 'a file of test cases');
    const shared = this.#shared(entries, { env: new Map(), nowMs: undefined, metadata: undefined, exact: false, label: '@ROOT' });
    const config = this.#text(entries.get('config'), 'config');
    const cases = this.#items(entries.get('cases'), 'cases', root).map((node, index) => this.#case(node, index, shared)).filter((one) => one !== undefined);
    const names = new Set<string>();
    for (const { name, at } of cases) {
      if (names.has(name)) this.problems.push({ message: `there are two cases with the name '${name}'`, at });
      names.add(name);
    }
    return { file, config: config === undefined ? undefined : path.join(path.dirname(file), config), cases, document: this.#document };
  }

  #case(node: Node, index: number, outer: Shared): TestCase | undefined {
    const entries = this.#entries(node, CASE, 'a case');
    if (!isMap(node)) return undefined;
    const shared = this.#shared(entries, outer);
    const name = this.#text(entries.get('name'), 'name');
    if (name === undefined) this.#problem(node, 'a case needs a name');
    if (!entries.has('input')) this.#problem(node, 'a case needs an input: a list with path and lines, or tag and events');
    if (!entries.has('expect')) this.#problem(node, 'a case needs expect: a list of places and their events; [] if nothing leaves');
    return {
      name: name ?? '', at: this.#at(node), index, env: shared.env, nowMs: shared.nowMs, metadata: shared.metadata,
      inputs: this.#items(entries.get('input'), 'input').map((each) => this.#input(each, shared)).filter((input) => input !== undefined),
      expect: this.#items(entries.get('expect'), 'expect').map((each) => this.#expectation(each, shared)).filter((one) => one !== undefined),
      lost: new Map([...this.#map(entries.get('lost'), 'lost')].map(([id, count]) => {
        const value = this.#value(count);
        if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) this.#problem(count, `lost: expected how many, found ${JSON.stringify(this.#plain(count))}`);
        return [id, Number(value)];
      })),
    };
  }

  #shared(entries: Entries, outer: Shared): Shared {
    const env = new Map(outer.env);
    for (const [name, value] of this.#map(entries.get('env'), 'env')) env.set(name, this.#text(value, name) ?? '');
    const metadata = entries.get('metadata');
    const compare = entries.get('compare');
    const now = entries.get('now');
    const label = entries.get('label');
    return {
      env,
      nowMs: now ? this.#time(now) : outer.nowMs,
      metadata: !metadata ? outer.metadata : isScalar(metadata) ? { file: path.join(path.dirname(this.#file), String(metadata.value)) } : { json: JSON.stringify(this.#plain(metadata)) },
      exact: compare ? this.#isExact(compare) : outer.exact,
      label: label ? (this.#text(label, 'label') ?? outer.label) : outer.label,
    };
  }

  #input(node: Node, shared: Shared): CaseInput | undefined {
    const entries = this.#entries(node, INPUT, 'an input');
    if (!isMap(node)) return undefined;
    const at = this.#at(node);
    const file = this.#text(entries.get('path'), 'path');
    const tag = this.#text(entries.get('tag'), 'tag');
    if ((file === undefined) === (tag === undefined)) {
      this.#problem(node, 'an input has either path, for lines of a file, or tag, for events');
      return undefined;
    }
    if (file !== undefined) {
      for (const name of ['label', 'time', 'events']) if (entries.has(name)) this.#problem(entries.get(name), `${name} belongs to an input with tag; one with path has lines`);
      if (!path.posix.isAbsolute(file)) this.#problem(entries.get('path'), `path: expected an absolute path as the configuration has it, found ${file}`);
      const lines = entries.get('lines');
      if (!lines) this.#problem(node, 'an input with path needs lines: a list, or a text');
      return { kind: 'file', path: file, text: this.#lineText(lines), at };
    }
    if (entries.has('lines')) this.#problem(entries.get('lines'), 'lines belong to an input with path; one with tag has events');
    const time = entries.get('time');
    const timeMs = time ? this.#time(time) : undefined;
    const events = this.#items(entries.get('events'), 'events', node).map((each) => {
      const { record, text, timeMs: own } = this.#event(each);
      return { timeMs: own ?? timeMs, record: record ?? new Map<string, Value>([['message', text ?? '']]) };
    });
    return { kind: 'events', tag: tag!, label: this.#text(entries.get('label'), 'label') ?? shared.label, events, at };
  }

  #lineText(node: Node | undefined): string {
    if (!node) return '';
    if (isScalar(node)) {
      const text = String(node.value);
      return text === '' || text.endsWith('\n') ? text : `${text}\n`;
    }
    return this.#items(node, 'lines').map((line) => `${this.#text(line, 'lines') ?? ''}\n`).join('');
  }

  #expectation(node: Node, shared: Shared): Expectation | undefined {
    const entries = this.#entries(node, EXPECT, 'an expectation');
    if (!isMap(node)) return undefined;
    const [group, stream, tag, output] = (['group', 'stream', 'tag', 'output'] as const).map((name) => this.#text(entries.get(name), name));
    if (tag === undefined ? group === undefined && output === undefined : group !== undefined || stream !== undefined)
      this.#problem(node, 'an expectation has group and stream, or tag');
    const compare = entries.get('compare');
    if (!entries.has('events')) this.#problem(node, 'an expectation needs events');
    return {
      group, stream, tag, output, exact: compare ? this.#isExact(compare) : shared.exact, at: this.#at(node),
      events: this.#items(entries.get('events'), 'events').map((each) => this.#event(each)),
    };
  }

  /** A record, with `$time` and `$without`, or a text. */
  #event(node: Node): ExpectedEvent {
    const at = this.#at(node);
    const value = this.#value(node);
    if (typeof value === 'string') return { record: undefined, text: value, timeMs: undefined, without: [], at };
    if (!isHash(value)) {
      this.#problem(node, `expected a record or a text, found ${JSON.stringify(this.#plain(node))}`);
      return { record: new Map(), text: undefined, timeMs: undefined, without: [], at };
    }
    const fields = new Map((node as YAMLMap).items.map(({ key, value: field }: Pair) => [String((key as { value?: unknown }).value), field as Node]));
    const record = new Map(value);
    record.delete('$time');
    record.delete('$without');
    const time = fields.get('$time');
    const without = fields.get('$without');
    const names = without === undefined ? [] : isSeq(without) ? this.#items(without, '$without').map((each) => this.#text(each, '$without') ?? '') : [this.#text(without, '$without') ?? ''];
    return { record, text: undefined, timeMs: time ? this.#time(time) : undefined, without: names, at };
  }

  #isExact(node: Node): boolean {
    const text = this.#text(node, 'compare');
    if (text !== undefined && text !== 'exact' && text !== 'subset') this.#problem(node, `compare: expected exact or subset, found '${text}'`);
    return text === 'exact';
  }

  #time(node: Node): number | undefined {
    const text = String((node as { value?: unknown }).value);
    const ms = Date.parse(text);
    if (!Number.isNaN(ms) && /^\d{4}-/.test(text)) return ms;
    this.#problem(node, `expected a time such as 2024-05-14T10:00:00Z, found '${text}'`);
    return undefined;
  }

  /** The members of a mapping; unknown ones are problems. */
  #entries(node: Node, known: readonly string[], what: string): Entries {
    if (!isMap(node)) {
      this.#problem(node, `expected ${what}: a mapping with ${known.join(', ')}`);
      return new Map();
    }
    const found = new Map<string, Node>();
    for (const { key, value } of node.items as Pair<Node, Node | null>[]) {
      const name = String((key as { value?: unknown }).value);
      if (known.includes(name)) {
        if (value) found.set(name, value);
        continue;
      }
      const near = suggest(name, known);
      this.#problem(key, `${what} has no key '${name}'`, near ? `did you mean '${near}'?` : `it has ${known.join(', ')}`);
    }
    return found;
  }

  #map(node: Node | undefined, name: string): Map<string, Node> {
    const found = new Map<string, Node>();
    if (!node) return found;
    if (!isMap(node)) this.#problem(node, `${name}: expected a mapping`);
    else for (const { key, value } of node.items as Pair<Node, Node | null>[]) if (value) found.set(String((key as { value?: unknown }).value), value);
    return found;
  }

  #items(node: Node | undefined, name: string, owner?: Node): Node[] {
    if (!node) {
      if (owner) this.#problem(owner, `${name} is missing: expected a list`);
      return [];
    }
    if (isSeq(node)) return node.items as Node[];
    if (isScalar(node) && node.value === null) return [];
    this.#problem(node, `${name}: expected a list`);
    return [];
  }

  #text(node: Node | undefined, name: string): string | undefined {
    if (!node) return undefined;
    if (isScalar(node) && node.value !== null && typeof node.value !== 'object') return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
    this.#problem(node, `${name}: expected a text`);
    return undefined;
  }

  #value(node: Node): Value {
    return toValue(node.toJS(this.#document, { mapAsMap: true }), node);
  }

  #plain(node: Node): unknown {
    return node.toJS(this.#document);
  }

  #problem(node: Node | null | undefined, message: string, hint?: string): void {
    this.problems.push({ message, at: this.#at(node ?? undefined), hint });
  }

  #at(node: Node | undefined): Location {
    return this.#place(node?.range?.[0] ?? 0);
  }

  #place(offset: number): Location {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.#file, line: Math.max(1, line), column: Math.max(1, col) };
  }
}

/** What YAML gave as a record has it; `1.0` is a Float where the text shows it. */
function toValue(value: unknown, node?: Node): Value {
  if (value instanceof Map) return new Map([...value].map(([key, inner]) => [String(key), toValue(inner)]));
  if (Array.isArray(value)) return value.map((inner) => toValue(inner));
  if (typeof value === 'number' && node && isScalar(node) && /^[-+]?\d+\.0+$/.test(node.source ?? '')) return new Float(value);
  if (value === undefined) return null;
  return value as Value;
}
