/** Sets of characters as `tr`, `count`, `delete` and `squeeze` take them: `a-z`, `^0-9`, `\-`. */
import { argumentError } from './ruby-error.ts';
import { charactersOf } from './text-index.ts';

interface Listed {
  readonly negated: boolean;
  readonly chars: readonly string[];
}

/** The characters of a specification, in order. */
function listed(spec: string, mayNegate: boolean): Listed {
  const source = charactersOf(spec);
  const negated = mayNegate && source.length > 1 && source[0] === '^';
  const chars: string[] = [];
  for (let i = negated ? 1 : 0; i < source.length; i++) {
    let c = source[i]!;
    if (c === '\\' && i + 1 < source.length) c = source[++i]!;
    if (source[i + 1] === '-' && i + 2 < source.length) {
      let end = source[i + 2]!;
      i += 2;
      if (end === '\\' && i + 1 < source.length) end = source[++i]!;
      const [from, to] = [c.codePointAt(0)!, end.codePointAt(0)!];
      if (from > to) throw argumentError(`invalid range "${c}-${end}" in string transliteration`);
      for (let point = from; point <= to; point++) chars.push(String.fromCodePoint(point));
      continue;
    }
    chars.push(c);
  }
  return { negated, chars };
}

const MAX_KEPT = 200;
const kept = new Map<string, (c: string) => boolean>();

/** Whether a character is in all of the sets. */
export function charTest(specs: readonly string[]): (c: string) => boolean {
  const key = specs.join('\n');
  let test = kept.get(key);
  if (!test) {
    const tests = specs.map((spec) => {
      const { negated, chars } = listed(spec, true);
      const set = new Set(chars);
      return (c: string): boolean => set.has(c) !== negated;
    });
    const [only] = tests;
    test = tests.length === 1 ? only! : (c) => tests.every((t) => t(c));
    if (kept.size >= MAX_KEPT) kept.clear();
    kept.set(key, test);
  }
  return test;
}

const translations = new Map<string, (c: string) => string | undefined>();

/** What `tr` makes of a character: undefined if it stays. */
function translation(from: string, to: string): (c: string) => string | undefined {
  const key = `${from}\n${to}`;
  let translate = translations.get(key);
  if (!translate) {
    const source = listed(from, true);
    const target = listed(to, false).chars;
    const last = target[target.length - 1] ?? '';
    if (source.negated) {
      const set = new Set(source.chars);
      translate = (c) => (set.has(c) ? undefined : last);
    } else {
      const map = new Map<string, string>();
      source.chars.forEach((c, i) => {
        if (!map.has(c)) map.set(c, target[i] ?? last);
      });
      translate = (c) => map.get(c);
    }
    if (translations.size >= MAX_KEPT) translations.clear();
    translations.set(key, translate);
  }
  return translate;
}

/** `text.tr(from, to)`; with `squeeze` runs of the same new character become one. */
export function translate(text: string, from: string, to: string, squeeze: boolean): string {
  const change = translation(from, to);
  let out = '';
  let last: string | undefined;
  for (const c of charactersOf(text)) {
    const changed = change(c);
    if (changed === undefined) {
      out += c;
      last = undefined;
    } else if (!squeeze || changed !== last) {
      out += changed;
      last = changed;
    }
  }
  return out;
}
