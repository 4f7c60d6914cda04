import { expect, test } from 'vitest';
import { RecentLog } from '../../../src/admin/recent-log.ts';

const at = (sec: number) => ({ sec, nsec: 5_000_000 });

test('keeps warnings and worse, and counts what repeats', () => {
  const log = new RecentLog();
  log.add('info', at(1), 'started');
  log.add('warn', at(2), 'slow');
  log.add('warn', at(3), 'slow');
  log.add('error', at(4), 'slow');
  expect(log.lines).toEqual([{ at: 3005, level: 'warn', text: 'slow', times: 2 }, { at: 4005, level: 'error', text: 'slow', times: 1 }]);
});

test('keeps the last hundred, and the beginning of long ones', () => {
  const log = new RecentLog();
  for (let i = 0; i < 250; i++) log.add('warn', at(i), `line ${i}`);
  log.add('fatal', at(300), 'x'.repeat(5000));
  expect(log.lines.length).toBe(100);
  expect(log.lines[0]!.text).toBe('line 151');
  expect(log.lines.at(-1)!.text).toBe(`${'x'.repeat(2000)}…`);
});
