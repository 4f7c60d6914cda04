import { expect, test } from 'vitest';
import { parseOptions, parseOptionsAndNames } from '../../../src/cli/parse-options.ts';

const OPTIONS = { config: { type: 'string', short: 'c' }, strict: { type: 'boolean' }, env: { type: 'string', multiple: true } } as const;

test.each([
  [['--stric'], "there is no option --stric; did you mean --strict?. See 'logferry check --help'."],
  [['--wholly-else'], "there is no option --wholly-else. See 'logferry check --help'."],
  [['-x'], "there is no option -x. See 'logferry check --help'."],
  [['fluent.conf'], "'fluent.conf' belongs to no option: give the configuration with -c fluent.conf. See 'logferry check --help'."],
  [['-c'], "-c, --config needs a value. See 'logferry check --help'."],
  [['--strict=yes'], "Option '--strict' does not take an argument. See 'logferry check --help'."],
])('%j is refused with a sentence that helps', (argv, message) => {
  expect(() => parseOptions(argv, OPTIONS, 'check')).toThrow(message);
});

test('what fits is given as it is', () => {
  expect({ ...parseOptions(['-c', 'a', '--env', 'A=1', '--env', 'B=2'], OPTIONS, 'check') }).toEqual({ config: 'a', env: ['A=1', 'B=2'] });
  expect(parseOptionsAndNames(['a.yaml', '--strict', 'b.yaml'], OPTIONS, 'test').positionals).toEqual(['a.yaml', 'b.yaml']);
});
