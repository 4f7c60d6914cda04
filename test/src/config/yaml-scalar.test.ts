import { expect, it } from 'vitest';
import { plainScalar } from '../../../src/config/yaml-scalar.ts';
import { Float } from '../../../src/lib/value.ts';
import type { Value } from '../../../src/lib/value.ts';

it.each<[string, Value]>([
  ['', null],
  ['~', null],
  ['Null', null],
  ['yes', true],
  ['ON', true],
  ['off', false],
  ['y', 'y'],
  ['n', 'n'],
  ['12', 12],
  ['-5', -5],
  ['1_000', 1000],
  ['1,000', 1000],
  ['017', 15],
  ['-017', -15],
  ['0o17', '0o17'],
  ['08', '08'],
  ['0x1F', 31],
  ['0b11', 3],
  ['123456789012345678901', 123456789012345678901n],
  ['1.50', 1.5],
  ['1.0', new Float(1)],
  ['.5', 0.5],
  ['.5e1', new Float(5)],
  ['1.', new Float(1)],
  ['1e3', '1e3'],
  ['1.2.3', '1.2.3'],
  ['.', '.'],
  ['-.inf', new Float(-Infinity)],
  ['1:30', 5400],
  ['1:02:03', 3723],
  ['10.0.0.1:80', '10.0.0.1:80'],
  ['2022-10-03', '2022-10-03'],
  ['text', 'text'],
  ['@type', '@type'],
])('the unquoted YAML scalar %j is %s', (text, expected) => {
  expect(plainScalar(text)).toEqual(expected);
});
