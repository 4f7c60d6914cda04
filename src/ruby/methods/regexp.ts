/** Methods of Regexp and MatchData. */
import { integerArgument, nameArgument, textArgument } from '../arguments.ts';
import { caseEquals } from '../case-equals.ts';
import { inspect, regexpText } from '../inspect.ts';
import { escapeRegexp, makeRegexp, match, matchFrom } from '../matching.ts';
import { aliasMethods, ANY, defineMethods, defineModule, send } from '../method.ts';
import { machine } from '../machine.ts';
import { rubyError, typeError } from '../ruby-error.ts';
import { charIndex, textLength, unitIndex } from '../text-index.ts';
import { className } from '../class-name.ts';
import { isInteger, type RubyMatch, RubyRange, RubyRegexp, RubySymbol, symbol, type RubyHash, type RubyValue } from '../values.ts';
import { groupsOf } from './string-search.ts';

function subject(value: RubyValue): string | null {
  if (typeof value === 'string') return value;
  if (value === null) return null;
  if (value instanceof RubySymbol) return value.name;
  throw typeError(`no implicit conversion of ${className(value)} into String`);
}

function matchAgainst(self: RubyRegexp, value: RubyValue, start: RubyValue | undefined): RubyMatch | null {
  const text = subject(value);
  if (text === null) return (machine().match = null);
  const from = start === undefined ? 0 : integerArgument(start);
  const at = from < 0 ? from + textLength(text) : from;
  return at < 0 ? null : match(self, text, unitIndex(text, at));
}

defineMethods<RubyRegexp>('Regexp', {
  match: [1, 2, (self, block, value, start) => {
    const found = matchAgainst(self, value, start);
    return found && block ? block.call1(found) : found;
  }],
  'match?': [1, 2, (self, _, value) => {
    const text = subject(value);
    return text !== null && matchFrom(self, text, 0) !== null;
  }],
  '=~': [1, 1, (self, _, value) => {
    const found = matchAgainst(self, value, undefined);
    return found ? charIndex(found.result.input, found.result.index) : null;
  }],
  '===': [1, 1, (self, _, value) => caseEquals(self, value)],
  source: [0, 0, (self) => self.source],
  to_s: [0, 0, (self) => regexpText(self)],
  options: [0, 0, (self) => (self.options.includes('i') ? 1 : 0) | (self.options.includes('x') ? 2 : 0) | (self.options.includes('m') ? 4 : 0)],
  names: [0, 0, (self) => self.compiled.groups.map((group) => group.name)],
  'casefold?': [0, 0, (self) => self.options.includes('i')],
});

function optionLetters(value: RubyValue | undefined): string {
  if (value === undefined || value === null || value === false) return '';
  if (typeof value === 'string') return value;
  if (!isInteger(value)) return 'i';
  const bits = integerArgument(value);
  return (bits & 1 ? 'i' : '') + (bits & 4 ? 'm' : '') + (bits & 2 ? 'x' : '');
}

function union(patterns: readonly RubyValue[]): RubyRegexp {
  const list = patterns.length === 1 && Array.isArray(patterns[0]) ? patterns[0] : patterns;
  if (list.length === 0) return makeRegexp('(?!)', '');
  const [only] = list;
  if (list.length === 1 && only instanceof RubyRegexp) return only;
  return makeRegexp(list.map((p) => (p instanceof RubyRegexp ? regexpText(p) : escapeRegexp(textArgument(p!)))).join('|'), '');
}

const create = (source: RubyValue, options: RubyValue | undefined): RubyRegexp =>
  source instanceof RubyRegexp ? source : makeRegexp(textArgument(source), optionLetters(options));

defineModule('Regexp', {
  new: [1, 2, (_, __, source, options) => create(source, options)],
  compile: [1, 2, (_, __, source, options) => create(source, options)],
  escape: [1, 1, (_, __, text) => escapeRegexp(nameArgument(text))],
  quote: [1, 1, (_, __, text) => escapeRegexp(nameArgument(text))],
  union: [0, ANY, (_, __, ...patterns) => union(patterns.filter((p) => p !== undefined))],
  last_match: [0, 1, (_, __, n) => {
    const last = machine().match;
    return n === undefined || last === null ? last : last.group(integerArgument(n));
  }],
});

/** `match[1]`, `match["name"]`, `match[1..2]` */
function group(self: RubyMatch, key: RubyValue, length: RubyValue | undefined): RubyValue {
  if (length !== undefined || key instanceof RubyRange) {
    return send([self.result[0], ...groupsOf(self)], '[]', length === undefined ? [key] : [key, length]);
  }
  if (isInteger(key)) {
    const n = integerArgument(key);
    return self.group(n < 0 ? self.groups + 1 + n : n);
  }
  const name = nameArgument(key);
  const value = self.named(name);
  if (value === undefined) throw rubyError('IndexError', `undefined group name reference: ${name}`);
  return value;
}

function namedCaptures(self: RubyMatch, options: RubyValue | undefined): RubyHash {
  const symbols = options instanceof Map && options.get(symbol('symbolize_names')) === true;
  return new Map(self.names.map((name) => [symbols ? symbol(name) : name, self.named(name)!]));
}

function groupNumber(self: RubyMatch, key: RubyValue): number {
  if (isInteger(key)) return integerArgument(key);
  return self.names.indexOf(nameArgument(key)) + 1;
}

/** Character index of a group's first character. */
function begin(self: RubyMatch, key: RubyValue): number | null {
  const n = groupNumber(self, key);
  const { input, index } = self.result;
  if (n === 0) return charIndex(input, index);
  const text = self.group(n);
  if (text === null) return null;
  // the engine tells no positions of groups; the first place within the match is right but for repeats
  const at = self.result[0].indexOf(text);
  return charIndex(input, index + at);
}

defineMethods<RubyMatch>('MatchData', {
  '[]': [1, 2, (self, _, key, length) => group(self, key, length)],
  captures: [0, 0, (self) => groupsOf(self)],
  named_captures: [0, 1, (self, _, options) => namedCaptures(self, options)],
  names: [0, 0, (self) => self.names],
  to_a: [0, 0, (self) => [self.result[0], ...groupsOf(self)]],
  to_s: [0, 0, (self) => self.result[0]],
  pre_match: [0, 0, (self) => self.result.input.slice(0, self.result.index)],
  post_match: [0, 0, (self) => self.result.input.slice(self.end)],
  string: [0, 0, (self) => self.result.input],
  regexp: [0, 0, (self) => self.regexp],
  length: [0, 0, (self) => self.groups + 1],
  begin: [1, 1, (self, _, key) => begin(self, key)],
  end: [1, 1, (self, _, key) => {
    const start = begin(self, key);
    return start === null ? null : start + textLength(self.group(groupNumber(self, key)) ?? '');
  }],
  offset: [1, 1, (self, _, key) => {
    const start = begin(self, key);
    return start === null ? [null, null] : [start, start + textLength(self.group(groupNumber(self, key)) ?? '')];
  }],
  values_at: [0, ANY, (self, _, ...keys) => keys.filter((k) => k !== undefined).map((key) => group(self, key, undefined))],
  inspect: [0, 0, (self) => inspect(self)],
  deconstruct_keys: [1, 1, (self) => namedCaptures(self, new Map([[symbol('symbolize_names'), true]]))],
});
aliasMethods('MatchData', { size: 'length', deconstruct: 'captures' });
