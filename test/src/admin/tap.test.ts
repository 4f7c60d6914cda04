import { describe, expect, test } from 'vitest';
import { readTapRequest } from '../../../src/admin/tap-stream.ts';
import { createTap, STAGES, type Stage, type Tap } from '../../../src/admin/tap.ts';
import { ObjectBatch, type EventBatch } from '../../../src/event.ts';
import type { Value } from '../../../src/lib/value.ts';
import type { Step } from '../../../src/plugin.ts';
import { compileMatchPattern } from '../../../src/routing/match-pattern.ts';

const step = (kind: Step['kind'], id = 'x'): Step => ({
  kind, type: `${kind}_type`, id, configured: true, label: '@A', pattern: '**', at: { file: 'f', line: 1, column: 1 }, owner: undefined, received: 0, passed: 0, emitted: 0, failed: 0, batches: 0,
});

function batch(size: number, tag = 'a.b', value: (index: number) => Value = (index) => index): EventBatch {
  return new ObjectBatch(tag, Array.from({ length: size }, (_, index) => ({ time: { sec: 0, nsec: 1 }, record: new Map([['n', value(index)]]) })));
}

function open(changes: { stages?: readonly Stage[]; tag?: string; plugin?: string; perSecond?: number; taken?: () => boolean } = {}): { tap: Tap; lines: string[]; advance(ms: number): void } {
  const lines: string[] = [];
  let now = 0;
  const tap = createTap({
    stages: new Set(changes.stages ?? STAGES),
    tag: compileMatchPattern(changes.tag ?? '**'),
    plugin: changes.plugin,
    perSecond: changes.perSecond ?? 1000,
    write: (line) => {
      if (changes.taken?.() === false) return false;
      lines.push(line);
      return true;
    },
    now: () => now,
  });
  return { tap, lines, advance: (ms) => void (now += ms) };
}

describe('a tap', () => {
  test('shows an event with its place, tag, time and record', () => {
    const { tap, lines } = open();
    tap.observer.emitted!(step('input'), '@A', batch(1));
    expect(lines).toEqual(['{"stage":"input","kind":"input","type":"input_type","plugin":"x","label":"@A","tag":"a.b","time":"1970-01-01T00:00:00.000000001Z","record":{"n":0}}\n']);
  });

  test('tells all stages apart', () => {
    const { tap, lines } = open();
    const { observer } = tap;
    observer.emitted!(step('input'), '@ROOT', batch(1));
    observer.emitted!(step('output'), '@A', batch(1));
    observer.filtered!(step('filter'), batch(1), batch(0));
    observer.filtered!(step('filter'), batch(1), batch(1));
    observer.received!(step('output'), batch(1));
    observer.failed!(step('filter'), 't', { time: { sec: 1, nsec: 0 }, record: new Map() }, new Error('no'));
    observer.unmatched!('@A', batch(1));
    expect(lines.map((line) => (JSON.parse(line) as { stage: string }).stage)).toEqual(['input', 'emit', 'before', 'before', 'after', 'output', 'error', 'unmatched']);
    expect(JSON.parse(lines[6]!)).toMatchObject({ error: 'no', tag: 't', record: {} });
  });

  test('takes the stages, tags and plugins that were asked for', () => {
    const { tap, lines } = open({ stages: ['output'], tag: 'a.*', plugin: 'wanted' });
    tap.observer.emitted!(step('input', 'wanted'), '', batch(1));
    tap.observer.received!(step('output', 'other'), batch(1));
    tap.observer.received!(step('output', 'wanted'), batch(1, 'b.c'));
    expect(lines).toEqual([]);
    tap.observer.received!(step('output', 'wanted'), batch(2));
    expect(lines.length).toBe(2);
    expect(tap.takeDropped()).toBe(0);
  });

  test('shows so many events in a second and tells how many it left out', () => {
    const { tap, lines, advance } = open({ perSecond: 10 });
    tap.observer.received!(step('output'), batch(25));
    expect([lines.length, tap.takeDropped(), tap.takeDropped()]).toEqual([10, 15, 0]);
    advance(500);
    tap.observer.received!(step('output'), batch(25));
    expect([lines.length, tap.takeDropped()]).toEqual([15, 20]);
    advance(60_000);
    tap.observer.received!(step('output'), batch(25));
    expect([lines.length, tap.takeDropped()]).toEqual([25, 15]);
  });

  test('shows a few large events, and the beginning of one that is too large', () => {
    const { tap, lines } = open();
    tap.observer.received!(step('output'), batch(1, 'a', () => 'x'.repeat(200_000)));
    expect(JSON.parse(lines[0]!)).toMatchObject({ cut: '200008 characters, the first 4096 are shown' });
    expect(lines[0]!.length).toBeLessThan(5000);
    tap.observer.received!(step('output'), batch(100, 'a', () => 'x'.repeat(100_000)));
    expect(lines.length).toBe(1 + 21);
    expect(tap.takeDropped()).toBe(79);
  });

  test('counts what its reader does not take', () => {
    const { tap, lines } = open({ taken: () => false });
    tap.observer.received!(step('output'), batch(3));
    expect([lines.length, tap.takeDropped()]).toEqual([0, 3]);
  });

  test('makes no events of a batch beyond those that it shows', () => {
    const { tap } = open({ perSecond: 2 });
    const asked: [number, number][] = [];
    const lent: EventBatch = {
      tag: 'a', size: 1000, with: () => lent,
      get events(): never {
        throw new Error('all events were made');
      },
      slice: (from, to) => {
        asked.push([from, to]);
        return batch(to - from);
      },
    };
    tap.observer.received!(step('output'), lent);
    expect(asked).toEqual([[0, 2]]);
    expect(tap.takeDropped()).toBe(998);
  });

  test('shows a record that JSON has no form for as such', () => {
    const { tap, lines } = open();
    tap.observer.received!(step('output'), batch(1, 'a', () => Number.NaN));
    expect(JSON.parse(lines[0]!)).toMatchObject({ cut: 'this record has no JSON form', text: '' });
  });
});

describe('the parameters of a tap', () => {
  const read = (query: string) => readTapRequest(new URLSearchParams(query));

  test('have defaults', () => {
    expect(read('')).toEqual({ tag: '**', stages: new Set(['input']), plugin: undefined, perSecond: 50 });
    expect(read('tag=a.*&stage=after,error&plugin=p&rate=7')).toEqual({ tag: 'a.*', stages: new Set(['after', 'error']), plugin: 'p', perSecond: 7 });
    expect([...read('stage=all').stages]).toEqual([...STAGES]);
  });

  test.each([
    ['stage=x', "stage: expected input, before, after, output, emit, error, unmatched or all, found 'x'"],
    ['rate=0', "rate: expected events in a second from 1 to 1000, found '0'"],
    ['rate=5000', "rate: expected events in a second from 1 to 1000, found '5000'"],
    ['tag={a', 'expected } in the pattern, found the end of {a'],
    ['tags=a', "there is no parameter 'tags'; there are tag, stage, plugin, rate"],
  ])('%s is refused', (query, message) => {
    expect(() => read(query)).toThrow(message);
  });
});
