/** A disk that is full below a file buffer: events stay with the input, and arrive when there is room again. */
import type * as FileSystem from 'node:fs';
import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { beforeEach, expect, vi } from 'vitest';
import { cloudWatch, messages, tail, until, type Place } from '../support/agent.ts';
import { test } from '../support/e2e.ts';

/** The disk below folders named `buffer`: bytes that still fit; each write takes its part, as a real disk does. */
const disk = vi.hoisted(() => ({ left: Infinity, files: new Set<number>() }));

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof FileSystem>();
  const openSync: typeof fs.openSync = (path, ...rest) => {
    const file = fs.openSync(path, ...rest);
    if (String(path).includes('/buffer/')) disk.files.add(file);
    else disk.files.delete(file);
    return file;
  };
  const writeSync = (file: number, bytes: Buffer, ...rest: [number, number, number]): number => {
    if (!disk.files.has(file)) return fs.writeSync(file, bytes, ...rest);
    const [offset, length, position] = rest;
    const fits = Math.min(length, disk.left);
    if (fits === 0) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    disk.left -= fits;
    return fs.writeSync(file, bytes, offset, fits, position);
  };
  return { ...fs, openSync, writeSync, default: { ...fs, openSync, writeSync } };
});

beforeEach(() => {
  disk.left = Infinity;
});

const json = (message: string): string => JSON.stringify({ message });
const lines = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => `line ${from + i} ${'.'.repeat(80)}`);

function config(url: string): string {
  return `
    ${tail('logs/app.log', 'app')}
    ${tail('logs/near.log', 'near', 'pos_file DIR/near.pos')}
    ${cloudWatch(url, { pattern: 'app', buffer: '@type file\n path DIR/buffer/app\n flush_interval 60' })}
    ${cloudWatch(url)}
  `;
}

const FULL = 'warn: a full buffer takes no more events; the file is read on when there is room path="logs/app.log" ';
const offset = (texts: readonly string[]): number => texts.join('\n').length + 1;

async function fill(place: Place) {
  const endpoint = await place.endpoint();
  place.write('logs/app.log', lines(0, 10).join('\n') + '\n');
  place.write('logs/near.log', '1\n');
  const running = await place.start(config(endpoint.url));
  // In the buffer's file, and so safe.
  await until(() => place.positions()[0]?.[1] === offset(lines(0, 10)));
  return { endpoint, running };
}

test('a write that ends in the middle is taken back: what was buffered stays whole, the rest comes later, once', async ({ place }) => {
  const { endpoint, running } = await fill(place);
  disk.left = 200;
  place.append('logs/app.log', lines(10, 20).join('\n') + '\n');
  await until(() => running.metric('buffer_refused_batches_total') >= 2);
  place.append('logs/near.log', '2\n');
  await until(() => messages(endpoint, 'near').length === 2);
  expect(running.logged()).toHaveLength(1);
  expect(running.logged()[0]).toContain(FULL);
  expect(running.logged()[0]).toContain("can't write to buffer file ");
  expect(running.logged()[0]).toContain('ENOSPC: no space left on device');
  expect(place.positions()).toEqual([['logs/app.log', offset(lines(0, 10))]]);

  disk.left = Infinity;
  await until(() => place.positions()[0]![1] === offset(lines(0, 20)));
  await running.agent.flushBuffers();
  await until(() => messages(endpoint, 'app').length === 20);
  expect(messages(endpoint, 'app')).toEqual(lines(0, 20).map(json));
  expect(messages(endpoint, 'near')).toEqual(['1', '2'].map(json));
  expect(running.metric('input_dropped_lines_total')).toBe(0);
});

test('a chunk that cannot be made: events stay with the input until it can', async ({ place }) => {
  const { endpoint, running } = await fill(place);
  await running.agent.flushBuffers();
  await until(() => messages(endpoint, 'app').length === 10 && readdirSync(place.at('buffer/app')).length === 0);
  renameSync(place.at('buffer/app'), place.at('buffer/away'));
  writeFileSync(place.at('buffer/app'), 'a file where the folder was');
  place.append('logs/app.log', lines(10, 20).join('\n') + '\n');
  await until(() => running.metric('buffer_refused_batches_total') >= 2);
  place.append('logs/near.log', '2\n');
  await until(() => messages(endpoint, 'near').length === 2);
  expect(running.logged()).toHaveLength(1);
  expect(running.logged()[0]).toContain(FULL);
  expect(running.logged()[0]).toContain("can't create buffer file for ");
  expect(place.positions()).toEqual([['logs/app.log', offset(lines(0, 10))]]);

  rmSync(place.at('buffer/app'));
  renameSync(place.at('buffer/away'), place.at('buffer/app'));
  await until(() => place.positions()[0]![1] === offset(lines(0, 20)));
  await running.agent.flushBuffers();
  await until(() => messages(endpoint, 'app').length === 20);
  expect(messages(endpoint, 'app')).toEqual(lines(0, 20).map(json));
});

test('an end while the disk is full: the next start reads what was not taken', async ({ place }) => {
  const { endpoint, running } = await fill(place);
  disk.left = 0;
  place.append('logs/app.log', lines(10, 20).join('\n') + '\n');
  await until(() => running.metric('buffer_refused_batches_total') >= 1);
  await running.stop();
  expect(place.positions()).toEqual([['logs/app.log', offset(lines(0, 10))]]);

  disk.left = Infinity;
  const next = await place.start(config(endpoint.url));
  await until(() => place.positions()[0]![1] === offset(lines(0, 20)));
  await next.agent.flushBuffers();
  await until(() => messages(endpoint, 'app').length === 20);
  expect(messages(endpoint, 'app')).toEqual(lines(0, 20).map(json));
});
