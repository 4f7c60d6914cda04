/**
 * Whether matching can take time that grows exponentially with the text: a loop that can take the same text in two ways, with
 * something behind it that may fail (exponential degree of ambiguity, by the product of the automaton with itself).
 */
import { regexpAutomaton, type RegexpAutomaton } from './regexp-automaton.ts';

/** A text that, repeated, is taken in ever more ways. */
export interface Ambiguity {
  readonly text: string;
}

/** Pairs of places beyond which the question stays open. */
const MAX_PAIRS = 60_000;

/** undefined if there is none, or the pattern is too large to tell. The pattern is a valid one. */
export function exponentialAmbiguity(source: string, options = ''): Ambiguity | undefined {
  const automaton = regexpAutomaton(source, options);
  if (!automaton || automaton.places.length ** 2 > MAX_PAIRS) return undefined;
  const shared = sharedLetters(automaton);
  const { places } = automaton;
  for (let place = 0; place < places.length; place++) {
    if (automaton.atomic[place] || !canFail(automaton, place)) continue;
    const text = doubleLoop(automaton, place, shared);
    if (text !== undefined) return { text };
  }
  return undefined;
}

/** A character that both places take, by pair. */
function sharedLetters({ places, samples }: RegexpAutomaton): (a: number, b: number) => number | undefined {
  const takes = places.map((letters) => samples.map((code) => letters(code)));
  return (a, b) => {
    const i = samples.findIndex((_, sample) => takes[a]![sample] && takes[b]![sample]);
    return i < 0 ? undefined : samples[i];
  };
}

/** A text that leads from a place back to it in two different ways: a path of pairs that leaves the diagonal and returns. */
function doubleLoop({ follows }: RegexpAutomaton, place: number, shared: (a: number, b: number) => number | undefined): string | undefined {
  interface Node { readonly a: number; readonly b: number; readonly differs: boolean; readonly text: string }
  const seen = new Set<string>();
  let level: Node[] = [{ a: place, b: place, differs: false, text: '' }];
  while (level.length > 0) {
    const next: Node[] = [];
    for (const { a, b, differs, text } of level)
      for (const [toA, waysA] of follows[a]!)
        for (const [toB] of follows[b]!) {
          const code = shared(toA, toB);
          if (code === undefined) continue;
          const now = differs || toA !== toB || (a === b && waysA > 1);
          const longer = text + String.fromCodePoint(code);
          if (toA === place && toB === place && now) return longer;
          const key = `${toA} ${toB} ${now}`;
          if (seen.has(key)) continue;
          seen.add(key);
          next.push({ a: toA, b: toB, differs: now, text: longer });
        }
    level = next;
  }
  return undefined;
}

/** Whether something must still match, or be checked, once the loop around a place is done: only then all ways are tried. */
function canFail({ follows, isLast }: RegexpAutomaton, place: number): boolean {
  const forward = reach(place, (at) => follows[at]!.keys());
  const inLoop = [...forward].filter((at) => reach(at, (from) => follows[from]!.keys()).has(place));
  return !inLoop.some((at) => isLast[at]);
}

function reach(from: number, next: (at: number) => Iterable<number>): Set<number> {
  const found = new Set<number>();
  const open = [from];
  for (let at = open.pop(); at !== undefined; at = open.pop())
    for (const to of next(at)) {
      if (found.has(to)) continue;
      found.add(to);
      open.push(to);
    }
  return found;
}
