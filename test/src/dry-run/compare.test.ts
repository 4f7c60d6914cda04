import { expect, test } from 'vitest';
import { compare, differing, wantedLines } from '../../../src/dry-run/compare.ts';
import { Fingerprints } from '../../../src/dry-run/compare-fingerprints.ts';
import { parsePlan, type Plan } from '../../../src/dry-run/compare-plan.ts';
import type { Step } from '../../../src/plugin.ts';

type Row = readonly [line: number, place: string, text: string];

const numbers = new Map<string, number>();
const numberOf = (text: string) => numbers.get(text) ?? numbers.set(text, numbers.size).get(text)!;

/** A plan of one file whose lines come to places as told. */
function plan(rows: readonly Row[], lines = Infinity): Plan {
  const fingerprints = new Fingerprints();
  for (const [, name, text] of rows)
    fingerprints.add(0, { type: 'cloudwatch_logs' } as Step, [{ name, events: 1, bytes: text.length, batches: 1, firstMs: 0, lastMs: 0, samples: [{ timeMs: 0, text, bytes: text.length }] }]);
  const places = [...new Set(rows.map(([, name]) => `cloudwatch_logs\n${name}`))];
  const followed = rows.filter(([line]) => line <= lines);
  return {
    version: 1, kind: 'logferry plan', setup: { configFile: 'a.conf', now: '2024-05-14T10:00:00.000Z' },
    files: [{ path: '/a.log', bytes: 10, lines: 5 }], places: fingerprints.all,
    followed: {
      places,
      files: [{
        path: '/a.log', lines: Math.min(lines, 5), complete: lines >= 5, at: followed.map(([line]) => line),
        places: followed.map(([, name]) => places.indexOf(`cloudwatch_logs\n${name}`)), hashes: followed.map(([, , text]) => numberOf(text)),
      }],
    },
  };
}

test('equal plans do not differ, in whatever order their events came', () => {
  const found = compare(plan([[1, 'g s', 'a'], [2, 'g s', 'b']]), plan([[2, 'g s', 'b'], [1, 'g s', 'a']]));
  expect(found).toMatchObject({ differs: false, sentence: 'nothing changes: every place gets the same events', groups: [], places: [], changes: [], events: { same: 2 } });
});

test('an event that goes elsewhere moves, with the places of both sides', () => {
  const found = compare(plan([[1, 'g s', 'a'], [2, 'g s', 'b']]), plan([[1, 'h s', 'a'], [2, 'g s', 'b']]));
  expect(found.events).toEqual({ same: 1, moved: 1, changed: 0, appeared: 0, vanished: 0 });
  expect(found.changes).toEqual([{
    kind: 'moved', from: 'g', to: 'h', events: 1, samples: [{ origin: { path: '/a.log', line: 1 }, from: 'g s', to: 'h s', before: null, after: null, beforeTime: null, afterTime: null }],
  }]);
  expect(found.groups).toEqual([
    { name: 'g', before: { events: 2, bytes: 2 }, after: { events: 1, bytes: 1 } }, { name: 'h', before: null, after: { events: 1, bytes: 1 } },
  ]);
  expect(found.sentence).toBe('1 event moves; 2 places differ');
  expect(wantedLines(found)).toEqual(new Map([['/a.log', new Set([1])]]));
});

test('other content in the same place is a change', () => {
  expect(compare(plan([[1, 'g s', 'a']]), plan([[1, 'g s', 'x']])).changes).toMatchObject([{ kind: 'changed', from: 'g', to: 'g', events: 1 }]);
});

test('lines that are joined now change the first event and take the others away', () => {
  const found = compare(plan([[1, 'g s', 'a'], [2, 'g s', ' at b'], [3, 'g s', ' at c']]), plan([[1, 'g s', 'a at b at c']]));
  expect(found.events).toEqual({ same: 0, moved: 0, changed: 1, appeared: 0, vanished: 2 });
});

test('an event that is copied now appears at its second place', () => {
  const found = compare(plan([[1, 'g s', 'a']]), plan([[1, 'g s', 'a'], [1, 'h s', 'a']]));
  expect(found.events).toEqual({ same: 1, moved: 0, changed: 0, appeared: 1, vanished: 0 });
  expect(found.changes).toMatchObject([{ kind: 'appeared', from: null, to: 'h' }]);
});

test('what was not followed is compared by its sums', () => {
  const found = compare(plan([[1, 'g s', 'a'], [4, 'g s', 'b']], 2), plan([[1, 'g s', 'a'], [4, 'g s', 'c']], 2));
  expect(found).toMatchObject({ differs: true, sentence: '1 place differs', changes: [], followed: { complete: false, cutFiles: ['/a.log'], events: 1 } });
});

test('the same events in other numbers differ', () => {
  const one = plan([[1, 'g s', 'a']]).places;
  const two = plan([[1, 'g s', 'a'], [2, 'g s', 'a']]).places;
  expect(differing(one, two)).toEqual(new Set(['cloudwatch_logs\ng s']));
});

test('other logs than those of the plan are told', () => {
  const before = plan([[1, 'g s', 'a']]);
  expect(compare({ ...before, files: [{ path: '/a.log', bytes: 9, lines: 5 }] }, before).sameLogs).toBe(false);
});

test('a file that is no plan says so', () => {
  expect(() => parsePlan('no', 'p.json')).toThrow("p.json: expected a plan that 'logferry dry-run --out' has written, found no JSON");
  expect(() => parsePlan('{"version":1}', 'p.json')).toThrow("p.json: expected a plan that 'logferry dry-run --out' has written, found other JSON");
  expect(() => parsePlan(JSON.stringify({ ...plan([]), version: 7 }), 'p.json')).toThrow('p.json: this is a plan of version 7, expected 1: write it again with this program');
  expect(() => parsePlan(JSON.stringify({ ...plan([]), followed: {} }), 'p.json')).toThrow('p.json: the plan is damaged');
});
