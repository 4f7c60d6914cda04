import { afterAll, describe, expect, test } from 'vitest';
import { patternTest } from '../../../../plugins/input/tail/settings.ts';
import { ConfigError } from '../../../../src/errors.ts';
import { Folder, noneParser, type Given } from './harness.ts';

const folder = new Folder();
afterAll(() => folder.remove());

function problemsOf(given: Given): string[] {
  const { problems, thrown } = create(given);
  return [...problems, ...thrown];
}

function create(given: Given) {
  const problems: string[] = [];
  const thrown: string[] = [];
  try {
    const { context } = folder.create(given);
    problems.push(...context.problems.map(({ message }) => message));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    thrown.push(...error.problems.map(({ message }) => message));
  }
  return { problems, thrown };
}

describe('mistakes', () => {
  test.each<[string, Given, string]>([
    ['follow_inodes without pos_file', { follow_inodes: true, pos_file: undefined }, "Can't follow inodes without pos_file configuration parameter"],
    ['no way to notice changes', { enable_watch_timer: false, enable_stat_watcher: false }, 'either of enable_watch_timer or enable_stat_watcher must be true'],
    ['glob_policy always with a comma', { glob_policy: 'always' }, 'cannot use glob_policy as always with the default path_delimiter: `,"'],
    ['braces beside wildcards', { glob_policy: 'extended', path: '/a/{b,c}*.log', path_delimiter: '|' },
      'cannot include curly braces with glob patterns in `/a/{b,c}*.log". Use glob_policy always instead.'],
    ['a delimiter that paths have', { path_delimiter: '/' }, '/, *, % are reserved words: /'],
    ['no path', { path: ' , ' }, "tail: 'path' parameter is required on tail input"],
    ['an unknown zone', { path_timezone: 'Nowhere' }, "Unsupported timezone 'Nowhere'"],
    ['an unknown encoding', { encoding: 'UTF-8', from_encoding: 'klingon' }, 'unknown encoding name - klingon'],
    ['from_encoding alone', { from_encoding: 'UTF-16LE' }, "tail: 'from_encoding' parameter must be specified with 'encoding' parameter."],
    ['another target than UTF-8', { encoding: 'EUC-JP', from_encoding: 'UTF-16LE' }, 'text can be converted to UTF-8 only, found EUC-JP'],
    ['throttling without timer', { read_bytes_limit_per_second: 10_000, enable_watch_timer: false }, 'Need to enable watch timer when using log throttling feature'],
    ['a group of rules for nothing', { group: { pattern: { source: '(?<a>.)', options: '' }, rate_period: 1, rule: [{ match: new Map([['b', '/x/']]), limit: 1 }] } as never },
      "<rule> match has the key 'b', which is no named group of <group> pattern"],
    ['a negative limit', { group: { pattern: { source: '(?<a>.)', options: '' }, rate_period: 1, rule: [{ match: new Map([['a', '/x/']]), limit: -2 }] } as never },
      '<rule> limit should be -1 or more, found -2'],
  ])('%s', (_, given, message) => {
    expect(problemsOf(given)).toEqual([message]);
  });

  test('two sources with one position file', () => {
    const shared = new Map<string, unknown>();
    folder.create({}, noneParser, shared);
    expect(() => folder.create({}, noneParser, shared)).toThrow(`Other 'in_tail' plugin already use same pos_file path: plugin_id = object:1, pos_file path = ${folder.at('tail.pos')}`);
  });
});

test('the default group pattern reads names of containers', () => {
  expect(problemsOf({})).toEqual([]);
});

test('without a position file there is a warning', () => {
  expect(folder.create({ pos_file: undefined }).logged('warn')).toEqual([
    "'pos_file PATH' parameter is not set to a 'tail' source.",
    'this parameter is highly recommended to save the position to resume tailing.',
  ]);
});

test.each([
  ['backward_compatible', [true, false, false, false, false]],
  ['extended', [true, true, true, false, false]],
  ['always', [true, true, true, true, false]],
] as const)('with glob_policy %s these are patterns', (policy, expected) => {
  expect(['/a/*.log', '/a/?.log', '/a/[ab].log', '/a/{a,b}.log', '/a/b.log'].map(patternTest(policy))).toEqual(expected);
});
