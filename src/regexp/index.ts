/** Ruby's regular expressions (Onigmo) on JavaScript's engine. */
import { toRegExp, toRegExpDetails, type ToRegExpOptions } from 'oniguruma-to-es';
import { rubySplit } from '../lib/split.ts';
import { groupNames, rewritePattern } from './rewrite.ts';

export { fromByteText, isByteSensitive, toByteText } from './byte-text.ts';
export { runWithin, RegexpTimeout } from './timeout.ts';

/** A pattern that cannot be compiled; the message has the pattern. */
export class RegexpError extends Error {
  override name = 'RegexpError';
}

/** A name and the groups of the match that bear it (several may, of which the last one that took part counts). */
export interface NamedGroup {
  readonly name: string;
  readonly indices: readonly number[];
}

/** A compiled pattern; it has no state, so it can be shared. */
export interface CompiledRegexp {
  readonly source: string;
  readonly options: string;
  /** Named groups in the order of their names' first appearance. */
  readonly groups: readonly NamedGroup[];
  /** Index in the match of Ruby's group 0, 1, 2 ...; the engine's match may have more. */
  readonly numbers: readonly number[];
  /** The first match at or behind `from`. */
  exec(text: string, from?: number): RegExpExecArray | null;
  test(text: string): boolean;
  /** The parts between matches, as Ruby's String#split: groups are parts too, empty parts at the end are dropped. */
  split(text: string): string[];
}

const LIBRARY_OPTIONS: ToRegExpOptions = { accuracy: 'default', target: 'auto', rules: { allowOrphanBackrefs: true } };

/**
 * V8 before 12 matches negated classes within repeated groups wrongly under the flag v: `(?:,[^,])+` does not find ",b".
 * There patterns are translated for the flag u, as far as they can be.
 */
const IS_FLAG_V_SOUND = new RegExp('(?:,[^,])+', 'v').test(',b');

/** Translates with what `translate` makes of the options; throws what it throws. */
function translateSoundly<T>(options: ToRegExpOptions, translate: (options: ToRegExpOptions) => T): T {
  if (!IS_FLAG_V_SOUND) {
    try {
      return translate({ ...options, target: 'ES2018' });
    } catch {
      // Nested classes and the like need the flag v.
    }
  }
  return translate(options);
}

/** How the library writes `^` and `$`; for a text of one line the engine's own anchors do, and are fast. */
const LINE_START = '(?<=^|\\n(?!$))';
const LINE_END = '(?=$|\\n)';

const compiled = new Map<string, CompiledRegexp>();
const translated = new Map<string, RegExp>();

/**
 * Compiles an Onigmo pattern with options out of `i`, `m` (dot matches newlines) and `x`. Results
 * are kept. Throws RegexpError.
 */
export function compileRegexp(source: string, options = ''): CompiledRegexp {
  const key = `${options}/${source}`;
  let found = compiled.get(key);
  if (!found) compiled.set(key, (found = compile(source, options)));
  return found;
}

/**
 * The JavaScript RegExp of an Onigmo pattern, with `extraFlags` such as `g`. Where JavaScript lacks
 * a feature it is of a subclass that hides the groups used to emulate it. Throws RegexpError.
 */
export function toJsRegExp(source: string, options = '', extraFlags: '' | 'g' | 'y' = ''): RegExp {
  const key = `${options}${extraFlags}/${source}`;
  let found = translated.get(key);
  if (!found) {
    const made = attempt(source, options, () =>
      translateSoundly({ ...LIBRARY_OPTIONS, flags: onlyOnigmo(options) }, (given) => toRegExp(rewritePattern(source, options), given)),
    );
    found = extraFlags === '' ? made : new (made.constructor as RegExpConstructor)(made, made.flags + extraFlags);
    translated.set(key, found);
  }
  found.lastIndex = 0;
  return found;
}

function compile(source: string, options: string): CompiledRegexp {
  const rewritten = rewritePattern(source, options);
  const details = attempt(source, options, () =>
    translateSoundly({ ...LIBRARY_OPTIONS, flags: onlyOnigmo(options) }, (given) => toRegExpDetails(rewritten, given)),
  );
  const emulation = details.options;
  if (emulation?.strategy || emulation?.transfers?.length) return emulated(source, options);
  const hidden = new Set(emulation?.hiddenCaptures);
  const flags = details.flags;
  const manyLines = new RegExp(details.pattern, flags + 'g');
  const simple = details.pattern.replaceAll(LINE_START, '^').replaceAll(LINE_END, '$');
  const oneLine = simple === details.pattern ? manyLines : new RegExp(simple, flags + 'g');
  const count = groupCount(oneLine);
  const numbers = Array.from({ length: count + 1 }, (_, i) => i).filter((i) => !hidden.has(i));
  return fromEngine(source, options, numbers, (text) =>
    oneLine !== manyLines && text.includes('\n') ? manyLines : oneLine,
  );
}

/** Patterns that need the library's own class, for subroutines with captures and the like. */
function emulated(source: string, options: string): CompiledRegexp {
  const regexp = toJsRegExp(source, options, 'g');
  const numbers = Array.from({ length: groupCount(regexp) + 1 }, (_, i) => i);
  return fromEngine(source, options, numbers, () => regexp);
}

/** `choose` gives the global RegExp for a text. */
function fromEngine(
  source: string,
  options: string,
  numbers: readonly number[],
  choose: (text: string) => RegExp,
): CompiledRegexp {
  return {
    source,
    options,
    numbers,
    groups: namedGroups(groupNames(source, options), numbers),
    exec(text, from = 0) {
      const regexp = choose(text);
      regexp.lastIndex = from;
      return regexp.exec(text);
    },
    test(text) {
      const regexp = choose(text);
      regexp.lastIndex = 0;
      return regexp.test(text);
    },
    split: (text) => rubySplit(text, choose(text)),
  };
}

/** How many groups a match has: an alternative that always matches shows it. */
function groupCount(regexp: RegExp): number {
  return new RegExp(`${regexp.source}|`, regexp.flags).exec('')!.length - 1;
}

function namedGroups(names: readonly string[], numbers: readonly number[]): NamedGroup[] {
  const indices = new Map<string, number[]>();
  for (const [i, name] of names.entries()) {
    const list = indices.get(name) ?? [];
    list.push(numbers[i + 1]!);
    indices.set(name, list);
  }
  return [...indices].map(([name, list]) => ({ name, indices: list }));
}

/** The text that a named group took; undefined if it took no part in the match. */
export function groupText(match: readonly (string | undefined)[], group: NamedGroup): string | undefined {
  const { indices } = group;
  for (let i = indices.length - 1; i >= 0; i--) {
    const text = match[indices[i]!];
    if (text !== undefined) return text;
  }
  return undefined;
}

function onlyOnigmo(options: string): string {
  return [...new Set(options)].filter((option) => 'imx'.includes(option)).join('');
}

function attempt<T>(source: string, options: string, compilePattern: () => T): T {
  try {
    return compilePattern();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RegexpError(`invalid regular expression /${source}/${options}: ${reason}`);
  }
}

/**
 * The parts of a pattern that is written `/.../imx`, or without slashes: then all of it is the
 * pattern.
 */
export function splitRegexpLiteral(text: string): { source: string; options: string } {
  const found = /^\/(.*)\/([a-z]*)$/s.exec(text);
  return found ? { source: found[1]!, options: found[2]! } : { source: text, options: '' };
}
