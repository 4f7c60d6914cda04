/** Regular expressions at work: matches, `$~`, replacements. */
import { compileRegexp, RegexpError } from '../regexp/index.ts';
import { machine, steps } from './machine.ts';
import { argumentError, rubyError, typeError } from './ruby-error.ts';
import { className } from './class-name.ts';
import { RubyMatch, RubyRegexp, type RubyValue } from './values.ts';

/** A Regexp. Throws RegexpError as Ruby does. */
export function makeRegexp(source: string, options: string): RubyRegexp {
  try {
    return new RubyRegexp(source, options, compileRegexp(source, options));
  } catch (error) {
    if (error instanceof RegexpError) throw rubyError('RegexpError', error.message);
    throw error;
  }
}

/** Text that stands for itself in a regular expression. */
export function escapeRegexp(text: string): string {
  return text.replace(/[.*?+^$|\\()[\]{}\-#\s]/g, (c) => ESCAPED.get(c) ?? '\\' + c);
}

const ESCAPED = new Map([['\n', '\\n'], ['\t', '\\t'], ['\r', '\\r'], ['\f', '\\f'], ['\v', '\\v'], [' ', '\\ ']]);

/** The first match at or behind a UTF-16 index. Does not set `$~`. */
export function matchFrom(regexp: RubyRegexp, text: string, from: number): RubyMatch | null {
  if (!text.isWellFormed()) throw argumentError('invalid byte sequence in UTF-8');
  const result = regexp.compiled.exec(text, from);
  return result && new RubyMatch(regexp, result);
}

/** Like {@link matchFrom}, for a text that was matched before. */
export function matchAgain(regexp: RubyRegexp, text: string, from: number): RubyMatch | null {
  const result = regexp.compiled.exec(text, from);
  return result && new RubyMatch(regexp, result);
}

/** The same, and sets `$~`. */
export function match(regexp: RubyRegexp, text: string, from = 0): RubyMatch | null {
  return (machine().match = matchFrom(regexp, text, from));
}

/** Every match, without overlaps; sets `$~` to the last one at the end. */
export function* allMatches(regexp: RubyRegexp, text: string): Generator<RubyMatch> {
  let last: RubyMatch | null = null;
  for (let from = 0; from <= text.length; ) {
    const found = matchFrom(regexp, text, from);
    if (!found) break;
    steps(1);
    last = found;
    machine().match = found;
    yield found;
    from = found.end;
    if (found.result[0] === '') from += text.codePointAt(from)! > 0xffff ? 2 : 1;
  }
  machine().match = last;
}

/** The match of a text that stands for itself. */
export function literalMatch(pattern: string, text: string, at: number): RubyMatch {
  const result = Object.assign([pattern], { index: at, input: text }) as RegExpExecArray;
  return new RubyMatch(new RubyRegexp(escapeRegexp(pattern), '', compileRegexp('')), result);
}

/** A Regexp, or a text that is searched for as it is. */
export function patternArgument(value: RubyValue): RubyRegexp | string {
  if (value instanceof RubyRegexp || typeof value === 'string') return value;
  throw typeError(`wrong argument type ${value === null ? 'nil' : className(value)} (expected Regexp)`);
}

/** A Regexp; a text is taken as its source. */
export function regexpArgument(value: RubyValue): RubyRegexp {
  if (value instanceof RubyRegexp) return value;
  if (typeof value === 'string') return makeRegexp(value, '');
  throw typeError(`wrong argument type ${value === null ? 'nil' : className(value)} (expected Regexp)`);
}

/** `$~`, `$1`, `$&` and the like. */
export function matchGlobal(name: string): RubyValue {
  const { match: last, error } = machine();
  if (name === '$~') return last;
  if (name === '$!') return error;
  if (!last) return null;
  switch (name) {
    case '$&':
      return last.result[0];
    case '$`':
      return last.result.input.slice(0, last.result.index);
    case "$'":
      return last.result.input.slice(last.end);
    case '$+':
      for (let n = last.groups; n > 0; n--) if (last.group(n) !== null) return last.group(n);
      return null;
    default:
      return last.group(Number(name.slice(1)));
  }
}

/** The replacement text of `sub` and `gsub` with `\1`, `\0`, `\k<name>` filled in. */
export function expandReplacement(template: string, found: RubyMatch): string {
  if (!template.includes('\\')) return template;
  return template.replace(/\\(?:k<([^>]*)>|(.))/gs, (whole, name: string | undefined, c: string | undefined) => {
    if (name !== undefined) {
      const text = found.named(name) ?? (/^\d+$/.test(name) ? found.group(Number(name)) : undefined);
      if (text === undefined) throw rubyError('IndexError', `undefined group name reference: ${name}`);
      return text ?? '';
    }
    if (c! >= '0' && c! <= '9') return found.group(Number(c)) ?? '';
    switch (c) {
      case '&':
        return found.result[0];
      case '`':
        return found.result.input.slice(0, found.result.index);
      case "'":
        return found.result.input.slice(found.end);
      case '\\':
        return '\\';
      default:
        return whole;
    }
  });
}
