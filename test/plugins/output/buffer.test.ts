import { expect, test } from 'vitest';
import buffer from '../../../plugins/output/buffer.ts';
import type { BufferedOutput, Chunk, DelayedCommit } from '../../../src/plugin.ts';
import { event, lines } from '../../support/batches.ts';
import { NO_KEYS } from '../../support/buffering.ts';
import { createPlugin, testContext } from '../../support/context.ts';

const chunk = (): Chunk => ({
  id: 'ab', metadata: { tag: 'a.b' }, eventCount: 1, byteLength: 1, createdAt: 0, modifiedAt: 0, packed: undefined,
  read: () => Buffer.alloc(0), events: () => [event(1, { m: 'x' })],
});
const signal = new AbortController().signal;

test('emits the events with the tag of their chunk, which is committed when they are safe', async () => {
  const context = { ...testContext({ kind: 'output' }), chunkKeys: { ...NO_KEYS, tag: true } };
  context.router.hold = true;
  const output = createPlugin(buffer, {}, context) as BufferedOutput;
  const { committed } = (await output.write(chunk(), signal)) as DelayedCommit;
  expect(context.router.batches.map(({ tag, events }) => [tag, lines(events)])).toEqual([['a.b', ['1 {"m":"x"}']]]);
  let done = false;
  void committed.then(() => {
    done = true;
  });
  await Promise.resolve();
  expect(done).toBe(false);
  context.router.batches[0]!.ack!.settle();
  await committed;
  expect(done).toBe(true);
});

test('needs tags', () => {
  const context = { ...testContext({ kind: 'output' }), chunkKeys: NO_KEYS };
  createPlugin(buffer, {}, context);
  expect(context.problems.map(({ message }) => message)).toEqual([
    "the buffer output needs the chunk key 'tag': events are emitted with the tag of their chunk",
  ]);
});
