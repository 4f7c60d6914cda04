import { expect, test } from 'vitest';
import { compileMatches } from '../../../../plugins/input/systemd/matches.ts';

function compile(list: Parameters<typeof compileMatches>[0]): { groups: string[][]; problems: string[] } {
  const problems: string[] = [];
  const groups = compileMatches(list, (message) => problems.push(message));
  return { groups: groups.map((group) => group.map((match) => Buffer.from(match).toString())), problems };
}

test('the fields of a hash belong together, hashes are alternatives, lists are values of one field', () => {
  expect(compile([new Map([['_SYSTEMD_UNIT', 'kubelet.service']]), new Map<string, string | string[]>([['A', 'x'], ['PRIORITY', ['5', '6']]])])).toEqual({
    groups: [['_SYSTEMD_UNIT=kubelet.service'], ['A=x', 'PRIORITY=5', 'PRIORITY=6']],
    problems: [],
  });
});

test('names are written in upper case and values as text', () => {
  expect(compile([new Map<string, string | number | boolean>([['_systemd_unit', 'a'], ['priority', 6], ['flag', true]])]).groups).toEqual([['_SYSTEMD_UNIT=a', 'PRIORITY=6', 'FLAG=true']]);
});

test('an empty hash matches nothing in particular and is left out', () => {
  expect(compile([new Map()])).toEqual({ groups: [], problems: [] });
});

test('says what is wrong', () => {
  expect(compile(['x', new Map([['a-b', 'c']]), new Map([['A', new Map()]])]).problems).toEqual([
    'expected a list of hashes, found "x" in it',
    "'a-b' is not the name of a field: expected letters, digits and _, not beginning with __",
    "the value of 'A' should be a text or a list of texts, found a hash",
  ]);
});
