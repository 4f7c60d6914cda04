/** The syntax tree of an expression. `at` is an index into the source. */
import type { RubyValue } from './values.ts';

export type Node = { readonly at: number } & (
  | { readonly kind: 'literal'; readonly value: RubyValue }
  | { readonly kind: 'self' }
  | { readonly kind: 'text'; readonly parts: readonly NodePart[] }
  | { readonly kind: 'symbol'; readonly parts: readonly NodePart[] }
  | { readonly kind: 'regexp'; readonly parts: readonly NodePart[]; readonly options: string; readonly names: readonly LocalPlace[] }
  | { readonly kind: 'array'; readonly items: readonly Node[] }
  | { readonly kind: 'hash'; readonly pairs: readonly Pair[] }
  | { readonly kind: 'range'; readonly first: Node; readonly last: Node; readonly exclusive: boolean }
  | LocalNode
  | { readonly kind: 'state'; readonly name: string }
  | { readonly kind: 'global'; readonly name: string }
  | { readonly kind: 'constant'; readonly path: string }
  | CallNode
  | { readonly kind: 'assign'; readonly target: Target; readonly value: Node }
  | { readonly kind: 'assignOperator'; readonly target: Target; readonly operator: string; readonly value: Node }
  | { readonly kind: 'assignMany'; readonly targets: Targets; readonly value: Node }
  | { readonly kind: 'and' | 'or'; readonly left: Node; readonly right: Node }
  | { readonly kind: 'not'; readonly value: Node }
  | { readonly kind: 'if'; readonly condition: Node; readonly yes: Node; readonly no: Node }
  | { readonly kind: 'case'; readonly subject: Node | undefined; readonly branches: readonly Branch[]; readonly otherwise: Node }
  | BeginNode
  | { readonly kind: 'sequence'; readonly nodes: readonly Node[] }
  | { readonly kind: 'lambda'; readonly block: BlockNode; /** False for `proc`: arguments are not counted. */ readonly strict: boolean }
  | { readonly kind: 'next' | 'break' | 'return'; readonly value: Node }
  | { readonly kind: 'splat' | 'doubleSplat' | 'blockPass'; readonly value: Node }
  | { readonly kind: 'defined'; readonly value: Node }
);

export type NodePart = string | Node;

/** A pair of a hash literal; without a key it is `**value`. */
export interface Pair {
  readonly key: Node | undefined;
  readonly value: Node;
}

/** Which variable: how many blocks outwards, and its number there. */
interface LocalPlace {
  readonly name: string;
  readonly depth: number;
  readonly slot: number;
}

export interface LocalNode extends LocalPlace {
  readonly kind: 'local';
  readonly at: number;
  /** Whether it is a parameter of a block: texts in it belong to whoever called the block. */
  readonly parameter: boolean;
}

export interface CallNode {
  readonly kind: 'call';
  readonly at: number;
  /** Undefined for functions such as `format`. */
  readonly receiver: Node | undefined;
  readonly name: string;
  readonly args: readonly Node[];
  readonly block: BlockNode | undefined;
  /** `&.` */
  readonly safe: boolean;
  /** A bare name that could be a variable: for the message if it is nothing. */
  readonly bare: boolean;
}

interface BeginNode {
  readonly kind: 'begin';
  readonly at: number;
  readonly body: Node;
  readonly rescues: readonly Rescue[];
  readonly otherwise: Node | undefined;
  readonly ensure: Node | undefined;
}

export interface Rescue {
  /** Empty for StandardError. */
  readonly classes: readonly Node[];
  readonly target: Target | undefined;
  readonly body: Node;
}

export interface Branch {
  readonly tests: readonly Node[];
  readonly body: Node;
}

export type Target =
  | LocalNode
  | { readonly kind: 'state'; readonly at: number; readonly name: string }
  | { readonly kind: 'index'; readonly at: number; readonly receiver: Node; readonly args: readonly Node[] };

/** Targets of `a, (b, *c) = ...` and parameters of blocks. */
export interface Targets {
  readonly items: readonly (Target | Targets)[];
  /** Index of the item that takes the rest, -1 if none does. */
  readonly rest: number;
}

export interface BlockNode {
  readonly at: number;
  readonly parameters: Targets;
  /** Default values of the parameters at the same index. */
  readonly defaults: readonly (Node | undefined)[];
  /** `|a, |`: takes one item of an array although there is one parameter. */
  readonly spreads: boolean;
  readonly body: Node;
  readonly slots: number;
  readonly hasNext: boolean;
  readonly hasBreak: boolean;
}

/** A node for nil, for what is left out. */
export function nilNode(at: number): Node {
  return { kind: 'literal', at, value: null };
}
