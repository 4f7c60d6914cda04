/**
 * What stack traces look like, language by language: rules of a small machine that reads line by line.
 *
 * A machine is in one state. The first rule of that state whose pattern is found in the line says which is next; a line
 * without a rule ends the trace before it. `start` is the state outside of traces.
 */

/** A state's name; those of a language begin with its name. */
export type State = string;

export interface Rule {
  readonly from: readonly State[];
  /** A regular expression of Ruby: `^` and `$` stand at line breaks, which lines may still have. */
  readonly pattern: string;
  readonly to: State;
}

/** The state outside of stack traces. */
export const START = 'start';

const rule = (from: State | readonly State[], pattern: string, to: State): Rule => ({ from: typeof from === 'string' ? [from] : from, pattern, to });

/** Java, JavaScript and C# share their frames (`at ...`) and how exceptions are chained. */
const AT_FRAMES: readonly Rule[] = [
  rule([START, 'java:head'], String.raw`(?:Exception|Error|Throwable|V8 errors stack trace)[:\r\n]`, 'java:message'),
  // The name of a class alone on its line, where the line break is gone.
  rule(START, String.raw`^(?:[\w$]+\.)+[\w$]*(?:Exception|Error|Throwable)$`, 'java:message'),
  rule('java:message', String.raw`^[\t ]*nested exception is:[\t ]*`, 'java:head'),
  rule('java:message', String.raw`^[\r\n]*$`, 'java:message'),
  rule(['java:message', 'java:frames'], String.raw`^[\t ]+(?:eval )?at `, 'java:frames'),
  rule(['java:message', 'java:frames'], String.raw`^[\t ]+--- End of inner exception stack trace ---$`, 'java:frames'),
  rule(['java:message', 'java:frames'], String.raw`^--- End of stack trace from previous location where exception was thrown ---$`, 'java:frames'),
  rule(['java:message', 'java:frames'], String.raw`^[\t ]*(?:Caused by|Suppressed):`, 'java:message'),
  rule(['java:message', 'java:frames'], String.raw`^[\t ]*\.\.\. \d+ (?:more|common frames omitted)`, 'java:frames'),
];

const PYTHON: readonly Rule[] = [
  rule(START, String.raw`^Traceback \(most recent call last\):$`, 'python:frames'),
  rule('python:frames', String.raw`^[\t ]+File `, 'python:code'),
  // The marks below a line of code, since Python 3.11.
  rule(['python:frames', 'python:code'], String.raw`^[\t ]+[~^][~^ ]*$`, 'python:frames'),
  rule('python:frames', String.raw`^[\t ]+\[Previous line repeated \d+ more times?\]$`, 'python:frames'),
  // A frame whose code is not known is followed by the next one.
  rule('python:code', String.raw`^[\t ]+File "`, 'python:code'),
  rule('python:code', String.raw`^[\t ]`, 'python:frames'),
  rule(['python:frames', 'python:code'], String.raw`^(?:[^\s.():]+\.)*[^\s.():]+(?::|$)`, START),
];

const PHP: readonly Rule[] = [
  rule(START, String.raw`PHP (?:Notice|Parse error|Fatal error|Warning):|exception '[^']+' with message '`, 'php:message'),
  rule('php:message', '^Stack trace:', 'php:frames'),
  rule('php:frames', String.raw`^#\d`, 'php:frames'),
  rule('php:frames', String.raw`^\s+thrown in `, START),
];

const GO: readonly Rule[] = [
  rule(START, String.raw`\bpanic: `, 'go:panic'),
  rule(START, 'http: panic serving', 'go:goroutine'),
  rule('go:panic', String.raw`^[\t ]*panic: `, 'go:panic'),
  rule(['go:panic', 'go:signal', 'go:function'], String.raw`^[\r\n]*$`, 'go:goroutine'),
  rule('go:panic', String.raw`^\[signal `, 'go:signal'),
  rule('go:goroutine', String.raw`^goroutine \d+ (?:\w+=\S+ )*\[[^\]]+\]:$`, 'go:function'),
  rule('go:function', String.raw`^(?:[^\s.:]+\.)*[^\s():]+\(|^created by `, 'go:place'),
  rule('go:place', String.raw`^\s`, 'go:function'),
];

const RUBY: readonly Rule[] = [
  rule(START, String.raw`Error \(.*\):$`, 'ruby:message'),
  rule('ruby:message', String.raw`^  $`, 'ruby:frames'),
  rule(['ruby:message', 'ruby:frames'], String.raw`^[\t ]+.*?\.rb:\d+:in [\x60']`, 'ruby:frames'),
];

/** So many lines may stand between the head of a trace and its first frame: a message of several lines. */
const DART_MESSAGE_LINES = 8;

const DART: readonly Rule[] = [
  rule(START, '^Unhandled exception:$', 'dart:message0'),
  rule('dart:frames', String.raw`^#\d+\s+.+?\(.+?\)$`, 'dart:frames'),
  rule('dart:frames', '^<asynchronous suspension>$', 'dart:frames'),
  ...Array.from({ length: DART_MESSAGE_LINES + 1 }, (_, i): Rule[] => [
    rule(`dart:message${i}`, String.raw`^#\d+\s+.+?\(.+?\)$`, 'dart:frames'),
    ...(i < DART_MESSAGE_LINES ? [rule(`dart:message${i}`, '', `dart:message${i + 1}`)] : []),
  ]).flat(),
];

/** Rules by language. */
export const LANGUAGES: Readonly<Record<string, readonly Rule[]>> = {
  java: AT_FRAMES,
  js: AT_FRAMES,
  csharp: AT_FRAMES,
  python: PYTHON,
  php: PHP,
  go: GO,
  ruby: RUBY,
  dart: DART,
};

/** All rules of some languages; of all for none, `all` or `default`. Throws an Error that says which name is none. */
export function rulesOf(languages: readonly string[]): readonly Rule[] {
  const names = languages.length === 0 ? ['all'] : languages;
  const rules = new Set<Rule>();
  for (const name of names) {
    const key = name.trim().toLowerCase();
    const known = key === 'all' || key === 'default' ? Object.values(LANGUAGES).flat() : LANGUAGES[key];
    if (!known) throw new Error(`unknown language '${name}'; known are ${[...Object.keys(LANGUAGES), 'all'].join(', ')}`);
    for (const one of known) rules.add(one);
  }
  return [...rules];
}
