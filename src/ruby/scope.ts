/** Which names are variables where, while an expression is parsed. */
import type { LocalNode } from './ast.ts';

export class Scope {
  readonly up: Scope | undefined;
  readonly names = new Map<string, number>();
  readonly #parameters = new Set<string>();
  slots = 0;
  /** Set by `next` and `break` within the block. */
  hasNext = false;
  hasBreak = false;
  readonly isLambda: boolean;
  /** Whether `it` and `_1` make parameters here: a block without parameters of its own. */
  implicit: boolean;
  /** How many of `_1`, `_2` were used; `it` counts as one. */
  implicitCount = 0;
  usesIt = false;

  constructor(up: Scope | undefined, isLambda = false, implicit = false) {
    this.up = up;
    this.isLambda = isLambda;
    this.implicit = implicit;
  }

  declare(name: string, parameter = false): number {
    const known = this.names.get(name);
    if (known !== undefined) return known;
    this.names.set(name, this.slots);
    if (parameter) this.#parameters.add(name);
    return this.slots++;
  }

  isParameter(name: string): boolean {
    return this.#parameters.has(name);
  }
}

/** The variable of that name, or undefined. */
export function findLocal(scope: Scope, name: string, at: number): LocalNode | undefined {
  let depth = 0;
  for (let s: Scope | undefined = scope; s; s = s.up, depth++) {
    const slot = s.names.get(name);
    if (slot !== undefined) return { kind: 'local', at, name, depth, slot, parameter: s.isParameter(name) };
  }
  return undefined;
}

/** The variable of that name, made in the innermost scope if there is none. */
export function declareLocal(scope: Scope, name: string, at: number): LocalNode {
  return findLocal(scope, name, at) ?? { kind: 'local', at, name, depth: 0, slot: scope.declare(name), parameter: false };
}
