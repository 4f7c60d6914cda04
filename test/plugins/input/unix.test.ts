import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { encodeValue } from '../../../src/lib/msgpack.ts';
import { connect, received, sendAll, startInput, type RunningInput } from '../../support/network-input.ts';

let input: RunningInput;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'in-unix-'));
});
afterEach(async () => {
  await input.stop();
  rmSync(folder, { recursive: true, force: true });
});

const file = () => path.join(folder, 'my.sock');
const start = async (more = '') => (input = await startInput(`@type unix\npath ${file()}\n${more}`));
const record = new Map([['a', 1]]);

it('MessagePack: single events and lists of them, in pieces, the tag as sent', async () => {
  await start();
  const bytes = Buffer.concat([encodeValue(['m', 1_700_000_000, record]), encodeValue(['f', [[1_700_000_001, record], [1_700_000_002, null]]])]);
  await sendAll(file(), ...Array.from(bytes, (byte) => Buffer.of(byte)));
  expect(input.timed()).toEqual(['1700000000.000000000 m {"a":1}', '1700000001.000000000 f {"a":1}']);
});

it('JSON, and one tag for all', async () => {
  await start('tag own');
  await sendAll(file(), '["x",1700000000.5,{"b":1}]["y",', '0,{"b":2}]\n');
  expect(input.timed()).toEqual(['1700000000.500000000 own {"b":1}', '1664791200.000000000 own {"b":2}']);
});

it('a connection that sends something else is closed, others are not harmed', async () => {
  await start();
  const good = await connect(file());
  const bad = await connect(file());
  bad.write(Buffer.from([0xc1, 0xc1, 0xc1]));
  await received(bad);
  const closed = received(good);
  good.end(encodeValue(['m', 1_700_000_000, record]));
  await closed;
  expect(input.events()).toEqual(['m {"a":1}']);
  expect(input.logged('error')).toEqual(['unexpected error in msgpack payload']);
});

it('a value that is no message is dropped and counted, the next one is taken', async () => {
  await start();
  await sendAll(file(), Buffer.concat([encodeValue(record), encodeValue(['m', 1, record])]));
  expect(input.events()).toEqual(['m {"a":1}']);
  expect(input.metric('input_dropped_lines_total')).toBe(1);
  expect(input.metric('input_lines_total')).toBe(2);
});

it('a message that is cut off is counted', async () => {
  await start();
  await sendAll(file(), encodeValue(['m', 1, record]).subarray(0, -1));
  expect(input.metric('input_dropped_lines_total', { reason: 'incomplete' })).toBe(1);
});
