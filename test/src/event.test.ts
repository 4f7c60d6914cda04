import { describe, expect, test } from 'vitest';
import { Ack, ObjectBatch, withEvents } from '../../src/event.ts';

const event = (n: number) => ({ time: { sec: n, nsec: 0 }, record: new Map([['n', n]]) });

describe('Ack', () => {
  test('settles when the last claim is settled', () => {
    let settled = 0;
    const ack = new Ack(() => settled++);
    ack.retain();
    ack.settle();
    expect(settled).toBe(0);
    ack.settle();
    expect(settled).toBe(1);
  });

  test('tells of a claim that is settled twice, or taken too late', () => {
    const ack = new Ack(() => {});
    ack.settle();
    expect(() => ack.settle()).toThrow('an acknowledgement was settled once too often');
    expect(() => ack.retain()).toThrow('a settled acknowledgement was retained');
  });

  test('of several settles one claim of each', () => {
    const settled: string[] = [];
    const a = new Ack(() => settled.push('a'));
    const b = new Ack(() => settled.push('b'));
    Ack.all([a, undefined, b])!.settle();
    expect(settled).toEqual(['a', 'b']);
    expect(Ack.all([undefined])).toBeUndefined();
  });
});

describe('ObjectBatch', () => {
  test('keeps its events under another tag', () => {
    const ack = new Ack(() => {});
    const batch = new ObjectBatch('a', [event(1), event(2)], ack);
    expect(batch.with({ tag: 'b' })).toMatchObject({ tag: 'b', size: 2, ack });
    expect(batch.with({ ack: undefined }).ack).toBeUndefined();
    expect(batch.slice(1, 2).events).toEqual([event(2)]);
    expect(withEvents(batch, batch.events)).toBe(batch);
  });
});
