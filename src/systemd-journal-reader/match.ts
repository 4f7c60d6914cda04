/**
 * Which entries are wanted: `NAME=value` terms, as sd_journal_add_match and its companions join them.
 *
 * AND of ( OR of ( AND of ( OR of values of one field ))): a conjunction starts a new outermost term,
 * a disjunction a new group in it.
 */

/** Values of one field, as `NAME=value` bytes: one of them is wanted. */
export type FieldTerm = readonly Buffer[];
/** Terms of different fields: all are wanted. */
export type GroupTerm = readonly FieldTerm[];
/** Groups: one is wanted. */
export type AlternativeTerm = readonly GroupTerm[];
/** All are wanted; without any, all entries are. */
export type MatchExpression = readonly AlternativeTerm[];

/** A match that can never be meant. */
export class InvalidMatchError extends Error {
  override name = 'InvalidMatchError';
}

const VALID = /^(?!__)[A-Z0-9_]+=/;

/** Builds an expression step by step. */
export class MatchBuilder {
  #terms: Map<string, Buffer[]>[][] = [[]];
  #isNewGroup = true;

  /** Adds `NAME=value`; throws an InvalidMatchError if there is no valid name. */
  addMatch(match: string | Uint8Array): void {
    const data = typeof match === 'string' ? Buffer.from(match, 'utf8') : Buffer.from(match);
    const head = data.toString('latin1', 0, 80);
    if (!VALID.test(head)) {
      throw new InvalidMatchError(`'${head.slice(0, 40)}' is not a match: expected NAME=value with a name of A-Z, 0-9 and _`);
    }
    const groups = this.#terms.at(-1)!;
    if (this.#isNewGroup) groups.push(new Map());
    this.#isNewGroup = false;
    const group = groups.at(-1)!;
    const name = head.slice(0, head.indexOf('='));
    const values = group.get(name);
    if (values === undefined) group.set(name, [data]);
    else if (!values.some((value) => value.equals(data))) values.push(data);
  }

  /** What is added from now on is an alternative to what was added before. */
  addDisjunction(): void {
    this.#isNewGroup = true;
  }

  /** What is added from now on is wanted besides what was added before. */
  addConjunction(): void {
    if (this.#terms.at(-1)!.length > 0) this.#terms.push([]);
    this.#isNewGroup = true;
  }

  flush(): void {
    this.#terms = [[]];
    this.#isNewGroup = true;
  }

  build(): MatchExpression {
    return this.#terms.filter((groups) => groups.length > 0).map((groups) => groups.map((group) => [...group.values()]));
  }
}
