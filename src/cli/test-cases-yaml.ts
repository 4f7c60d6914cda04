/** A file of YAML, read with the place of everything: each problem names its line and column. */
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node, type Pair } from 'yaml';
import type { ConfigProblem, Location } from '../errors.ts';
import { suggest } from '../lib/suggest.ts';
import { Float, type Value } from '../lib/value.ts';

/** The members of a mapping, by name. */
export type Entries = ReadonlyMap<string, Node>;

/** Collects what is wrong with the file, instead of throwing; what was expected is empty or undefined then. */
export class YamlFile {
  readonly file: string;
  readonly document: Document.Parsed;
  readonly problems: ConfigProblem[] = [];
  readonly #lines = new LineCounter();

  constructor(text: string, file: string) {
    this.file = file;
    this.document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, uniqueKeys: true });
    for (const { message, pos } of this.document.errors) this.problems.push({ message: `invalid YAML: ${message}`, at: this.#place(pos[0]) });
  }

  /** A time as text, in milliseconds since 1970; undefined, and a problem, if it is none. */
  time(node: Node): number | undefined {
    const text = String((node as { value?: unknown }).value);
    const ms = Date.parse(text);
    if (!Number.isNaN(ms) && /^\d{4}-/.test(text)) return ms;
    this.problem(node, `expected a time such as 2024-05-14T10:00:00Z, found '${text}'`);
    return undefined;
  }

  /** The members of a mapping; unknown ones are problems. */
  entries(node: Node, known: readonly string[], what: string): Entries {
    if (!isMap(node)) {
      this.problem(node, `expected ${what}: a mapping with ${known.join(', ')}`);
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
      this.problem(key, `${what} has no key '${name}'`, near ? `did you mean '${near}'?` : `it has ${known.join(', ')}`);
    }
    return found;
  }

  /** The members of a mapping that may have any names; none if it is absent. */
  map(node: Node | undefined, name: string): Map<string, Node> {
    const found = new Map<string, Node>();
    if (!node) return found;
    if (!isMap(node)) this.problem(node, `${name}: expected a mapping`);
    else for (const { key, value } of node.items as Pair<Node, Node | null>[]) if (value) found.set(String((key as { value?: unknown }).value), value);
    return found;
  }

  /** The members of a list; an absent one is a problem of its owner, if that is given. */
  items(node: Node | undefined, name: string, owner?: Node): Node[] {
    if (!node) {
      if (owner) this.problem(owner, `${name} is missing: expected a list`);
      return [];
    }
    if (isSeq(node)) return node.items as Node[];
    if (isScalar(node) && node.value === null) return [];
    this.problem(node, `${name}: expected a list`);
    return [];
  }

  /** A scalar as text; a number as it is written, such as `1.0`. */
  text(node: Node | undefined, name: string): string | undefined {
    if (!node) return undefined;
    if (isScalar(node) && node.value !== null && typeof node.value !== 'object') return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
    this.problem(node, `${name}: expected a text`);
    return undefined;
  }

  /** As the value of a record. */
  value(node: Node): Value {
    return toValue(node.toJS(this.document, { mapAsMap: true }), node);
  }

  /** As plain objects and arrays, for messages. */
  plain(node: Node): unknown {
    return node.toJS(this.document);
  }

  problem(node: Node | null | undefined, message: string, hint?: string): void {
    this.problems.push({ message, at: this.at(node ?? undefined), hint });
  }

  at(node: Node | undefined): Location {
    return this.#place(node?.range?.[0] ?? 0);
  }

  #place(offset: number): Location {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.file, line: Math.max(1, line), column: Math.max(1, col) };
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
