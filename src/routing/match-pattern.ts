/**
 * The patterns of `<match>` and `<filter>`.
 *
 * Several patterns stand side by side, separated by white space. `*` stands for one part of a tag
 * or a piece of one, `**` for any number of parts (`a.**` also matches `a`), `{x,y}` for either;
 * `\` takes the next character as it is; `/.../` is a regular expression for the whole tag.
 */
import { toJsRegExp } from '../regexp/index.ts';
import type { Tag } from '../event.ts';

export interface MatchPattern {
  readonly text: string;
  matches(tag: Tag): boolean;
}

/** Throws an Error that says what is wrong with the pattern. An empty text matches nothing but itself. */
export function compileMatchPattern(text: string): MatchPattern {
  const trimmed = text.trim();
  if (trimmed === '**') return { text, matches: () => true };
  if (trimmed.length > 1 && trimmed.startsWith('/') && trimmed.endsWith('/')) return { text, matches: wholeTag(trimmed.slice(1, -1)) };
  const tests = trimmed.split(/\s+/).map((pattern) => compileOne(pattern));
  if (tests.length === 1) return { text, matches: tests[0]! };
  return { text, matches: (tag) => tests.some((test) => test(tag)) };
}

function compileOne(pattern: string): (tag: Tag) => boolean {
  if (pattern === '**') return () => true;
  if (pattern.startsWith('/')) {
    if (pattern.length < 2 || !pattern.endsWith('/')) throw new Error(`expected a closing / in the pattern, found ${pattern}`);
    return wholeTag(pattern.slice(1, -1));
  }
  if (/^[^*{}\\]*$/.test(pattern)) return (tag) => tag === pattern;
  const regexp = new RegExp(`^(?:${globSource(pattern)})$`, 'su');
  return (tag) => regexp.test(tag);
}

function wholeTag(source: string): (tag: Tag) => boolean {
  const regexp = toJsRegExp(`\\A(?:${source})\\z`, '');
  return (tag) => {
    regexp.lastIndex = 0;
    return regexp.test(tag);
  };
}

/** The pattern as the source of a regular expression without anchors. */
function globSource(pattern: string): string {
  let out = '';
  let depth = 0;
  /** A dot that was read but not written: `**` behind it takes it over. */
  let dot = false;
  const literal = (text: string) => {
    if (dot) out += '\\.';
    dot = false;
    out += text;
  };
  for (let i = 0; i < pattern.length; ) {
    const c = String.fromCodePoint(pattern.codePointAt(i)!);
    i += c.length;
    if (c === '\\') {
      const next = i < pattern.length ? String.fromCodePoint(pattern.codePointAt(i)!) : '\\';
      i += next.length;
      literal(quote(next));
    } else if (c === '.') {
      if (dot) out += '\\.';
      dot = true;
    } else if (c === '*' && pattern[i] === '*') {
      i++;
      if (dot) out += '(?![^.])';
      dot = false;
      if (pattern[i] === '.') {
        i++;
        out += '(?:.*\\.|^)';
      } else out += '.*';
    } else if (c === '*') literal('[^.]*');
    else if (c === '{') {
      literal('(?:');
      depth++;
    } else if (c === '}' && depth > 0) {
      literal(')');
      depth--;
    } else if (c === ',' && depth > 0) literal('|');
    else literal(quote(c));
  }
  if (dot) out += '\\.';
  if (depth > 0) throw new Error(`expected } in the pattern, found the end of ${pattern}`);
  return out;
}

function quote(c: string): string {
  return /[\^$\\.*+?()[\]{}|/]/.test(c) ? '\\' + c : c;
}
