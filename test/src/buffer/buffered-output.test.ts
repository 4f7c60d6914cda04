import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { BufferOverflowError, RetryLaterError, TakebackError, UnrecoverableError } from '../../../src/errors.ts';
import { Ack, type LogEvent } from '../../../src/event.ts';
import type { BufferedOutput, Chunk, ChunkStorage } from '../../../src/plugin.ts';
import { UTC } from '../../../src/time/zone.ts';
import { event, objectBatch, textBatch } from '../../support/batches.ts';
import { createBuffering, describeChunk, memoryStorage, type Written } from '../../support/buffering.ts';
import type { TestContext } from '../../support/context.ts';

const START = Date.UTC(2022, 9, 3, 10);

beforeEach(() => {
  vi.useFakeTimers({ now: START });
});
afterEach(() => {
  vi.useRealTimers();
});

const texts = (written: readonly Written[]) => written.map(({ text }) => text);
const batch = (names: string, tag = 'a', ack?: Ack) => objectBatch(tag, names.split(' ').map((m, i) => event(1000 + i, { m })), ack);
/** An acknowledgement and whether it has settled, with the claim of the core already given back. */
function ackOf(): { ack: Ack; settled: () => number; release: () => void } {
  let count = 0;
  const ack = new Ack(() => void count++);
  return { ack, settled: () => count, release: () => ack.settle() };
}
const passing = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** The counters that are not 0. */
function raised(context: TestContext): [string, number][] {
  return [...context.metrics.read()].filter(({ value }) => value !== 0).map(({ name, value }) => [name, value]);
}

describe('when chunks are flushed', () => {
  test('interval: a chunk is delivered when it is flush_interval old', async () => {
    const { output, written } = createBuffering({ settings: { flushIntervalMs: 5000 } });
    await output.start!();
    output.emit(batch('a b'));
    await passing(3000);
    output.emit(batch('c'));
    await passing(1999);
    expect(written).toEqual([]);
    await passing(2);
    expect(texts(written)).toEqual(['a\nb\nc\n']);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('immediate: every batch is a chunk of its own', async () => {
    const { output, written } = createBuffering({ settings: { flushMode: 'immediate' } });
    await output.start!();
    output.emit(batch('a b'));
    output.emit(batch('c'));
    await passing(1);
    expect(texts(written)).toEqual(['a\nb\n', 'c\n']);
  });

  test('lazy: a chunk waits for the end of its time slot and timekey_wait', async () => {
    const { output, written } = createBuffering({
      keys: { time: true, timekey: 3600 },
      settings: { flushMode: 'lazy', timekeyWaitMs: 60_000 },
    });
    await output.start!();
    output.emit(objectBatch('a', [event(START / 1000 + 10, { m: 'now' }), event(START / 1000 - 10, { m: 'before' })]));
    await passing(59_000);
    expect(texts(written)).toEqual([]);
    await passing(1001);
    expect(texts(written)).toEqual(['before\n']);
    await passing(3_600_000);
    expect(texts(written)).toEqual(['before\n', 'now\n']);
    expect(written.map(({ timekey }) => timekey)).toEqual([START / 1000 - 3600, START / 1000]);
  });

  test('a full chunk does not wait', async () => {
    const { output, written } = createBuffering({ limits: { chunkLimitRecords: 2 } });
    await output.start!();
    output.emit(batch('a b c d e'));
    await passing(1);
    expect(texts(written)).toEqual(['a\nb\n', 'c\nd\n']);
  });

  test('flushNow queues what is staged', async () => {
    const { output, written } = createBuffering();
    await output.start!();
    output.emit(batch('a'));
    output.flushNow();
    await passing(1);
    expect(texts(written)).toEqual(['a\n']);
  });

  test('as many chunks as flush_thread_count are delivered at the same time', async () => {
    let running = 0;
    let most = 0;
    const { output, written } = createBuffering({
      settings: { flushMode: 'immediate', flushThreadCount: 3 },
      deliver: async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 100));
        running--;
      },
    });
    await output.start!();
    for (const name of 'a b c d e'.split(' ')) output.emit(batch(name));
    await passing(150);
    expect(texts(written)).toEqual(['a\n', 'b\n', 'c\n']);
    await passing(100);
    expect(texts(written)).toEqual(['a\n', 'b\n', 'c\n', 'd\n', 'e\n']);
    expect(most).toBe(3);
  });

  test('with the queue full, due chunks stay staged and take more events', async () => {
    let failing = true;
    const { output, written } = createBuffering({
      settings: { flushIntervalMs: 1000 },
      retry: { waitMs: 9000 },
      deliver: () => {
        if (failing) throw new Error('503');
      },
    });
    await output.start!();
    output.emit(batch('a'));
    await passing(2600);
    output.emit(batch('b'));
    await passing(2600);
    output.emit(batch('c'));
    await passing(2600);
    failing = false;
    await passing(10_000);
    expect(texts(written)).toEqual(['a\n', 'b\nc\n']);
  });
});

describe('what goes into a chunk', () => {
  test('events of one tag, time slot and field values', async () => {
    const { output, written } = createBuffering({ keys: { tag: true, time: true, timekey: 100, fields: ['k', '$.o.n'] } });
    await output.start!();
    const o = new Map([['n', 'x']]);
    output.emit(
      objectBatch('t', [
        event(10, { m: '1', k: 'a', o }), event(110, { m: '2', k: 'a', o }), event(20, { m: '3', k: 'a', o }),
        event(30, { m: '4', k: 1 }), event(31, { m: '5', k: '1' }), event(32, { m: '6' }),
      ]),
    );
    output.flushNow();
    await passing(10);
    expect(written.map(({ tag, timekey, fields, text }) => [tag, timekey, fields, text])).toEqual([
      ['t', 0, ['a', 'x'], '1\n3\n'],
      ['t', 100, ['a', 'x'], '2\n'],
      ['t', 0, [1, null], '4\n'],
      ['t', 0, ['1', null], '5\n'],
      ['t', 0, [null, null], '6\n'],
    ]);
  });

  test('a second batch fills the chunk that is there', async () => {
    const { output, written } = createBuffering({ limits: { chunkLimitRecords: 3 } });
    await output.start!();
    output.emit(batch('1 2'));
    output.emit(batch('3 4 5 6 7'));
    output.flushNow();
    await passing(10);
    expect(texts(written)).toEqual(['1\n2\n3\n', '4\n5\n6\n', '7\n']);
  });

  test('chunk_limit_size is never exceeded, chunk_full_threshold ends a chunk early', async () => {
    const { output, written } = createBuffering({ limits: { chunkLimitSize: 10, chunkFullThreshold: 0.5 } });
    await output.start!();
    output.emit(batch('12345678 1 2 123456 3'));
    output.flushNow();
    await passing(10);
    expect(texts(written)).toEqual(['12345678\n', '1\n2\n', '123456\n', '3\n']);
  });

  test('an event that is bigger than a chunk goes to the error label and nothing else is lost', async () => {
    const { output, written, context } = createBuffering({ limits: { chunkLimitSize: 10 } });
    await output.start!();
    const { ack, settled, release } = ackOf();
    output.emit(batch('1 12345678901 2', 'a', ack));
    release();
    output.flushNow();
    await passing(10);
    expect(texts(written)).toEqual(['1\n2\n']);
    expect(context.router.errors.map(({ error }) => (error as Error).message)).toEqual([
      'a 12 bytes record is larger than buffer chunk limit size (10)',
    ]);
    expect(settled()).toBe(1);
  });

  test('compressed chunks are read uncompressed', async () => {
    const { output, written } = createBuffering({ settings: { compress: 'gzip' } });
    await output.start!();
    const long = 'x'.repeat(150);
    for (let i = 0; i < 5; i++) output.emit(batch(`${long} ${long} ${long}`));
    output.flushNow();
    await passing(10);
    expect(texts(written).join('')).toBe(`${long}\n`.repeat(15));
    expect(written).toHaveLength(1);
    expect(output.statistics().emit_size).toBeLessThan(500);
  });

  test('without a format, events are MessagePack and come back as they were', async () => {
    const seen: (readonly LogEvent[])[] = [];
    const { output } = createBuffering({ output: { format: undefined!, write: async (chunk) => void seen.push(await chunk.events()) } });
    await output.start!();
    const events = [event(5, { m: 'ü' }), event(-1 + 2 ** 31, { n: 1 })];
    output.emit(objectBatch('a', events));
    output.flushNow();
    await passing(1);
    expect(seen.map((list) => list.map(({ time, record }) => [time.sec, [...record]]))).toEqual([[[5, [['m', 'ü']]], [2 ** 31 - 1, [['n', 1]]]]]);
  });

  test('an event that cannot be formatted goes to the error label and harms no other', async () => {
    const format: BufferedOutput['format'] = (_tag, _time, record) => {
      if (record.get('m') === 'bad') throw new Error('cannot format');
      return `${String(record.get('m'))}\n`;
    };
    const { output, written, context } = createBuffering({ output: { format } });
    await output.start!();
    const { ack, settled, release } = ackOf();
    output.emit(batch('a bad b', 'a', ack));
    output.emit(batch('bad'));
    release();
    expect(context.router.errors.map(({ event: { record }, error }) => [record.get('m'), (error as Error).message])).toEqual([
      ['bad', 'cannot format'], ['bad', 'cannot format'],
    ]);
    expect(output.statistics()).toMatchObject({ emit_records: 2, buffer_total_queued_size: 4 });
    expect(settled()).toBe(0);
    output.flushNow();
    await passing(1);
    expect(texts(written)).toEqual(['a\nb\n']);
    expect(settled()).toBe(1);
  });
});

describe('a storage that fails', () => {
  test('takes nothing of the batch, and keeps what it had', async () => {
    let room = 3;
    const inner = memoryStorage();
    const storage: ChunkStorage = {
      ...inner,
      create(identity) {
        const stored = inner.create(identity);
        return {
          ...stored,
          append(bytes, events, modifiedAt) {
            if (room-- <= 0) throw new BufferOverflowError('no space left');
            stored.append(bytes, events, modifiedAt);
          },
        };
      },
    };
    const { output, written } = createBuffering({ storage, keys: { fields: ['k'] }, limits: { chunkLimitRecords: 2 } });
    await output.start!();
    output.emit(objectBatch('a', [event(1, { m: 'old', k: 1 })]));
    const more = objectBatch('a', ['1', '2', '3', '4'].map((m) => event(1, { m, k: 1 })));
    expect(() => output.emit(more)).toThrow('no space left');
    expect(output.statistics()).toMatchObject({ buffer_stage_length: 1, buffer_queue_length: 0, buffer_total_queued_size: 4 });
    room = 10;
    output.emit(more);
    output.flushNow();
    await passing(1);
    expect(texts(written)).toEqual(['old\n1\n', '2\n3\n', '4\n']);
  });
});

describe('packed chunks', () => {
  const packing = (written: string[], limits = {}) =>
    createBuffering({
      keys: { tag: true, time: true, timekey: 100, zone: UTC },
      limits,
      output: {
        pack: (part) => {
          const bytes = Buffer.from(`[${part.tag} ${part.size}]`);
          return { bytes, events: part.size, size: part.size * 10 };
        },
        write: (chunk: Chunk) => void written.push(`${chunk.metadata.timekey} ${Buffer.concat(chunk.packed!).toString()} ${chunk.eventCount}`),
      },
    });

  test('hold what pack gave, and text batches are cut at time slots without making events', async () => {
    const written: string[] = [];
    const { output } = packing(written);
    await output.start!();
    const lines = textBatch('t', [event(10, { m: 'a' }), event(20, { m: 'b' }), event(110, { m: 'c' })], undefined, 2);
    output.emit(lines);
    output.emit(textBatch('t', [event(30, { m: 'd' })]));
    output.flushNow();
    await passing(1);
    expect(written).toEqual(['0 [t 2][t 1] 3', '100 [t 1] 1']);
  });

  test('a batch that is bigger than a chunk is cut', async () => {
    const written: string[] = [];
    const { output } = packing(written, { chunkLimitSize: 25 });
    await output.start!();
    output.emit(textBatch('t', [1, 2, 3, 4, 5].map((sec) => event(sec, { m: 'x' }))));
    output.flushNow();
    await passing(1);
    expect(written).toEqual(['0 [t 2] 2', '0 [t 1] 1', '0 [t 2] 2']);
  });
});

describe('acknowledgements', () => {
  test('of a memory buffer settle when all chunks with their events were delivered', async () => {
    let failing = true;
    const { output } = createBuffering({
      keys: { fields: ['k'] },
      settings: { flushMode: 'immediate' },
      deliver: (chunk) => {
        if (failing && chunk.metadata.variables!.get('k') === 2) throw new Error('not yet');
      },
    });
    await output.start!();
    const { ack, settled, release } = ackOf();
    output.emit(objectBatch('a', [event(1, { m: 'x', k: 1 }), event(1, { m: 'y', k: 2 })], ack));
    release();
    await passing(500);
    expect(settled()).toBe(0);
    failing = false;
    await passing(1000);
    expect(settled()).toBe(1);
  });

  test('never settle if a memory buffer is closed before delivery', async () => {
    const { output } = createBuffering({ settings: { flushAtShutdown: false } });
    await output.start!();
    const { ack, settled, release } = ackOf();
    output.emit(batch('a', 'a', ack));
    release();
    await output.flush!(new AbortController().signal);
    await output.stop!();
    await output.close!();
    expect(settled()).toBe(0);
  });
});

describe('failed deliveries', () => {
  test('are tried again after growing pauses, in order', async () => {
    const tries: number[] = [];
    const { output, written, logged } = createBuffering({
      settings: { flushMode: 'immediate' },
      deliver: () => {
        tries.push(Date.now() - START);
        if (tries.length < 4) throw new Error('down');
      },
    });
    await output.start!();
    output.emit(batch('a'));
    output.emit(batch('b'));
    await passing(10_000);
    expect(tries.map((ms) => Math.round(ms / 100) / 10)).toEqual([0, 1, 2, 4, 4]);
    expect(texts(written)).toEqual(['a\n', 'b\n']);
    expect(logged('warn')).toEqual([...Array<string>(3).fill('failed to flush the buffer.'), 'retry succeeded.']);
    expect(output.statistics()).toMatchObject({ retry_count: 3, rollback_count: 3, write_count: 5, retry: {} });
  });

  test('wait as long as the other side asks', async () => {
    const tries: number[] = [];
    const { output } = createBuffering({
      settings: { flushMode: 'immediate' },
      deliver: () => {
        tries.push(Date.now() - START);
        if (tries.length === 1) throw new RetryLaterError('throttled', { delayMs: 7000 });
      },
    });
    await output.start!();
    output.emit(batch('a'));
    await passing(10_000);
    expect(tries).toEqual([0, 7000]);
  });

  test('drop the queue when retry_max_times is reached; dropped is settled', async () => {
    const { output, logged, context } = createBuffering({
      settings: { flushMode: 'immediate' },
      retry: { maxTimes: 2 },
      deliver: () => {
        throw new Error('down');
      },
    });
    await output.start!();
    const { ack, settled, release } = ackOf();
    output.emit(batch('a b', 'a', ack));
    release();
    await passing(20_000);
    expect(logged('error')).toEqual(['Hit limit for retries. dropping all chunks in the buffer queue.']);
    expect(settled()).toBe(1);
    expect(raised(context)).toEqual([
      ['buffer_flush_failures_total', 3],
      ['buffer_discarded_chunks_total', 1],
      ['buffer_discarded_records_total', 2],
    ]);
  });

  test('an unrecoverable error moves the chunk to the backup folder at once', async () => {
    const { output, backups, logged, context } = createBuffering({
      settings: { flushMode: 'immediate' },
      deliver: () => {
        throw new UnrecoverableError('400');
      },
    });
    await output.start!();
    const { ack, settled, release } = ackOf();
    output.emit(batch('a b', 'a', ack));
    release();
    await passing(1);
    expect(backups.map(({ text }) => text)).toEqual(['a\nb\n']);
    expect(logged('warn')).toEqual(['got unrecoverable error in primary and no secondary', `bad chunk is moved to /backup/${backups[0]!.id}.log`]);
    expect(raised(context)).toEqual([['buffer_backed_up_chunks_total', 1], ['buffer_backed_up_records_total', 2]]);
    expect(settled()).toBe(1);
  });

  test('an unrecoverable error goes to a secondary of another type without a retry', async () => {
    const second: Written[] = [];
    const { output, backups } = createBuffering({
      settings: { flushMode: 'immediate' },
      secondary: { type: 'secondary_file', output: { write: async (chunk) => void second.push(await describeChunk(chunk)) } },
      deliver: () => {
        throw new UnrecoverableError('400');
      },
    });
    await output.start!();
    output.emit(batch('a'));
    await passing(1);
    expect(texts(second)).toEqual(['a\n']);
    expect(backups).toEqual([]);
  });

  test('the secondary takes over when most of the time for retries is over', async () => {
    const second: Written[] = [];
    const { output, logged } = createBuffering({
      settings: { flushMode: 'immediate' },
      retry: { type: 'periodic', maxTimes: 3 },
      secondary: { type: 'secondary_file', output: { write: async (chunk) => void second.push(await describeChunk(chunk)) } },
      deliver: () => {
        throw new Error('503');
      },
    });
    await output.start!();
    output.emit(batch('a'));
    await passing(5000);
    expect(second.map(({ text, atMs }) => [text, atMs - START])).toEqual([['a\n', 2400]]);
    expect(logged('warn').at(-1)).toBe('retry succeeded by secondary.');
  });

  test('a chunk that was handed on stays until it is committed, and does not hold up others', async () => {
    let commit!: () => void;
    const committed = new Promise<void>((resolve) => {
      commit = resolve;
    });
    const seen: string[] = [];
    const { output } = createBuffering({
      settings: { flushMode: 'immediate' },
      output: {
        async write(chunk) {
          seen.push((await chunk.read()).toString());
          return seen.length === 1 ? { committed } : undefined;
        },
      },
    });
    await output.start!();
    const { ack, settled, release } = ackOf();
    output.emit(batch('a', 'a', ack));
    release();
    output.emit(batch('b'));
    await passing(1);
    expect(seen).toEqual(['a\n', 'b\n']);
    expect(settled()).toBe(0);
    commit();
    await passing(1);
    expect(settled()).toBe(1);
  });
});

describe('a chunk that was handed on', () => {
  test('goes back to its place without a failure if that is what its promise says', async () => {
    let refuse!: (error: unknown) => void;
    const committed = new Promise<void>((_, reject) => (refuse = reject));
    const seen: string[] = [];
    const { output, logged } = createBuffering({
      settings: { flushMode: 'immediate' },
      output: {
        async write(chunk) {
          seen.push((await chunk.read()).toString());
          return seen.length === 1 ? { committed } : undefined;
        },
      },
    });
    await output.start!();
    output.emit(batch('a'));
    await passing(1);
    refuse(new TakebackError('nobody took it'));
    await passing(1);
    expect(seen).toEqual(['a\n', 'a\n']);
    expect(output.statistics()).toMatchObject({ retry_count: 0, rollback_count: 1, retry: {} });
    expect(logged('warn')).toEqual([]);
  });

  test('is told of at the end if it was not committed', async () => {
    const { output, context } = createBuffering({ settings: { flushMode: 'immediate' }, output: { write: () => ({ committed: new Promise<void>(() => {}) }) } });
    await output.start!();
    output.emit(batch('a b'));
    await passing(1);
    await output.flush!(AbortSignal.abort('too late'));
    const [line] = context.log.lines.filter(({ level }) => level === 'warn');
    expect(line).toMatchObject({ message: 'events could not be delivered before the end; inputs with positions read them again at the next start', fields: { events: 2 } });
  });
});

describe('a full buffer', () => {
  const failing = (overflowAction: 'throw_exception' | 'block' | 'drop_oldest_chunk') => {
    const state = { failing: true };
    const made = createBuffering({
      settings: { flushMode: 'immediate', overflowAction },
      limits: { totalLimitSize: 6 },
      retry: { waitMs: 5000 },
      deliver: () => {
        if (state.failing) throw new Error('503');
      },
    });
    return { ...made, state };
  };

  test('throw_exception: the events are the caller\'s again', async () => {
    const { output, written, state, logged } = failing('throw_exception');
    await output.start!();
    for (const name of 'a b c'.split(' ')) output.emit(batch(name));
    const { ack, settled } = ackOf();
    expect(() => output.emit(batch('d', 'a', ack))).toThrow(BufferOverflowError);
    expect(() => output.emit(batch('d', 'a', ack))).toThrow('buffer space has too many data: 6 bytes of at most 6 (total_limit_size)');
    expect(settled()).toBe(0);
    expect(logged('warn').filter((line) => line.includes('overflow'))).toHaveLength(1);
    await passing(1);
    state.failing = false;
    await passing(5001);
    output.emit(batch('d'));
    await passing(1);
    expect(texts(written)).toEqual(['a\n', 'b\n', 'c\n', 'd\n']);
  });

  test('block: later batches wait for room, in order', async () => {
    const { output, written, state } = failing('block');
    await output.start!();
    for (const name of 'a b c'.split(' ')) expect(output.emit(batch(name))).toBeUndefined();
    const waits = ['d', 'e'].map((name) => output.emit(batch(name)));
    const done = Promise.all(waits);
    await passing(1);
    state.failing = false;
    await passing(5001);
    await done;
    await passing(1);
    expect(texts(written)).toEqual(['a\n', 'b\n', 'c\n', 'd\n', 'e\n']);
  });

  test('block: a stop gives waiting batches back', async () => {
    const { output } = failing('block');
    await output.start!();
    for (const name of 'a b c'.split(' ')) output.emit(batch(name));
    const waiting = output.emit(batch('d'))!;
    await Promise.all([expect(waiting).rejects.toThrow(BufferOverflowError), output.stop!()]);
  });

  test('drop_oldest_chunk: the first of the queue goes', async () => {
    const { output, written, state } = failing('drop_oldest_chunk');
    await output.start!();
    const { ack, settled, release } = ackOf();
    output.emit(batch('a', 'a', ack));
    release();
    await passing(1);
    for (const name of 'b c d e'.split(' ')) output.emit(batch(name));
    expect(settled()).toBe(1);
    expect(output.statistics().drop_oldest_chunk_count).toBe(2);
    state.failing = false;
    await passing(5001);
    expect(texts(written)).toEqual(['c\n', 'd\n', 'e\n']);
  });

  test('much undelivered data in memory asks the input to wait, events are taken all the same', async () => {
    const finish: (() => void)[] = [];
    const { output } = createBuffering({
      settings: { flushMode: 'immediate', softLimitBytes: 5 },
      deliver: () => new Promise<void>((resolve) => finish.push(resolve)),
    });
    await output.start!();
    expect(output.emit(batch('a b'))).toBeUndefined();
    const wait = output.emit(batch('c'));
    expect(wait).toBeInstanceOf(Promise);
    expect(output.emit(batch('d'))).toBe(wait);
    await passing(1);
    finish[0]!();
    let passed = false;
    void wait!.then(() => {
      passed = true;
    });
    await passing(1);
    expect(passed).toBe(true);
    expect(output.emit(batch('e'))).toBeInstanceOf(Promise);
  });
});

describe('a shutdown', () => {
  const signal = () => new AbortController().signal;

  test('delivers what is staged', async () => {
    const { output, written } = createBuffering();
    await output.start!();
    output.emit(batch('a'));
    await output.flush!(signal());
    expect(texts(written)).toEqual(['a\n']);
    output.emit(batch('b'));
    await output.flush!(signal());
    expect(texts(written)).toEqual(['a\n', 'b\n']);
    await output.stop!();
    await output.close!();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('tries once what waits for a retry and then gives up', async () => {
    let tries = 0;
    const { output } = createBuffering({
      settings: { flushMode: 'immediate' },
      deliver: () => {
        tries++;
        throw new Error('down');
      },
    });
    await output.start!();
    output.emit(batch('a'));
    output.emit(batch('b'));
    await passing(1);
    expect(tries).toBe(1);
    await output.flush!(signal());
    await output.flush!(signal());
    expect(tries).toBe(2);
    await output.stop!();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('aborts deliveries when its time is over', async () => {
    const reasons: unknown[] = [];
    const { output, written } = createBuffering({
      settings: { flushMode: 'immediate' },
      deliver: (_chunk, aborted) =>
        new Promise((_resolve, reject) => {
          aborted.addEventListener('abort', () => {
            reasons.push(aborted.reason);
            reject(aborted.reason as Error);
          });
        }),
    });
    await output.start!();
    output.emit(batch('a'));
    await passing(1);
    const aborter = new AbortController();
    const flushed = output.flush!(aborter.signal);
    aborter.abort('too late');
    await flushed;
    expect(reasons).toEqual(['too late']);
    expect(written).toEqual([]);
  });

  test('ends in time although a delivery ignores that it is aborted; what it holds is not acknowledged', async () => {
    const { output, logged } = createBuffering({ settings: { flushMode: 'immediate' }, deliver: () => new Promise(() => {}) });
    await output.start!();
    const { ack, settled, release } = ackOf();
    output.emit(batch('a b', 'a', ack));
    release();
    await passing(1);
    const aborter = new AbortController();
    let ended = 0;
    const rounds = (async () => {
      await output.flush!(aborter.signal);
      ended++;
      await output.flush!(aborter.signal);
      ended++;
    })();
    await passing(10_000);
    expect(ended).toBe(0);
    aborter.abort('too late');
    await passing(300);
    expect(ended).toBe(2);
    await rounds;
    await output.stop!();
    await output.close!();
    expect(settled()).toBe(0);
    expect(logged('warn')).toEqual([
      'deliveries do not end although they were aborted: the agent ends without them',
      'events could not be delivered before the end; inputs with positions read them again at the next start',
    ]);
  });
});

describe('a chunk that can neither be delivered nor set aside', () => {
  test('waits beside the queue: others are delivered meanwhile', async () => {
    let room = false;
    const { output, written, backups, context } = createBuffering({
      settings: { flushMode: 'immediate' },
      backup: (id, bytes) => {
        if (!room) throw new Error('no space left');
        return `${id} ${bytes.length}`;
      },
      async deliver(chunk) {
        if ((await chunk.read()).toString() === 'poison\n') throw new UnrecoverableError('refused');
      },
    });
    await output.start!();
    const { ack, settled, release } = ackOf();
    output.emit(batch('poison', 'a', ack));
    release();
    for (const name of ['a', 'b']) output.emit(batch(name));
    await passing(100);
    expect(texts(written)).toEqual(['a\n', 'b\n']);
    expect(output.statistics()).toMatchObject({ retry_count: 0, buffer_queue_length: 0 });
    room = true;
    expect(settled()).toBe(0);
    await passing(30_000);
    expect(settled()).toBe(1);
    expect(backups).toHaveLength(1);
    expect(raised(context)).toEqual([
      ['buffer_delivered_records_total', 2],
      ['buffer_backed_up_chunks_total', 1],
      ['buffer_backed_up_records_total', 1],
    ]);
  });
});
