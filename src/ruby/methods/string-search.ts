/** Methods of String that look for something: matches, replacements, tests, positions, splitting. */
import { integerArgument, needBlock, textArgument } from '../arguments.ts';
import { toText } from '../inspect.ts';
import { enumerator } from '../list.ts';
import { checkItems, checkText, machine, steps } from '../machine.ts';
import { allMatches, expandReplacement, literalMatch, match, matchAgain, matchFrom, patternArgument, regexpArgument } from '../matching.ts';
import { ANY, defineMethods, send } from '../method.ts';
import { argumentError, typeError } from '../ruby-error.ts';
import { splitText } from '../split.ts';
import { charIndex, textLength, unitIndex } from '../text-index.ts';
import { type RubyMatch, type RubyProc, RubyRegexp, type RubyValue } from '../values.ts';

/** What a match is replaced with. */
type Replace = (found: RubyMatch) => string;

function replacer(replacement: RubyValue | undefined, block: RubyProc | null): Replace {
  if (replacement instanceof Map) {
    return (found) => {
      const value = replacement.get(found.result[0]);
      return value === undefined ? '' : toText(value);
    };
  }
  if (replacement !== undefined) {
    const template = textArgument(replacement);
    return (found) => expandReplacement(template, found);
  }
  const given = needBlock(block);
  return (found) => {
    machine().match = found;
    return toText(given.call1(found.result[0]));
  };
}

function gsub(text: string, pattern: RubyRegexp | string, replacement: RubyValue | undefined, block: RubyProc | null): string {
  if (typeof pattern === 'string') {
    if (typeof replacement === 'string' && !replacement.includes('\\')) return text.replaceAll(pattern, () => replacement);
    return gsubText(text, pattern, replacer(replacement, block));
  }
  if (typeof replacement === 'string' && !replacement.includes('\\')) return gsubFixed(text, pattern, replacement);
  const replace = replacer(replacement, block);
  let out = '';
  let end = 0;
  for (const found of allMatches(pattern, text)) {
    out += text.slice(end, found.result.index) + replace(found);
    checkText(out.length);
    end = found.end;
  }
  return end === 0 && out === '' ? text : out + text.slice(end);
}

/** The same with a replacement that refers to nothing: only the last match is kept. */
function gsubFixed(text: string, pattern: RubyRegexp, replacement: string): string {
  let found = matchFrom(pattern, text, 0);
  let last = null;
  let out = '';
  let end = 0;
  while (found) {
    steps(1);
    last = found;
    out += text.slice(end, found.result.index) + replacement;
    checkText(out.length);
    end = found.end;
    const from = found.result[0] === '' ? end + (text.codePointAt(end)! > 0xffff ? 2 : 1) : end;
    found = from <= text.length ? matchAgain(pattern, text, from) : null;
  }
  machine().match = last;
  return last === null ? text : out + text.slice(end);
}

function gsubText(text: string, pattern: string, replace: Replace): string {
  let out = '';
  let end = 0;
  for (let at = text.indexOf(pattern); at >= 0; at = text.indexOf(pattern, pattern === '' ? end + 1 : end)) {
    if (pattern === '' && at < end) break;
    steps(1);
    out += text.slice(end, at) + replace(literalMatch(pattern, text, at));
    checkText(out.length);
    end = at + pattern.length;
    if (pattern === '' && at >= text.length) break;
  }
  return out + text.slice(end);
}

function sub(text: string, pattern: RubyRegexp | string, replacement: RubyValue | undefined, block: RubyProc | null): string {
  const replace = replacer(replacement, block);
  const found = findFirst(text, pattern);
  if (!found) return text;
  return text.slice(0, found.result.index) + replace(found) + text.slice(found.end);
}

function findFirst(text: string, pattern: RubyRegexp | string): RubyMatch | null {
  if (typeof pattern !== 'string') return match(pattern, text);
  const at = text.indexOf(pattern);
  return (machine().match = at < 0 ? null : literalMatch(pattern, text, at));
}

function scan(text: string, pattern: RubyRegexp | string, block: RubyProc | null): RubyValue {
  const list: RubyValue[] = [];
  const add = (found: RubyMatch): void => {
    const item = found.groups === 0 ? found.result[0] : groupsOf(found);
    if (block) block.call1(item);
    else list.push(item);
    checkItems(list.length);
  };
  if (typeof pattern === 'string') {
    for (let at = text.indexOf(pattern); at >= 0; at = text.indexOf(pattern, at + Math.max(1, pattern.length))) {
      steps(1);
      add((machine().match = literalMatch(pattern, text, at)));
      if (pattern === '' && at >= text.length) break;
    }
  } else for (const found of allMatches(pattern, text)) add(found);
  return block ? text : list;
}

/** The texts of all groups. */
export function groupsOf(found: RubyMatch): RubyValue[] {
  const list: RubyValue[] = [];
  for (let n = 1; n <= found.groups; n++) list.push(found.group(n));
  return list;
}

/** UTF-16 index of a character index that may count from the end; undefined if it is outside. */
function startUnit(text: string, start: RubyValue | undefined): number | undefined {
  if (start === undefined) return 0;
  const index = integerArgument(start);
  const size = textLength(text);
  const from = index < 0 ? index + size : index;
  return from < 0 || from > size ? undefined : unitIndex(text, from);
}

function indexOf(text: string, pattern: RubyValue, start: RubyValue | undefined): RubyValue {
  const from = startUnit(text, start);
  if (from === undefined) return null;
  const wanted = patternArgument(pattern);
  const at = typeof wanted === 'string' ? text.indexOf(wanted, from) : (match(wanted, text, from)?.result.index ?? -1);
  return at < 0 ? null : charIndex(text, at);
}

function lastIndexOf(text: string, pattern: RubyValue, start: RubyValue | undefined): RubyValue {
  const size = textLength(text);
  let from = start === undefined ? size : integerArgument(start);
  if (from < 0) from += size;
  if (from < 0) return null;
  const unit = unitIndex(text, Math.min(from, size));
  const wanted = patternArgument(pattern);
  if (typeof wanted === 'string') {
    const at = text.lastIndexOf(wanted, unit);
    return at < 0 ? null : charIndex(text, at);
  }
  for (let at = unit; at >= 0; at--) {
    steps(1);
    const found = matchFrom(wanted, text, at);
    if (found?.result.index === at) {
      machine().match = found;
      return charIndex(text, at);
    }
  }
  return null;
}

function startsWith(text: string, args: readonly RubyValue[]): boolean {
  return args.some((arg) => {
    if (!(arg instanceof RubyRegexp)) return text.startsWith(textArgument(arg));
    const found = matchFrom(arg, text, 0);
    if (found?.result.index !== 0) return false;
    machine().match = found;
    return true;
  });
}

function partition(text: string, pattern: RubyValue): RubyValue {
  const found = findFirst(text, patternArgument(pattern));
  if (!found) return [text, '', ''];
  return [text.slice(0, found.result.index), found.result[0], text.slice(found.end)];
}

function lastPartition(text: string, pattern: RubyValue): RubyValue {
  const wanted = patternArgument(pattern);
  if (typeof wanted === 'string') {
    const at = text.lastIndexOf(wanted);
    return at < 0 ? ['', '', text] : [text.slice(0, at), wanted, text.slice(at + wanted.length)];
  }
  if (lastIndexOf(text, pattern, undefined) === null) return ['', '', text];
  const found = machine().match!;
  return [text.slice(0, found.result.index), found.result[0], text.slice(found.end)];
}

defineMethods<string>('String', {
  gsub: [1, 2, (self, block, pattern, replacement) => {
    if (replacement !== undefined || block) return gsub(self, patternArgument(pattern), replacement, block);
    return enumerator('gsub', (given) => gsub(self, patternArgument(pattern), undefined, given));
  }],
  sub: [1, 2, (self, block, pattern, replacement) => {
    if (replacement === undefined && !block) throw argumentError('wrong number of arguments (given 1, expected 2)');
    return sub(self, patternArgument(pattern), replacement, block);
  }],
  scan: [1, 1, (self, block, pattern) => scan(self, patternArgument(pattern), block)],
  match: [1, 2, (self, block, pattern, start) => {
    const from = startUnit(self, start);
    const found = from === undefined ? null : match(regexpArgument(pattern), self, from);
    return found && block ? block.call1(found) : found;
  }],
  'match?': [1, 2, (self, _, pattern, start) => {
    const from = startUnit(self, start);
    return from !== undefined && matchFrom(regexpArgument(pattern), self, from) !== null;
  }],
  '=~': [1, 1, (self, _, pattern) => {
    if (pattern instanceof RubyRegexp) {
      const found = match(pattern, self);
      return found ? charIndex(self, found.result.index) : null;
    }
    if (typeof pattern === 'string') throw typeError("type mismatch: String given");
    return pattern === null ? null : send(pattern, '=~', [self]);
  }],
  split: [0, 2, (self, block, pattern, limit) => {
    const parts = splitText(self, pattern ?? null, limit === undefined ? 0 : integerArgument(limit));
    if (!block) return parts;
    for (const part of parts) block.call1(part);
    return self;
  }],
  index: [1, 2, (self, _, pattern, start) => indexOf(self, pattern, start)],
  rindex: [1, 2, (self, _, pattern, start) => lastIndexOf(self, pattern, start)],
  byteindex: [1, 1, (self, _, pattern) => {
    const at = self.indexOf(textArgument(pattern));
    return at < 0 ? null : Buffer.byteLength(self.slice(0, at));
  }],
  'include?': [1, 1, (self, _, part) => self.includes(textArgument(part))],
  'start_with?': [0, ANY, (self, _, ...args) => startsWith(self, args.filter((arg) => arg !== undefined))],
  'end_with?': [0, ANY, (self, _, ...args) => args.some((arg) => arg !== undefined && self.endsWith(textArgument(arg)))],
  partition: [1, 1, (self, _, pattern) => partition(self, pattern)],
  rpartition: [1, 1, (self, _, pattern) => lastPartition(self, pattern)],
});
