import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { GroupSync, type SyncedFile } from '../../../src/buffer/group-sync.ts';
import { createCrashDisk } from '../../support/crash-disk.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface FakeFile extends SyncedFile {
  synced: number;
  fail: boolean;
  finish?: () => void;
  gone?: () => void;
}

function fakeFile(path: string, slow = false): FakeFile {
  const file: FakeFile = {
    path, synced: 0, fail: false,
    async sync() {
      if (slow) await new Promise<void>((resolve) => (file.finish = resolve));
      if (file.fail) throw new Error('EIO');
      file.synced++;
    },
    syncNow() {
      if (file.fail) throw new Error('EIO');
      file.synced++;
    },
    whenGone: (done) => void (file.gone = done),
  };
  return file;
}

function begin() {
  const errors: string[] = [];
  const failed = vi.fn();
  const group = new GroupSync({
    disk: createCrashDisk(), intervalMs: 100, bytes: 1000, log: { error: (message) => void errors.push(message) }, onFailed: failed,
  });
  return { group, errors, failed };
}

test('one round serves all that was appended within the interval', async () => {
  const { group } = begin();
  const files = [fakeFile('a'), fakeFile('b'), fakeFile('c')];
  const safe: number[] = [];
  files.forEach((file, i) => {
    group.appended(file, 10);
    group.appended(file, 10);
    group.whenSafe(() => safe.push(i));
  });
  await vi.advanceTimersByTimeAsync(99);
  expect(safe).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(safe).toEqual([0, 1, 2]);
  expect(files.map(({ synced }) => synced)).toEqual([1, 1, 1]);
  expect(vi.getTimerCount()).toBe(0);
});

test('many bytes do not wait for the interval', async () => {
  const { group } = begin();
  const file = fakeFile('a');
  group.appended(file, 1000);
  await vi.advanceTimersByTimeAsync(0);
  expect(file.synced).toBe(1);
});

test('what is appended during a round waits for the next one', async () => {
  const { group } = begin();
  const file = fakeFile('a', true);
  const safe: string[] = [];
  group.appended(file, 10);
  group.whenSafe(() => safe.push('first'));
  await vi.advanceTimersByTimeAsync(100);
  group.appended(file, 10);
  group.whenSafe(() => safe.push('second'));
  file.finish!();
  await vi.advanceTimersByTimeAsync(0);
  expect(safe).toEqual(['first']);
  await vi.advanceTimersByTimeAsync(100);
  file.finish!();
  await vi.advanceTimersByTimeAsync(0);
  expect(safe).toEqual(['first', 'second']);
});

test('a disk that refuses is told of once; what waits for its file is safe when the chunk is delivered', async () => {
  const { group, errors, failed } = begin();
  const file = fakeFile('a');
  file.fail = true;
  const safe: string[] = [];
  for (const name of ['first', 'second']) {
    group.appended(file, 10);
    group.whenSafe(() => safe.push(name));
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(safe).toEqual([]);
  expect(errors).toEqual(['a buffer file could not be forced to the disk: its events are acknowledged when they are delivered']);
  expect(failed).toHaveBeenCalledTimes(2);
  file.gone!();
  expect(safe).toEqual(['second']);
});

test('the last round happens at once', () => {
  const { group } = begin();
  const file = fakeFile('a');
  let safe = 0;
  group.appended(file, 10);
  group.whenSafe(() => safe++);
  group.close();
  expect([file.synced, safe, vi.getTimerCount()]).toEqual([1, 1, 0]);
  group.whenSafe(() => safe++);
  expect(safe).toBe(2);
});
