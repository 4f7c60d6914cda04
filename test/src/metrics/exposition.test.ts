import { expect, test } from 'vitest';
import { exposition, numberText } from '../../../src/metrics/exposition.ts';
import type { Sample } from '../../../src/metrics/metrics.ts';

const sample = (name: string, value: number, labels = {}, more: Partial<Sample> = {}): Sample => ({ name, help: `Help of ${name}.`, type: 'counter', labels, value, ...more });

test('samples of one name stand together behind TYPE and HELP, in the order in which names first come', () => {
  expect(exposition([sample('b_total', 1, { x: '1' }), sample('a_total', 2), sample('b_total', 3, { x: '2' })])).toBe(
    '# TYPE b_total counter\n# HELP b_total Help of b_total.\nb_total{x="1"} 1.0\nb_total{x="2"} 3.0\n# TYPE a_total counter\n# HELP a_total Help of a_total.\na_total 2.0\n',
  );
});

test('no samples make an empty page', () => {
  expect(exposition([])).toBe('');
});

test('parts of a histogram have the name of the whole in TYPE and HELP', () => {
  const parts = [sample('h', 2, { le: '1' }, { type: 'histogram', suffix: '_bucket' }), sample('h', 3.5, {}, { type: 'histogram', suffix: '_sum' })];
  expect(exposition(parts)).toBe('# TYPE h histogram\n# HELP h Help of h.\nh_bucket{le="1"} 2.0\nh_sum 3.5\n');
});

test('backslashes and line breaks are escaped, quotes in labels alone', () => {
  expect(exposition([sample('a', 0, { path: 'c:\\x "y"\nz' }, { help: 'one\\two\n"three"' })])).toBe(
    '# TYPE a counter\n# HELP a one\\\\two\\n"three"\na{path="c:\\\\x \\"y\\"\\nz"} 0.0\n',
  );
});

test('numbers are written as readers of the format take them', () => {
  expect([2, 0.02, 1e21, 1e-7, -3, Infinity, -Infinity, NaN].map(numberText)).toEqual(['2.0', '0.02', '1.0e+21', '1.0e-07', '-3.0', '+Inf', '-Inf', 'NaN']);
});
