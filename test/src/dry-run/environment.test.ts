import { expect, test } from 'vitest';
import { createEnvironment, parseEnvironment } from '../../../src/dry-run/environment.ts';

const at = { file: 'fluent.conf', line: 3, column: 7 };

test('a variable that is missing and has a default is told apart from one that is needed', () => {
  const { evaluate, missing } = createEnvironment({ SET: 'x' });
  expect(evaluate("ENV['SET']", at)).toBe('x');
  expect(evaluate("ENV['A'] || 'json'", at)).toBe('json');
  expect(evaluate("ENV.fetch('B', 5)", at)).toBe('5');
  expect(evaluate("ENV['C']", at)).toBe('');
  expect(evaluate("ENV['E'] || ''", at)).toBe('');
  expect(evaluate("ENV.fetch('D')", at)).toBe('missing');
  expect(missing()).toEqual([
    { name: 'A', at, hasDefault: true },
    { name: 'B', at, hasDefault: true },
    { name: 'C', at, hasDefault: false },
    { name: 'D', at, hasDefault: false },
    { name: 'E', at, hasDefault: true },
  ]);
});

test('a default in one place does not make up for another place that needs it', () => {
  const { evaluate, missing } = createEnvironment({});
  evaluate("ENV['A'] || 1", at);
  evaluate("ENV.fetch('A')", { ...at, line: 9 });
  expect(missing()).toEqual([{ name: 'A', at: { ...at, line: 9 }, hasDefault: false }]);
});

test('the number of the worker is known, as the agent sets it', () => {
  const { evaluate, missing } = createEnvironment({});
  expect(evaluate("ENV['SERVERENGINE_WORKER_ID']", at)).toBe('0');
  expect(missing()).toEqual([]);
});

test('an expression that is wrong for another reason stays an error', () => {
  expect(() => createEnvironment({}).evaluate('1 +', at)).toThrow('expected');
});

test('an env file has names and values, comments, export and quotes', () => {
  expect([...parseEnvironment('# a\n\nA=1\r\nexport B="x y"\nC=\'z\'\nD=a=b\n', 'env')]).toEqual([['A', '1'], ['B', 'x y'], ['C', 'z'], ['D', 'a=b']]);
  expect(() => parseEnvironment('A=1\noops\n', 'env')).toThrow("env:2: expected NAME=VALUE, found 'oops'");
});
