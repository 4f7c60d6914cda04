import { expect, test } from 'vitest';
import { InvalidMatchError, MatchBuilder } from '../../../src/systemd-journal-reader/match.ts';

function build(...steps: (string | '+' | '*')[]): string {
  const builder = new MatchBuilder();
  for (const step of steps) {
    if (step === '+') builder.addDisjunction();
    else if (step === '*') builder.addConjunction();
    else builder.addMatch(step);
  }
  return builder.build().map((groups) => groups.map((group) => group.map((values) => values.map(String).join('|')).join('&')).join(' or ')).join(' and ');
}

test('values of one field are alternatives, fields belong together', () => expect(build('A=1', 'B=1', 'A=2', 'A=1')).toBe('A=1|A=2&B=1'));
test('a disjunction begins a group, and one without matches is nothing', () => expect(build('+', 'A=1', '+', '+', 'B=1', '+')).toBe('A=1 or B=1'));
test('a conjunction begins a term around the groups', () => expect(build('A=1', '+', 'B=1', '*', 'A=2', '*')).toBe('A=1 or B=1 and A=2'));
test('nothing matches everything', () => expect(build('+', '*')).toBe(''));

test.each(['A', '=x', 'a=1', '__CURSOR=1', 'A B=1', ''])('%j is not a match', (text) => {
  expect(() => build(text)).toThrow(InvalidMatchError);
});
