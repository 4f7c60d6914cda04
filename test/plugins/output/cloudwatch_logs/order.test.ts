/** Events of a stream are delivered in the order in which they came, whatever fails between. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { plugins } from '../../../../plugins/index.ts';
import type { FaultRule } from '../../../../src/local-cloudwatch/fault-rule.ts';
import type { ChunkStorage, PluginDefinition, StorageOwner } from '../../../../src/plugin.ts';
import { DestinationOrder } from '../../../../plugins/output/cloudwatch_logs/order.ts';
import { createBuffering } from '../../../support/buffering.ts';
import { configOf, testContext } from '../../../support/context.ts';
import { batch, startRig, type Rig, type RigOptions } from './output.ts';

let rig: Rig | undefined;
const folders: string[] = [];

afterEach(async () => {
  await rig?.close();
  rig = undefined;
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function start(options: RigOptions): Promise<Rig> {
  rig = await startRig(options);
  return rig;
}

/** The numbers of a stream's events in the order of their first arrival. */
function firsts(stream: string): number[] {
  return [...new Set(rig!.stored('g', stream).map((one) => (JSON.parse(one) as { m: number }).m))];
}

test('a stream whose request takes long gets nothing else before it', async () => {
  const { write } = await start({ endpoint: { faults: [{ action: 'delay', delayMs: 1400, stream: 'slow', times: 1 }] } });
  const first = write(batch([{ s: 'slow', m: 1 }, { s: 'a', m: 1 }]));
  await first.written;
  const second = write(batch([{ s: 'slow', m: 2 }, { s: 'a', m: 2 }]));
  await Promise.all([first.committed, second.committed]);
  expect(firsts('slow')).toEqual([1, 2]);
});

test('chunks of two flush threads for one stream are sent one after the other', async () => {
  const { write } = await start({ endpoint: { faults: [{ action: 'delay', delayMs: 150, times: 1 }] } });
  await Promise.all([write(batch([{ s: 's', m: 1 }])).committed, write(batch([{ s: 's', m: 2 }])).committed, write(batch([{ s: 's', m: 3 }])).committed]);
  expect(firsts('s')).toEqual([1, 2, 3]);
});

test('a chunk that has to be tried again takes those back that wait behind it', async () => {
  const { write } = await start({ endpoint: { faults: [{ action: 'AccessDeniedException', stream: 's', times: 1 }] } });
  const first = write(batch([{ s: 's', m: 1 }]));
  const second = write(batch([{ s: 's', m: 2 }]));
  await expect(first.committed).rejects.toThrow('AccessDenied');
  await expect(second.committed).rejects.toThrow('an earlier chunk for log group "g", stream "s" has to be delivered first');
  expect(firsts('s')).toEqual([]);
});

test('a chunk that comes again goes before those that wait behind it, and before later ones', async () => {
  const order = new DestinationOrder();
  const first = order.enter('s', 1);
  const second = order.enter('s', 2);
  first.state = 'failed';
  const again = order.enter('s', 1);
  expect([again.state, second.state]).toEqual(['sending', 'waiting']);
  order.handedBack(first);
  expect(second.state).toBe('waiting');
  order.leave(again);
  expect(await second.turn.promise).toBe(true);
});

test('behind a chunk that was handed back nothing goes before the buffer has all of them again', async () => {
  const order = new DestinationOrder();
  const places = [1, 2, 3].map((number) => order.enter('s', number));
  places[0]!.state = 'failed';
  order.handedBack(places[0]!);
  expect(await Promise.all([places[1]!.turn.promise, places[2]!.turn.promise])).toEqual([false, false]);
  const again = order.enter('s', 1);
  const later = order.enter('s', 4);
  order.leave(again);
  expect([again.state, later.state]).toEqual(['sending', 'waiting']);
  order.handedBack(places[1]!);
  expect(await later.turn.promise).toBe(false);
});

const faults = (seed: number): FaultRule[] => [
  { action: 'InternalFailure', probability: 0.1, times: 3, seed },
  { action: 'AccessDeniedException', probability: 0.1, times: 3, seed: seed + 1 },
  { action: 'reset', probability: 0.05, times: 2, seed: seed + 3 },
  { action: 'delay', delayMs: 60, probability: 0.2, times: 6, seed: seed + 4 },
  { action: 'lose-answer', probability: 0.05, times: 3, seed: seed + 5 },
];

async function fileStorage(): Promise<ChunkStorage> {
  const folder = mkdtempSync(path.join(tmpdir(), 'logferry-order-'));
  folders.push(folder);
  const definition = (await plugins['buffer/file']()).default as unknown as PluginDefinition<'buffer', never>;
  const storage = definition.create(configOf(definition.config, { path: path.join(folder, 'b') } as never), testContext({ kind: 'buffer', type: 'file' })) as ChunkStorage;
  const owner = { id: 'o', type: 'cloudwatch_logs', compress: 'text', setAside: () => {} };
  storage.attach?.(owner as unknown as StorageOwner);
  await storage.start?.();
  return storage;
}

test.each([
  ['memory', 1, 1], ['memory', 3, 2], ['file', 1, 3], ['file', 4, 4],
] as const)('retries never change the order of a stream: %s buffer, %i flush threads (%#)', async (kind, flushThreadCount, seed) => {
  const { output: sender } = await start({ config: { auto_create_stream: true, concurrency: 2 }, endpoint: { faults: faults(seed * 100) } });
  const { start: _, ...output } = sender;
  const { output: buffered } = createBuffering({
    output,
    ...(kind === 'file' ? { storage: await fileStorage() } : {}),
    limits: { chunkLimitSize: 100_000, totalLimitSize: 10_000_000, queuedChunksLimitSize: 1000 },
    settings: { flushMode: 'immediate', flushThreadCount, softLimitBytes: 10_000_000 },
    retry: { waitMs: 5, maxIntervalMs: 20, forever: true },
  });
  await buffered.start!();
  const streams = ['a', 'b', 'c'];
  let number = 0;
  for (let i = 0; i < 60; i++) {
    // Not every chunk has something for every stream.
    await buffered.emit(batch(streams.filter((_, s) => (i * 7 + s) % 3 > 0).map((s) => ({ s, m: number })), 1_664_791_200 + i));
    number++;
    if (i % 5 === 0) await new Promise((resolve) => setTimeout(resolve, 15));
  }
  for (let tries = 0; tries < 400 && buffered.statistics().buffer_total_queued_size > 0; tries++) await new Promise((resolve) => setTimeout(resolve, 20));
  await buffered.stop!();
  await buffered.close!();
  for (const [s, name] of streams.entries()) {
    expect(firsts(name)).toEqual(Array.from({ length: 60 }, (_, i) => i).filter((i) => (i * 7 + s) % 3 > 0));
  }
});
