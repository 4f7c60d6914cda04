import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byDestination, divide, requestBody } from '../../../../plugins/output/cloudwatch_logs/batches.ts';
import { hasValidText, makeEscapes, packRows, planRow } from '../../../../plugins/output/cloudwatch_logs/columns.ts';
import { createMessage, jsonWriter } from '../../../../plugins/output/cloudwatch_logs/message.ts';
import { PackedEvents, PackWriter, stampOf } from '../../../../plugins/output/cloudwatch_logs/packed.ts';
import { BufferPool } from '../../../../src/lib/buffer-pool.ts';
import type { LogEvent } from '../../../../src/event.ts';
import type { LogRecord, Value } from '../../../../src/lib/value.ts';
import type { TextBatch } from '../../../../src/text-batch.ts';
import { event, textBatch } from '../../../support/batches.ts';

const pool = new BufferPool(1024 * 1024);
const json = jsonWriter(true);
const escapes = makeEscapes(json);
const message = createMessage({ keys: [], maxLength: undefined, upperCaseEscapes: true, formatter: undefined });

function packBytes(batch: TextBatch, skip: ReadonlySet<string> = new Set(), most = 1e6): { packed: PackedEvents; tooLarge: number[] } {
  const writer = new PackWriter();
  const tooLarge: number[] = [];
  packRows(batch, planRow(batch.columns, skip, json), escapes, 7, most, writer, (index) => tooLarge.push(index));
  return { packed: new PackedEvents(writer.take(pool)), tooLarge };
}

function packTexts(events: readonly LogEvent[]): PackedEvents {
  const writer = new PackWriter();
  for (const one of events) writer.add(stampOf(one.time.sec, one.time.nsec), 7, message('t', one, one.record));
  return new PackedEvents(writer.take(pool));
}

function everything(packed: PackedEvents) {
  return Array.from({ length: packed.count }, (_, i) => ({
    text: packed.text(i, i).toString('utf8'),
    stampMs: packed.stampMs(i),
    bytes: packed.messageBytes(i),
    destination: packed.destination(i),
  }));
}

describe('the way of bytes', () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }).filter((s) => s.isWellFormed()), fc.constantFrom('', '"', '\\', '\n', '\u001f', '\u007f', '\u2028', 'ü😀', '{"a":"b\\n"}'));

  test('gives exactly what the way of texts gives', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 8 }),
        fc.oneof(text, fc.constant<Value>(null), fc.constant<Value>(new Map<string, Value>([['a"', [1, 'x\n', null]], ['__proto__', '']]))),
        (rows, constant) => {
          const events = rows.map(([log, stream], i) => event(1_664_791_200 + i, { stream, log, kubernetes: constant }));
          const batch = textBatch('t', events, undefined, 2);
          expect(hasValidText(batch)).toBe(true);
          expect(everything(packBytes(batch).packed)).toEqual(everything(packTexts(events)));
        },
      ),
      { numRuns: 500 },
    );
  });

  test('leaves out the fields that name the stream', () => {
    const { packed } = packBytes(textBatch('t', [event(1, { log: 'x', stream_name: 's' })]), new Set(['stream_name']));
    expect(JSON.parse(packed.text(0, 0).toString().slice(0, -1))).toEqual({ timestamp: 1000, message: '{"log":"x"}' });
  });

  test('an event without fields is an empty object', () => {
    expect(everything(packBytes(textBatch('t', [event(1, { log: '' })])).packed)[0]!.text).toBe('{"timestamp":1000,"message":"{}"},');
  });

  test('an event that no request can hold is told of, its neighbours stay', () => {
    const { packed, tooLarge } = packBytes(textBatch('t', [event(1, { log: 'a' }), event(2, { log: 'b'.repeat(50) }), event(3, { log: 'c' })]), new Set(), 40);
    expect(tooLarge).toEqual([1]);
    expect(everything(packed).map(({ stampMs }) => stampMs)).toEqual([1000, 3000]);
  });

  test('bytes that are not UTF-8 are left to the other way', () => {
    expect(hasValidText(textBatch('t', [event(1, { log: 'a\udcff' })]))).toBe(false);
  });
});

describe('requests', () => {
  const at = (...stamps: number[]): PackedEvents => packTexts(stamps.map((ms) => ({ time: { sec: Math.floor(ms / 1000), nsec: (ms % 1000) * 1e6 }, record: new Map([['m', ms]]) as LogRecord })));

  test('have events in order of time, equal times in order of arrival', () => {
    const parts = [at(3000, 1000), at(2000, 1000)];
    const [stretch] = byDestination(parts);
    expect(stretch!.rows.map((row, i) => [stretch!.parts[i], row])).toEqual([[0, 1], [1, 1], [1, 0], [0, 0]]);
    const { body } = requestBody('g', 's"', stretch!, { from: 0, to: 4 }, parts, pool);
    expect(JSON.parse(body.toString())).toEqual({
      logGroupName: 'g',
      logStreamName: 's"',
      logEvents: [1000, 1000, 2000, 3000].map((ms) => ({ timestamp: ms, message: `{"m":${ms}}` })),
    });
  });

  test('are divided by number of events and by 24 hours', () => {
    const day = 24 * 3600 * 1000;
    const parts = [at(1000, 2000, 3000, 1000 + day, 1001 + day)];
    const [stretch] = byDestination(parts);
    expect(divide(stretch!, parts, 2).map(({ from, to }) => [from, to])).toEqual([[0, 2], [2, 4], [4, 5]]);
    expect(divide(stretch!, parts, 10_000).map(({ from, to }) => [from, to])).toEqual([[0, 3], [3, 5]]);
  });

  test('are divided by a mebibyte, 26 bytes for each event included', () => {
    const writer = new PackWriter();
    for (let i = 0; i < 3; i++) writer.add(i, 0, 'x'.repeat(524_288 - 26));
    const parts = [new PackedEvents(writer.take(pool))];
    const [stretch] = byDestination(parts);
    expect(divide(stretch!, parts, 10_000).map(({ from, to }) => [from, to])).toEqual([[0, 2], [2, 3]]);
  });
});
