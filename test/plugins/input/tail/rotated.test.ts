/** Files that were rotated and cannot be read at once: outputs that are stuck, limits, files that were compressed meanwhile. */
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test as plainTest } from 'vitest';
import { BufferOverflowError } from '../../../../src/errors.ts';
import { Folder, settleAll, until, type Running } from './harness.ts';

const test = plainTest.extend<{ folder: Folder }>({
  // eslint-disable-next-line no-empty-pattern -- the form that vitest reads
  folder: async ({}, use) => {
    const folder = new Folder();
    await use(folder);
    await folder.remove();
  },
});

const full = new BufferOverflowError('full');
const hex = (n: number) => n.toString(16).padStart(16, '0');

interface Status {
  readonly opened_file_count: number;
  readonly closed_file_count: number;
  readonly files: { readonly path: string; readonly open: boolean }[];
}
const status = (tail: Running) => tail.input.status!() as unknown as Status;
const openFiles = (tail: Running) => status(tail).files.filter(({ open }) => open).length;

function metric(tail: Running, name: string, labels: Record<string, string> = {}): number | undefined {
  for (const series of tail.context.metrics.read())
    if (series.name === name && Object.entries(labels).every(([key, value]) => series.labels[key] === value)) return series.value;
  return undefined;
}

/** Rotates `a.log` so often while the output takes nothing, each time with a line of its own, `1` in the first. */
async function rotateWhileStuck(folder: Folder, tail: Running, times: number): Promise<void> {
  for (let n = 1; n <= times; n++) {
    folder.rename('a.log', `a.log.2024050${n}`);
    folder.write('a.log', `${n + 1}\n`);
    await until(() => status(tail).opened_file_count === n + 1, () => JSON.stringify(status(tail)));
  }
}

describe.concurrent('a rotated file', () => {
  test('stays open until it is acknowledged, whatever rotate_wait says, and late lines are read', async ({ folder }) => {
    folder.write('a.log', '1\n');
    const tail = await folder.tail({ rotate_wait: 0 });
    await until(() => tail.messages().length === 1);
    tail.router.hold = true;
    folder.append('a.log', '2\n');
    await until(() => tail.messages().length === 2);
    folder.rename('a.log', 'a.log.1');
    folder.write('a.log', '3\n');
    await until(() => tail.messages().length === 3);
    folder.append('a.log.1', 'late\n');
    await until(() => tail.messages().length === 4);
    expect(status(tail).closed_file_count).toBe(0);
    settleAll(tail.router.batches.slice(1));
    tail.router.hold = false;
    await until(() => status(tail).closed_file_count === 1);
    await until(() => folder.positions().length === 1);
  });

  test('a deleted one is read from its descriptor as soon as the output takes lines again', async ({ folder }) => {
    folder.write('a.log', '1\n');
    const tail = await folder.tail();
    await until(() => tail.messages().length === 1);
    tail.router.fail = full;
    folder.append('a.log', '2\n');
    await until(() => tail.logged('warn').length === 1);
    await rotateWhileStuck(folder, tail, 3);
    for (const n of [1, 2, 3]) unlinkSync(folder.at(`a.log.2024050${n}`));
    tail.router.fail = undefined;
    await until(() => tail.messages().length === 5);
    expect(tail.messages()).toEqual(['1', '2', '2', '3', '4']);
    expect(metric(tail, 'input_abandoned_files_total')).toBeUndefined();
  });

  test('beyond rotated_files_limit waiting files are closed, found again by inode, and read in order', async ({ folder }) => {
    folder.write('a.log', '1\n');
    const tail = await folder.tail({ rotated_files_limit: 2 });
    await until(() => tail.messages().length === 1);
    tail.router.fail = full;
    folder.append('a.log', 'rest of 1\n');
    await until(() => tail.logged('warn').length === 1);
    await rotateWhileStuck(folder, tail, 5);
    await until(() => openFiles(tail) <= 3);
    folder.rename('a.log.20240503', 'a.log.20240503-moved');
    tail.router.fail = undefined;
    await until(() => tail.messages().length === 7, () => tail.messages().join());
    expect(tail.messages()).toEqual(['1', 'rest of 1', '2', '3', '4', '5', '6']);
    expect(tail.logged('error')).toEqual([]);
  });

  test('one that was closed for the limit and deleted then is told of and counted', async ({ folder }) => {
    folder.write('a.log', '1\n');
    const tail = await folder.tail({ rotated_files_limit: 1 });
    await until(() => tail.messages().length === 1);
    tail.router.fail = full;
    folder.append('a.log', 'rest of 1\n');
    await until(() => tail.logged('warn').length === 1);
    await rotateWhileStuck(folder, tail, 3);
    await until(() => openFiles(tail) <= 2);
    unlinkSync(folder.at('a.log.20240503'));
    tail.router.fail = undefined;
    await until(() => tail.messages().length === 4, () => tail.messages().join());
    expect(tail.messages()).toEqual(['1', 'rest of 1', '2', '4']);
    expect(tail.logged('error')).toEqual(['the rest of a file will not be read']);
    expect(metric(tail, 'input_abandoned_files_total', { reason: 'deleted' })).toBe(1);
    expect(metric(tail, 'input_abandoned_bytes_total', { reason: 'deleted' })).toBe(2);
    await until(() => folder.positions().length === 1);
  });

  test('of deleted ones beyond the limit the oldest that can be spared is given up, with its bytes', async ({ folder }) => {
    folder.write('a.log', '1\n');
    const tail = await folder.tail({ rotated_files_limit: 1 });
    await until(() => tail.messages().length === 1);
    tail.router.fail = full;
    folder.append('a.log', 'rest of 1\n');
    await until(() => tail.logged('warn').length === 1);
    for (let n = 1; n <= 3; n++) {
      folder.write('next', `${n + 1}\n`);
      folder.rename('next', 'a.log');
      await until(() => status(tail).opened_file_count === n + 1);
    }
    await until(() => metric(tail, 'input_abandoned_files_total', { reason: 'too_many' }) === 1);
    tail.router.fail = undefined;
    await until(() => tail.messages().length === 4, () => tail.messages().join());
    // Of the first one everything was read already: it is closed, and nothing of it is lost.
    expect(tail.messages()).toEqual(['1', 'rest of 1', '3', '4']);
    expect(metric(tail, 'input_abandoned_bytes_total', { reason: 'too_many' })).toBe(2);
  });

  test('rotated_wait_limit gives up what could not be read until then', async ({ folder }) => {
    folder.write('a.log', '1\n');
    const tail = await folder.tail({ rotated_wait_limit: 0.3, read_lines_limit: 1 });
    await until(() => tail.messages().length === 1);
    tail.router.fail = full;
    folder.append('a.log', '2\n');
    await until(() => tail.logged('warn').length === 1);
    folder.append('a.log', '3\n4\n');
    await rotateWhileStuck(folder, tail, 1);
    await until(() => metric(tail, 'input_abandoned_files_total', { reason: 'too_old' }) === 1);
    tail.router.fail = undefined;
    await until(() => tail.messages().length === 3);
    expect(tail.messages()).toEqual(['1', '2', '2']);
    expect(metric(tail, 'input_abandoned_bytes_total', { reason: 'too_old' })).toBe(4);
  });

  test('what was known to be in a file that became shorter is counted', async ({ folder }) => {
    folder.write('a.log', '1\n');
    const tail = await folder.tail();
    await until(() => tail.messages().length === 1);
    tail.router.fail = full;
    folder.append('a.log', '2\n');
    await until(() => tail.logged('warn').length === 1);
    folder.append('a.log', 'unread\n');
    await until(() => metric(tail, 'input_file_unread_bytes') === 7);
    folder.write('a.log', '');
    tail.router.fail = undefined;
    await until(() => metric(tail, 'input_abandoned_bytes_total', { reason: 'truncated' }) === 7);
    folder.append('a.log', 'fresh\n');
    await until(() => tail.messages().at(-1) === 'fresh');
  });
});

describe.concurrent('rotated while the agent was down', () => {
  const names = {
    'the kubelet': ['0.log', '0.log.20260101-120000'],
    'logrotate': ['messages.log', 'messages.log.1'],
    'logrotate with dateext': ['messages', 'messages-20260101'],
    'logrotate with dateext and extension': ['app.log', 'app-20260101.log'],
  } as const;
  for (const [who, [current, rotated]] of Object.entries(names)) {
    test(`as ${who} names files: the rest comes first, and again after another restart nothing`, async ({ folder }) => {
      folder.write(current, '1\n');
      const path = { path: folder.at(current) };
      const first = await folder.tail(path);
      await until(() => first.messages().length === 1);
      await first.stop();
      folder.append(current, '2\n');
      folder.rename(current, rotated);
      folder.write(current, '3\n');
      const second = await folder.tail(path);
      await until(() => second.messages().length === 2);
      await second.stop();
      const third = await folder.tail(path);
      folder.append(current, '4\n');
      await until(() => third.messages().length === 1);
      expect([second.messages(), third.messages()]).toEqual([['2', '3'], ['4']]);
    });
  }

  test('and truncated before that: what was written since is read', async ({ folder }) => {
    folder.write('a.log', 'a long line\n');
    const first = await folder.tail();
    await until(() => first.messages().length === 1);
    await first.stop();
    folder.write('a.log', '2\n');
    folder.rename('a.log', 'a.log.1');
    folder.write('a.log', '3\n');
    const second = await folder.tail();
    await until(() => second.messages().length === 2, () => second.logged().join('\n'));
    expect(second.messages()).toEqual(['2', '3']);
  });

  test('and its path is a link that leads to nothing now: the rest is found where the link leads', async ({ folder }) => {
    folder.write('data/json.log', '1\n');
    mkdirSync(folder.at('pods'));
    symlinkSync('../data/json.log', folder.at('pods/0.log'));
    symlinkSync('pods/0.log', folder.at('a.log'));
    const first = await folder.tail();
    await until(() => first.messages().length === 1);
    await first.stop();
    folder.append('data/json.log', '2\n');
    folder.rename('data/json.log', 'data/json.log.1');
    const second = await folder.tail();
    await until(() => second.messages().length === 1, () => second.logged().join('\n'));
    expect(second.messages()).toEqual(['2']);
  });

  test('several times by number: each file moved on', async ({ folder }) => {
    const path = { path: folder.at('app.log') };
    folder.write('app.log', '1\n');
    const first = await folder.tail(path);
    await until(() => first.messages().length === 1);
    await first.stop();
    folder.append('app.log', '2\n');
    for (const n of [3, 4, 5]) {
      for (const i of [2, 1]) if (existsSync(folder.at(`app.log.${i}`))) folder.rename(`app.log.${i}`, `app.log.${i + 1}`);
      folder.rename('app.log', 'app.log.1');
      await new Promise((resolve) => setTimeout(resolve, 20));
      folder.write('app.log', `${n}\n`);
      await new Promise((resolve) => setTimeout(resolve, 20));
      folder.append('app.log', `${n} again\n`);
    }
    const second = await folder.tail(path);
    await until(() => second.messages().length === 7, () => second.messages().join());
    expect(second.messages()).toEqual(['2', '3', '3 again', '4', '4 again', '5', '5 again']);
  });

  test('a file that is being compressed is not taken for a log', async ({ folder }) => {
    folder.write('0.log', '1\n');
    const first = await folder.tail();
    await until(() => first.messages().length === 1);
    await first.stop();
    folder.rename('0.log', '0.log.20260101-120000');
    await new Promise((resolve) => setTimeout(resolve, 20));
    folder.write('0.log.20260101-120000.tmp', 'x');
    folder.append('0.log.20260101-120000.tmp', 'half of it\n');
    folder.write('0.log', '3\n');
    const second = await folder.tail();
    await until(() => second.messages().includes('3'));
    expect(second.messages()).toEqual(['3']);
  });

  test('and deleted: that is told of and counted', async ({ folder }) => {
    folder.write('a.log', '1\n');
    const first = await folder.tail();
    await until(() => first.messages().length === 1);
    await first.stop();
    folder.rename('a.log', 'elsewhere');
    folder.write('a.log', '2\n');
    const second = await folder.tail();
    await until(() => second.messages().length === 1);
    expect(second.logged('warn')).toEqual(['a file was replaced and is not found; lines that were written to it since it was read last are lost']);
    expect(metric(second, 'input_abandoned_files_total', { reason: 'deleted' })).toBe(1);
  });
});

describe.concurrent('read_gzip_rotated', () => {
  /** As gzip does it: another inode, the time of the last change is kept. */
  function compress(folder: Folder, name: string): void {
    const { atime, mtime } = statSync(folder.at(name));
    writeFileSync(folder.at(`${name}.gz`), gzipSync(readFileSync(folder.at(name))));
    utimesSync(folder.at(`${name}.gz`), atime, mtime);
    // Somewhere else, so that its inode is not given to the next file.
    folder.rename(name, `elsewhere-${name}`);
  }
  const given = { read_gzip_rotated: true };

  test('goes on in the compressed file, behind what was read, and does that once', async ({ folder }) => {
    folder.write('a.log', '1\n');
    folder.write('a.log.20231231.gz', gzipSync('1\nof another day\n'));
    const first = await folder.tail(given);
    await until(() => first.messages().length === 1);
    await first.stop();
    folder.append('a.log', '2\n3\n');
    folder.rename('a.log', 'a.log.20240505');
    compress(folder, 'a.log.20240505');
    utimesSync(folder.at('a.log.20231231.gz'), 1000, 1000);
    folder.write('a.log', '4\n');
    const second = await folder.tail(given);
    await until(() => second.messages().length === 3, () => second.logged().join('\n'));
    await second.stop();
    const third = await folder.tail(given);
    folder.append('a.log', '5\n');
    await until(() => third.messages().length === 1);
    expect([second.messages(), third.messages()]).toEqual([['2', '3', '4'], ['5']]);
    expect(second.logged('error')).toEqual([]);
    await third.stop();
    expect(folder.positions()).toEqual([`a.log\t${hex(4)}\t${folder.inode('a.log')}`]);
  });

  test('is known again although the agent was killed right after it had seen the file', async ({ folder }) => {
    const first = await folder.tail(given);
    folder.write('a.log', '1\n');
    await until(() => existsSync(folder.at('tail.pos.marks')) && readFileSync(folder.at('tail.pos.marks'), 'latin1') !== '');
    expect(first.messages()).toEqual(['1']);
    await first.kill();
    folder.append('a.log', '2\n');
    folder.rename('a.log', 'a.log.20240505');
    compress(folder, 'a.log.20240505');
    folder.write('a.log', '3\n');
    const second = await folder.tail(given);
    await until(() => second.messages().length === 2, () => second.logged().join('\n'));
    expect(second.messages()).toEqual(['2', '3']);
  });

  test('is followed under its own inode: the one of the file that it was made from may be that of another file by now', async ({ folder }) => {
    folder.write('a.log', '1\n');
    const first = await folder.tail(given);
    await until(() => first.messages().length === 1);
    await first.stop();
    folder.append('a.log', '2\n');
    folder.rename('a.log', 'a.log.20240505');
    compress(folder, 'a.log.20240505');
    folder.write('a.log', '3\n');
    const second = await folder.tail(given);
    second.router.hold = true;
    await until(() => second.messages().length === 2, () => second.logged().join('\n'));
    await until(() => folder.positions().length === 2);
    expect(folder.positions()).toEqual([
      `a.log\t${hex(2)}\t${folder.inode('a.log.20240505.gz')}`, `a.log\t${hex(0)}\t${folder.inode('a.log')}`,
    ]);
    await second.stop();
    const third = await folder.tail(given);
    await until(() => third.messages().length === 2, () => third.logged().join('\n'));
    expect(third.messages()).toEqual(['2', '3']);
  });

  test('one that was compressed long after its rotation still comes before younger ones', async ({ folder }) => {
    folder.write('a.log', '1\n');
    const first = await folder.tail(given);
    await until(() => first.messages().length === 1);
    await first.stop();
    const old = folder.inode('a.log');
    folder.append('a.log', '2\n');
    folder.rename('a.log', 'a.log.20240501');
    folder.write('a.log.20240502', '3\n');
    const younger = folder.inode('a.log.20240502');
    compress(folder, 'a.log.20240501');
    const later = new Date(Date.now() + 5000);
    utimesSync(folder.at('a.log.20240501.gz'), later, later);
    folder.write('a.log', '4\n');
    folder.write('tail.pos', `${folder.at('a.log')}\t${hex(2)}\t${old}\n${folder.at('a.log')}\t${hex(0)}\t${younger}\n${folder.at('a.log')}\t${hex(0)}\t${folder.inode('a.log')}\n`);
    const second = await folder.tail(given);
    await until(() => second.messages().length === 3, () => second.logged().join('\n'));
    expect(second.messages()).toEqual(['2', '3', '4']);
  });

  test('without the option it is not read, and told of', async ({ folder }) => {
    folder.write('a.log', '1\n');
    const first = await folder.tail();
    await until(() => first.messages().length === 1);
    await first.stop();
    folder.append('a.log', '2\n');
    folder.rename('a.log', 'a.log.1');
    compress(folder, 'a.log.1');
    folder.write('a.log', '3\n');
    const second = await folder.tail();
    await until(() => second.messages().length === 1);
    expect(second.messages()).toEqual(['3']);
    expect(existsSync(folder.at('tail.pos.marks'))).toBe(false);
    expect(metric(second, 'input_abandoned_files_total', { reason: 'deleted' })).toBe(1);
  });

  test('a compressed file with other bytes is not taken for it', async ({ folder }) => {
    folder.write('a.log', 'mine\n');
    const first = await folder.tail(given);
    await until(() => first.messages().length === 1);
    await first.stop();
    folder.rename('a.log', 'elsewhere');
    folder.write('a.log.20240505.gz', gzipSync('else\nnot mine\n'));
    utimesSync(folder.at('a.log.20240505.gz'), 1000, 1000);
    folder.write('a.log', 'new\n');
    const second = await folder.tail(given);
    await until(() => second.messages().length === 1);
    expect(second.messages()).toEqual(['new']);
  });

  test('a damaged one is read as far as that goes, told of and counted', async ({ folder }) => {
    const lines = Array.from({ length: 20_000 }, (_, i) => `line ${i} ${(i * 7919) % 10_007}\n`).join('');
    folder.write('a.log', 'line 0 0\n');
    const first = await folder.tail(given);
    await until(() => first.messages().length === 1);
    await first.stop();
    folder.write('a.log', lines);
    folder.rename('a.log', 'a.log.1');
    compress(folder, 'a.log.1');
    const packed = readFileSync(folder.at('a.log.1.gz'));
    writeFileSync(folder.at('a.log.1.gz'), packed.subarray(0, packed.length / 2));
    folder.write('a.log', 'new\n');
    const second = await folder.tail(given);
    await until(() => second.messages().at(-1) === 'new', () => second.logged().join('\n'));
    expect(second.messages()[0]).toBe('line 1 7919');
    expect(second.messages().length).toBeGreaterThan(1000);
    expect(second.logged('warn')).toContain('a compressed file is damaged; what could be unpacked of it is read');
    expect(metric(second, 'input_abandoned_files_total', { reason: 'damaged' })).toBe(1);
  });

  test('several rotations: the files between are read too, oldest first, but not those that were read before', async ({ folder }) => {
    folder.write('a.log.1', 'read long ago\n');
    compress(folder, 'a.log.1');
    utimesSync(folder.at('a.log.1.gz'), new Date(Date.now() - 100_000), new Date(Date.now() - 100_000));
    folder.write('a.log', '1\n');
    const first = await folder.tail(given);
    await until(() => first.messages().length === 1);
    await first.stop();
    folder.rename('a.log.1.gz', 'a.log.4.gz');
    const age = (name: string, ms: number) => utimesSync(folder.at(name), new Date(Date.now() - ms), new Date(Date.now() - ms));
    folder.append('a.log', '2\n');
    folder.rename('a.log', 'a.log.3');
    age('a.log.3', 9000);
    folder.write('a.log.2', '3\n');
    age('a.log.2', 6000);
    compress(folder, 'a.log.3');
    compress(folder, 'a.log.2');
    folder.write('a.log', '4\n');
    const second = await folder.tail(given);
    await until(() => second.messages().length === 3, () => second.messages().join());
    expect(second.messages()).toEqual(['2', '3', '4']);
  });

  test('a file that waits closed for its turn and is compressed meanwhile', async ({ folder }) => {
    folder.write('a.log', '1\n');
    const tail = await folder.tail({ ...given, rotated_files_limit: 1 });
    await until(() => tail.messages().length === 1);
    await tail.stop();
    const again = await folder.tail({ ...given, rotated_files_limit: 1 });
    again.router.fail = full;
    folder.append('a.log', 'rest of 1\n');
    await until(() => again.logged('warn').length === 1);
    await rotateWhileStuck(folder, again, 3);
    await until(() => openFiles(again) <= 2);
    await until(() => existsSync(folder.at('tail.pos.marks')));
    const inode = BigInt(`0x${folder.inode('a.log.20240503')}`);
    expect(readFileSync(folder.at('tail.pos.marks'), 'latin1')).toContain(`${inode}\t0\t2\t`);
    compress(folder, 'a.log.20240503');
    again.router.fail = undefined;
    await until(() => again.messages().length === 4, () => again.messages().join());
    expect(again.messages()).toEqual(['rest of 1', '2', '3', '4']);
  });
});
