/**
 * Sets of tags, exactly: what a pattern matches, what a source can give its events. Sets are small automata over characters, so that
 * questions such as 'is there a tag that this pattern takes and none of those before it?' have a sure answer, with an example.
 */

/** A stretch of a tag. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  /** Any characters, dots too. */
  | { readonly kind: 'any' }
  /** Any characters but dots. */
  | { readonly kind: 'part' }
  /** Nothing at the start of the tag, else anything that ends with a dot: `**.` of a pattern. */
  | { readonly kind: 'parts' }
  /** What follows is a dot or the end. */
  | { readonly kind: 'boundary' }
  | { readonly kind: 'either'; readonly options: readonly (readonly Piece[])[] };

/** A set of tags. */
export interface Language {
  /** By state. The first state is the start. */
  readonly states: readonly (readonly Edge[])[];
  readonly accepting: number;
  /** Characters that are told apart. */
  readonly letters: ReadonlySet<string>;
}

/** A step that takes a character, or takes none under a condition. */
type Edge =
  | { readonly to: number; readonly take: 'any' | 'no-dot' | { readonly letter: string } }
  | { readonly to: number; readonly when: 'always' | 'start' | 'dot-or-end' };

/** How many combinations are looked at before a question counts as open. */
const MAX_VISITED = 20_000;

/** The tags that one of the alternatives describes. */
export function languageOf(alternatives: readonly (readonly Piece[])[]): Language {
  const states: Edge[][] = [[], []];
  const letters = new Set<string>();
  const add = (): number => states.push([]) - 1;
  const build = (pieces: readonly Piece[], from: number): number => {
    let at = from;
    for (const piece of pieces) {
      const next = add();
      switch (piece.kind) {
        case 'text': {
          for (const letter of piece.text) {
            letters.add(letter);
            const after = add();
            states[at]!.push({ to: after, take: { letter } });
            at = after;
          }
          states[at]!.push({ to: next, when: 'always' });
          break;
        }
        case 'any':
        case 'part':
          states[at]!.push({ to: next, when: 'always' });
          states[next]!.push({ to: next, take: piece.kind === 'any' ? 'any' : 'no-dot' });
          break;
        case 'parts': {
          const loop = add();
          states[at]!.push({ to: next, when: 'start' }, { to: loop, when: 'always' });
          states[loop]!.push({ to: loop, take: 'any' }, { to: next, take: { letter: '.' } });
          break;
        }
        case 'boundary':
          states[at]!.push({ to: next, when: 'dot-or-end' });
          break;
        case 'either':
          for (const option of piece.options) states[build(option, at)]!.push({ to: next, when: 'always' });
          break;
      }
      at = next;
    }
    return at;
  };
  for (const pieces of alternatives) states[build(pieces, 0)]!.push({ to: 1, when: 'always' });
  return { states, accepting: 1, letters };
}

/** All tags. */
export const EVERYTHING: Language = languageOf([[{ kind: 'any' }]]);

/**
 * A shortest tag for which `wanted` holds of the languages it is in; null if there is none, undefined if it would take too long to
 * find out. The empty tag does not count.
 */
export function findTag(languages: readonly Language[], wanted: (isIn: readonly boolean[]) => boolean): string | null | undefined {
  const letters = lettersOf(languages);
  const visited = new Set<string>();
  let level: { readonly sets: readonly (readonly number[])[]; readonly tag: string }[] = [{ sets: languages.map(() => [0]), tag: '' }];
  while (level.length > 0) {
    const next: typeof level = [];
    for (const { sets, tag } of level) {
      const start = tag === '';
      if (!start && wanted(languages.map((language, i) => closure(language, sets[i]!, undefined, false).includes(language.accepting)))) return tag;
      for (const letter of letters) {
        const after = languages.map((language, i) => step(language, sets[i]!, letter, start));
        const key = after.map((set) => set.join(',')).join(';');
        if (visited.has(key)) continue;
        if (visited.size >= MAX_VISITED) return undefined;
        visited.add(key);
        next.push({ sets: after, tag: tag + letter });
      }
    }
    level = next;
  }
  return null;
}

/** Whether the tag is in the language. */
export function isTagIn(language: Language, tag: string): boolean {
  let set: readonly number[] = [0];
  let start = true;
  for (const letter of tag) {
    set = step(language, set, letter, start);
    start = false;
  }
  return closure(language, set, undefined, start).includes(language.accepting);
}

/** A tag of both languages; null and undefined as for {@link findTag}. */
export function commonTag(a: Language, b: Language): string | null | undefined {
  return findTag([a, b], ([inA, inB]) => inA! && inB!);
}

function lettersOf(languages: readonly Language[]): string[] {
  const known = new Set(languages.flatMap(({ letters }) => [...letters]));
  // One stands for all characters that nobody names.
  const other = ['x', 'y', 'z', 'q', 'w', 'k', 'j', '0', '1', '2', '~'].find((letter) => !known.has(letter)) ?? '\u{10ffff}';
  return [...new Set([other, ...known, '.'])];
}

function step(language: Language, set: readonly number[], letter: string, start: boolean): readonly number[] {
  const after = new Set<number>();
  for (const state of closure(language, set, letter, start))
    for (const edge of language.states[state]!) {
      if (!('take' in edge)) continue;
      const { take } = edge;
      if (take === 'any' || (take === 'no-dot' ? letter !== '.' : take.letter === letter)) after.add(edge.to);
    }
  return [...after].sort((a, b) => a - b);
}

/** With the states that can be reached without taking a character, in front of `next`. */
function closure({ states }: Language, set: readonly number[], next: string | undefined, start: boolean): readonly number[] {
  const found = new Set(set);
  // A set takes what is added to it while it is walked through.
  for (const state of found)
    for (const edge of states[state]!) {
      if (!('when' in edge)) continue;
      if (edge.when === 'start' && !start) continue;
      if (edge.when === 'dot-or-end' && next !== undefined && next !== '.') continue;
      found.add(edge.to);
    }
  return [...found];
}
