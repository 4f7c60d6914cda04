import { expect, test } from 'vitest';
import { SettledCursors } from '../../../../plugins/input/systemd/settled-cursors.ts';

test('the position moves in the order of the batches, whatever the order of their acknowledgements', () => {
  const saved: string[] = [];
  const cursors = new SettledCursors((cursor) => saved.push(cursor));
  const [first, second, third] = ['a', 'b', 'c'].map((cursor) => cursors.add(cursor));
  second();
  expect(saved).toEqual([]);
  expect(cursors.pending).toBe(3);
  first();
  expect(saved).toEqual(['b']);
  third();
  expect(saved).toEqual(['b', 'c']);
  expect(cursors.pending).toBe(0);
});
