/** Methods of Enumerable that compare items: sorting, smallest and largest. */
import { integerArgument, needBlock } from '../arguments.ts';
import { compare, order } from '../equality.ts';
import { className } from '../class-name.ts';
import { enumerator, listOf } from '../list.ts';
import { steps } from '../machine.ts';
import { defineMethods } from '../method.ts';
import { argumentError } from '../ruby-error.ts';
import { type RubyProc, type RubyValue } from '../values.ts';

type Order = (a: RubyValue, b: RubyValue) => number;

/** The order that a block gives, or <=>. */
function orderOf(block: RubyProc | null): Order {
  if (!block) {
    // sorting asks for the later item first; the error names the earlier one first
    return (a, b) => {
      steps(1);
      return -order(b, a);
    };
  }
  return (a, b) => {
    steps(1);
    const result = block.call2(a, b);
    const sign = result === null ? undefined : compare(result, 0);
    if (sign === undefined) throw argumentError(`comparison of ${className(a)} with ${className(b)} failed`);
    return sign;
  };
}

/** The same for finding the smallest: the later item comes first. */
const extremeOrder = (block: RubyProc | null): Order => (block ? orderOf(block) : order);

/** The items in order. */
function sorted(list: readonly RubyValue[], block: RubyProc | null): RubyValue[] {
  return list.toSorted(orderOf(block));
}

/** The items in the order of what the block gives for each. */
function sortedBy(list: readonly RubyValue[], block: RubyProc): RubyValue[] {
  const keyed = list.map((item) => ({ item, key: block.call1(item) }));
  return keyed.sort((a, b) => order(a.key, b.key)).map(({ item }) => item);
}

/** The first item in an order, or the first `count` ones. */
function extreme(list: readonly RubyValue[], count: RubyValue | undefined, by: Order): RubyValue {
  if (count !== undefined && count !== null) return list.toSorted(by).slice(0, integerArgument(count));
  if (list.length === 0) return null;
  let best = list[0]!;
  for (let i = 1; i < list.length; i++) if (by(list[i]!, best) < 0) best = list[i]!;
  return best;
}

function extremeBy(list: readonly RubyValue[], count: RubyValue | undefined, block: RubyProc, sign: 1 | -1): RubyValue {
  const keyed = list.map((item) => ({ item, key: block.call1(item) }));
  const by = (a: { key: RubyValue }, b: { key: RubyValue }): number => sign * order(a.key, b.key);
  if (count !== undefined && count !== null) return keyed.toSorted(by).slice(0, integerArgument(count)).map(({ item }) => item);
  const [first] = keyed;
  return first ? keyed.reduce((best, next) => (by(next, best) < 0 ? next : best), first).item : null;
}

const reversed = (by: Order): Order => (a, b) => -by(a, b);

defineMethods<RubyValue>('Enumerable', {
  sort: [0, 0, (self, block) => sorted(listOf(self), block)],
  sort_by: [0, 0, (self, block) =>
    block ? sortedBy(listOf(self), block) : enumerator('sort_by', (given) => sortedBy(listOf(self), given))],
  min: [0, 1, (self, block, count) => extreme(listOf(self), count, extremeOrder(block))],
  max: [0, 1, (self, block, count) => extreme(listOf(self), count, reversed(extremeOrder(block)))],
  minmax: [0, 0, (self, block) => {
    const list = listOf(self);
    return [extreme(list, undefined, extremeOrder(block)), extreme(list, undefined, reversed(extremeOrder(block)))];
  }],
  min_by: [0, 1, (self, block, count) => extremeBy(listOf(self), count, needBlock(block), 1)],
  max_by: [0, 1, (self, block, count) => extremeBy(listOf(self), count, needBlock(block), -1)],
  minmax_by: [0, 0, (self, block) => {
    const [list, given] = [listOf(self), needBlock(block)];
    return [extremeBy(list, undefined, given, 1), extremeBy(list, undefined, given, -1)];
  }],
});
