import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test as plainTest } from 'vitest';
import { BufferOverflowError } from '../../../../src/errors.ts';
import { letWait } from '../../../support/context.ts';
import { Folder, NOW, pause, settleAll, until } from './harness.ts';

/** Each test has a folder of its own; they run side by side, as most of their time is waiting. */
const test = plainTest.extend<{ folder: Folder }>({
  // eslint-disable-next-line no-empty-pattern -- the form that vitest reads
  folder: async ({}, use) => {
    const folder = new Folder();
    await use(folder);
    await folder.remove();
  },
});

const hex = (n: number) => n.toString(16).padStart(16, '0');

describe.concurrent('reading', () => {
  test('old lines from the head, new ones as they come, and a line without its end when that comes', async ({ folder }) => {
    folder.write('a.log', 'one\ntwo\nhalf');
    const tail = await folder.tail();
    await until(() => tail.messages().length === 2);
    folder.append('a.log', ' and whole\nnext\n');
    await until(() => tail.messages().length === 4);
    expect(tail.messages()).toEqual(['one', 'two', 'half and whole', 'next']);
    await tail.stop();
    expect(folder.positions()).toEqual([`a.log\t${hex(28)}\t${folder.inode('a.log')}`]);
  });

  test('without read_from_head old lines are skipped, but not those of files that come later', async ({ folder }) => {
    folder.write('a.log', 'old\n');
    const tail = await folder.tail({ read_from_head: false });
    folder.append('a.log', 'new\n');
    folder.write('b.log', 'from its head\n');
    await until(() => tail.messages().length === 2);
    expect(tail.messages().toSorted()).toEqual(['from its head', 'new']);
  });

  test('a line of ten megabytes is read in steps, whole', async ({ folder }) => {
    const long = 'x'.repeat(10_000_000);
    folder.write('a.log', `before\n${long}\nafter\n`);
    const tail = await folder.tail();
    await until(() => tail.messages().length === 3);
    expect(tail.messages()[1] === long).toBe(true);
    expect(tail.messages()[2]).toBe('after');
  });

  test('bytes that are no text do not disturb', async ({ folder }) => {
    folder.write('a.log', Buffer.from([0, 255, 254, 10, 0xc3, 10, 65, 10]));
    const tail = await folder.tail();
    await until(() => tail.messages().length === 3);
    expect(tail.messages()).toEqual(['\0\udcff\udcfe', '\udcc3', 'A']);
  });

  test('a batch has at most read_lines_limit events', async ({ folder }) => {
    folder.write('a.log', '1\n2\n3\n4\n5\n');
    const tail = await folder.tail({ read_lines_limit: 2 });
    await until(() => tail.messages().length === 5);
    expect(tail.router.batches.map(({ size }) => size)).toEqual([2, 2, 1]);
  });

  test('a file that was idle is read as soon as it changes', async ({ folder }) => {
    folder.write('a.log', 'one\n');
    const tail = await folder.tail({ refresh_interval: 60 });
    await pause(2300);
    const before = Date.now();
    folder.append('a.log', 'two\n');
    await until(() => tail.messages().length === 2);
    expect(Date.now() - before).toBeLessThan(500);
  });

  test('open_on_every_update closes the file between updates', async ({ folder }) => {
    folder.write('a.log', 'one\n');
    const tail = await folder.tail({ open_on_every_update: true, enable_stat_watcher: false });
    await until(() => tail.messages().length === 1);
    await pause(150);
    folder.append('a.log', 'two\n');
    await until(() => tail.messages().length === 2);
    folder.rename('a.log', 'a.1');
    folder.write('a.log', 'three\n');
    await until(() => tail.messages().length === 3);
    expect(tail.messages()).toEqual(['one', 'two', 'three']);
  });

  test('max_line_size leaves out what is longer, with a warning each, also over several reads', async ({ folder }) => {
    folder.write('a.log', `12345678\n123456789012\nok\n${'y'.repeat(600_000)}`);
    const tail = await folder.tail({ max_line_size: 10 });
    await until(() => tail.messages().length === 2);
    await pause(50);
    folder.append('a.log', `${'y'.repeat(10)}\nlast\n`);
    await until(() => tail.messages().length === 3);
    expect(tail.messages()).toEqual(['12345678', 'ok', 'last']);
    expect(tail.logged('warn')).toEqual(Array(2).fill('received line length is longer than 10'));
    await tail.stop();
    expect(folder.positions()[0]).toBe(`a.log\t${hex(600_041)}\t${folder.inode('a.log')}`);
  });
});

describe.concurrent('rotation', () => {
  test('by rename: the rest of the old file, then the new one from its head, then late lines', async ({ folder }) => {
    folder.write('a.log', 'old 1\n');
    const tail = await folder.tail({ rotate_wait: 0.5 });
    await until(() => tail.messages().length === 1);
    folder.append('a.log', 'old 2\n');
    folder.rename('a.log', 'a.1');
    folder.write('a.log', 'new 1\n');
    await until(() => tail.messages().length === 3);
    folder.append('a.1', 'late\n');
    await until(() => tail.messages().length === 4);
    expect(tail.messages()).toEqual(['old 1', 'old 2', 'new 1', 'late']);
    expect(tail.logged()).toContain('detected rotation of a.log; waiting 0.5 seconds');
    await tail.stop();
    expect(folder.positions()).toEqual([`a.log\t${hex(6)}\t${folder.inode('a.log')}`]);
  });

  test('an old file is given up after rotate_wait, and a line without its end is not lost', async ({ folder }) => {
    folder.write('a.log', 'old\nnever finished');
    const tail = await folder.tail({ rotate_wait: 0.8 });
    await until(() => tail.messages().length === 1);
    folder.rename('a.log', 'a.1');
    folder.write('a.log', 'new\n');
    await until(() => tail.messages().length === 3);
    folder.append('a.1', 'too late\n');
    await pause(250);
    expect(tail.messages()).toEqual(['old', 'new', 'never finished']);
  });

  test('two rotations between two looks: the file in the middle is found by its name and age', async ({ folder }) => {
    folder.write('a.log', '1\n');
    const tail = await folder.tail({ rotate_wait: 0.5 });
    await until(() => tail.messages().length === 1);
    folder.write('a.log.3.gz', 'compressed');
    folder.write('a.log-other', 'another file\n');
    folder.rename('a.log', 'a.log.2');
    folder.write('a.log', '2\n');
    folder.append('a.log', '3\n');
    folder.rename('a.log', 'a.log.1');
    folder.write('a.log', '4\n');
    folder.append('a.log', '5\n');
    await until(() => tail.messages().length === 5);
    expect(tail.messages()).toEqual(['1', '2', '3', '4', '5']);
  });

  test('the new file waits while the old one is behind', async ({ folder }) => {
    folder.write('a.log', '1\n2\n3\n');
    const tail = await folder.tail();
    await until(() => tail.messages().length === 3);
    tail.router.fail = new BufferOverflowError('full');
    folder.append('a.log', '4\n');
    await pause(150);
    folder.rename('a.log', 'a.1');
    folder.write('a.log', '5\n');
    await pause(500);
    tail.router.fail = undefined;
    await until(() => tail.messages().length === 5);
    expect(tail.messages()).toEqual(['1', '2', '3', '4', '5']);
  });

  test('by copy and truncation: from the head, and an unfinished line becomes one of its own', async ({ folder }) => {
    folder.write('a.log', 'one\ntwo\nunfinished');
    const tail = await folder.tail();
    await until(() => tail.messages().length === 2);
    copyFileSync(folder.at('a.log'), folder.at('a.1'));
    truncateSync(folder.at('a.log'));
    await until(() => tail.messages().length === 3);
    folder.append('a.log', 'fresh\n');
    await until(() => tail.messages().length === 4);
    expect(tail.messages()).toEqual(['one', 'two', 'unfinished', 'fresh']);
    await tail.stop();
    expect(folder.positions()).toEqual([`a.log\t${hex(6)}\t${folder.inode('a.log')}`]);
  });

  test('a link that is swapped: the old target to its end, then the new one', async ({ folder }) => {
    folder.write('data/1', 'one\n');
    folder.write('data/2', 'two\n');
    symlinkSync('data/1', folder.at('a.log'));
    const tail = await folder.tail();
    await until(() => tail.messages().length === 1);
    folder.append('data/1', 'one, just before\n');
    symlinkSync('data/2', folder.at('new'));
    folder.rename('new', 'a.log');
    await until(() => tail.messages().length === 3);
    expect(tail.messages()).toEqual(['one', 'one, just before', 'two']);
  });

  test('below links, as on a Kubernetes node, with a link to a link', async ({ folder }) => {
    folder.write('docker/1.log', 'first\n');
    mkdirSync(folder.at('pods/p/app'), { recursive: true });
    mkdirSync(folder.at('containers'));
    symlinkSync('../../../docker/1.log', folder.at('pods/p/app/0.log'));
    symlinkSync('../pods/p/app/0.log', folder.at('containers/p_ns_app-1.log'));
    const tail = await folder.tail({ path: folder.at('containers/*.log'), tag: 'kube.*' });
    await until(() => tail.messages().length === 1);
    folder.rename('docker/1.log', 'docker/1.log.1');
    folder.write('docker/1.log', 'second\n');
    await until(() => tail.messages().length === 2);
    expect(tail.router.batches[1]!.tag).toMatch(/^kube\.tmp\.tail-\w+\.containers\.p_ns_app-1\.log$/);
  });

  test('with follow_inodes a pattern may find rotated files too: each line once, later lines under the new name', async ({ folder }) => {
    folder.write('app.log', 'first 1\n');
    const tail = await folder.tail({ path: folder.at('app.log*'), tag: '*', follow_inodes: true });
    await until(() => tail.messages().length === 1);
    folder.rename('app.log', 'app.log.1');
    folder.write('app.log', 'second 1\n');
    await until(() => tail.messages().length === 2);
    await pause(250);
    folder.append('app.log.1', 'first 2\n');
    await until(() => tail.messages().length === 3);
    expect(tail.messages(true).map((text) => text.replace(/^.*?(app)/, '$1'))).toEqual(['app.log first 1', 'app.log second 1', 'app.log.1 first 2']);
    await tail.stop();
    expect(folder.positions()).toEqual([`app.log\t${hex(16)}\t${folder.inode('app.log.1')}`, `app.log\t${hex(9)}\t${folder.inode('app.log')}`]);
  });

  test('with follow_inodes a file that no pattern finds any more is unwatched', async ({ folder }) => {
    folder.write('a.log', 'one\n');
    const tail = await folder.tail({ follow_inodes: true });
    await until(() => tail.messages().length === 1);
    const inode = folder.inode('a.log');
    folder.rename('a.log', 'a.1');
    folder.append('a.1', 'late\n');
    await until(() => tail.messages().length === 2);
    await until(() => folder.positions()[0] === `a.log\t${'f'.repeat(16)}\t${inode}`);
  });
});

describe.concurrent('removal', () => {
  test('a removed file is read to its end and unwatched, and read from its head when it is there again', async ({ folder }) => {
    folder.write('a.log', 'one\n');
    const inode = folder.inode('a.log');
    const tail = await folder.tail();
    await until(() => tail.messages().length === 1);
    unlinkSync(folder.at('a.log'));
    await until(() => folder.positions()[0] === `a.log\t${'f'.repeat(16)}\t${inode}`);
    folder.write('a.log', 'again\n');
    await until(() => tail.messages().length === 2);
    await tail.stop();
    expect(folder.positions()).toEqual([`a.log\t${'f'.repeat(16)}\t${inode}`, `a.log\t${hex(6)}\t${folder.inode('a.log')}`]);
  });

  test('a file that is back at once goes on', async ({ folder }) => {
    folder.write('a.log', 'one\n');
    const tail = await folder.tail({ rotate_wait: 2 });
    await until(() => tail.messages().length === 1);
    folder.rename('a.log', 'away');
    await pause(150);
    folder.rename('away', 'a.log');
    folder.append('a.log', 'two\n');
    await until(() => tail.messages().length === 2);
    expect(tail.messages()).toEqual(['one', 'two']);
  });
});

describe.concurrent('positions', () => {
  test('move only over what was acknowledged, in order', async ({ folder }) => {
    folder.write('a.log', '1\n2\n3\n');
    const tail = await folder.tail({ read_lines_limit: 1 });
    await until(() => tail.messages().length === 3);
    tail.router.hold = true;
    folder.append('a.log', '4\n5\n6\n');
    await until(() => tail.messages().length === 6);
    const held = tail.router.batches.slice(3);
    settleAll([held[2]!]);
    await pause(260);
    expect(folder.positions()).toEqual([`a.log\t${hex(6)}\t${folder.inode('a.log')}`]);
    settleAll([held[0]!]);
    await until(() => folder.positions()[0]!.includes(hex(8)));
    settleAll([held[1]!]);
    await until(() => folder.positions()[0]!.includes(hex(12)));
  });

  test('after a crash everything is read again that was not acknowledged', async ({ folder }) => {
    folder.write('a.log', '1\n2\n');
    const first = await folder.tail();
    await until(() => first.messages().length === 2);
    first.router.hold = true;
    folder.append('a.log', '3\n4\n');
    await until(() => first.messages().length === 4 && folder.positions()[0]!.includes(hex(4)));
    await first.kill();
    const second = await folder.tail();
    await until(() => second.messages().length === 2);
    expect(second.messages()).toEqual(['3', '4']);
  });

  test('after a crash in the middle of a rotation the rest of the old file is read first', async ({ folder }) => {
    folder.write('a.log', '1\n');
    const first = await folder.tail({ rotate_wait: 5 });
    await until(() => first.messages().length === 1);
    first.router.hold = true;
    folder.append('a.log', '2\n');
    await until(() => first.messages().length === 2);
    const inode = folder.inode('a.log');
    folder.rename('a.log', 'a.log.20240506');
    folder.write('a.log', '3\n');
    await until(() => first.messages().length === 3);
    await until(() => folder.positions().length === 2);
    await first.kill();
    expect(folder.positions()).toEqual([`a.log\t${hex(2)}\t${inode}`, `a.log\t${hex(0)}\t${folder.inode('a.log')}`]);
    const second = await folder.tail();
    await until(() => second.messages().length === 2);
    expect(second.messages()).toEqual(['2', '3']);
    await second.stop();
    expect(folder.positions()).toEqual([`a.log\t${hex(2)}\t${folder.inode('a.log')}`]);
  });

  test('a path that is missing for a moment at the start keeps its position: the rest of the renamed file is read', async ({ folder }) => {
    folder.write('a.log', '1\n');
    folder.write('gone.log', 'x\n');
    const first = await folder.tail();
    await until(() => first.messages().length === 2);
    await until(() => folder.positions().some((line) => line.startsWith(`a.log\t${hex(2)}`)));
    await first.kill();
    folder.append('a.log', '2\n');
    folder.rename('a.log', 'a.log.1');
    folder.rename('gone.log', 'other.old');
    const second = await folder.tail();
    await pause(50);
    folder.write('a.log', '3\n');
    await until(() => second.messages().length === 2);
    expect(second.messages()).toEqual(['2', '3']);
    await second.stop();
    expect(folder.positions()).toEqual([`a.log\t${hex(2)}\t${folder.inode('a.log')}`]);
  });

  test('a path that is missing at the start until its renamed file was read and forgotten does not read that again', async ({ folder }) => {
    folder.write('a.log', '1\n');
    const first = await folder.tail();
    await until(() => first.messages().length === 1);
    await first.stop();
    folder.append('a.log', '2\n');
    folder.rename('a.log', 'a.log.1');
    const second = await folder.tail();
    await until(() => folder.positions().join() === `a.log\t${'f'.repeat(16)}\t${folder.inode('a.log.1')}`);
    folder.write('a.log', '3\n');
    await until(() => second.messages().includes('3'));
    expect(second.messages()).toEqual(['2', '3']);
  });

  test('a file that was rotated while nobody watched is read to its end, once', async ({ folder }) => {
    folder.write('0.log', '1\n');
    const first = await folder.tail();
    await until(() => first.messages().length === 1);
    await first.stop();
    folder.append('0.log', '2\n');
    folder.rename('0.log', '0.log.20240506-070809');
    folder.write('0.log', '3\n');
    const second = await folder.tail();
    await until(() => second.messages().length === 2);
    await second.stop();
    const third = await folder.tail();
    await pause(100);
    expect([second.messages(), third.messages()]).toEqual([['2', '3'], []]);
  });

  test('several rotations while nobody watched: all files that were never seen are read, oldest first', async ({ folder }) => {
    folder.write('0.log', '1\n');
    const first = await folder.tail();
    await until(() => first.messages().length === 1);
    await first.stop();
    folder.append('0.log', '2\n');
    for (const n of [3, 5]) {
      folder.rename('0.log', `0.log.2024050${n}`);
      await pause(20);
      folder.write('0.log', `${n}\n`);
      await pause(20);
      folder.append('0.log', `${n + 1}\n`);
    }
    const second = await folder.tail();
    await until(() => second.messages().length === 5);
    expect(second.messages()).toEqual(['2', '3', '4', '5', '6']);
  });

  test('a file of Fluentd is taken over: repeated, unwatched, removed and broken lines', async ({ folder }) => {
    folder.write('a.log', 'aa\nbb\ncc\n');
    folder.write('b.log', 'new\n');
    folder.write('c.log', 'again\n');
    const line = (name: string, position: string, inode: string) => `${folder.at(name)}\t${position}\t${inode}\n`;
    folder.write(
      'tail.pos',
      line('a.log', hex(0), folder.inode('a.log')) + line('gone.log', hex(5), hex(99)) + 'nonsense\n'
        + line('c.log', 'f'.repeat(16), folder.inode('c.log')) + line('b.log', hex(2), hex(77)) + line('a.log', hex(3), folder.inode('a.log')),
    );
    const tail = await folder.tail();
    await until(() => tail.messages().length === 4);
    expect(tail.messages()).toEqual(['bb', 'cc', 'new', 'again']);
    expect(tail.logged('warn')).toEqual(['Unparsable line in pos_file: nonsense', 'a.log already exists. use latest one',
      'a file was replaced and is not found; lines that were written to it since it was read last are lost']);
    await tail.stop();
    expect(folder.positions().map((text) => text.split('\t').slice(0, 2).join(' '))).toEqual([`a.log ${hex(9)}`, `b.log ${hex(4)}`, `c.log ${hex(6)}`]);
  });

  test('names with tabs and line breaks cannot forge entries', async ({ folder }) => {
    const name = `x\t${hex(0)}\t${hex(1)}\ny.log`;
    folder.write(name, 'one\n');
    const first = await folder.tail();
    await until(() => first.messages().length === 1);
    await first.stop();
    expect(folder.positions()).toHaveLength(1);
    folder.append(name, 'two\n');
    const second = await folder.tail();
    await until(() => second.messages().length === 1);
    expect(second.messages()).toEqual(['two']);
  });

  test('names that are not UTF-8 are read, and go on after a restart', async ({ folder }) => {
    const name = Buffer.concat([Buffer.from(folder.path), Buffer.from('/caf\xe9.log', 'latin1')]);
    writeFileSync(name, 'one\n');
    const first = await folder.tail();
    await until(() => first.messages().length === 1);
    await first.stop();
    writeFileSync(name, 'two\n', { flag: 'a' });
    const second = await folder.tail();
    await until(() => second.messages().length === 1);
    expect(second.messages()).toEqual(['two']);
  });

  test('an end before the first look is over leaves the position file alone', async ({ folder }) => {
    folder.write('a.log', 'one\n');
    const saved = `${folder.at('a.log')}\t${hex(4)}\t${folder.inode('a.log')}\n`;
    folder.write('tail.pos', saved);
    const tail = await folder.tail({ skip_refresh_on_startup: true, refresh_interval: 60 });
    await tail.stop();
    expect(readFileSync(folder.at('tail.pos'), 'utf8')).toBe(saved);
  });

  test('pos_file_compaction_interval removes entries of files that are gone', async ({ folder }) => {
    folder.write('a.log', 'one\n');
    folder.write('b.log', 'one\n');
    const tail = await folder.tail({ pos_file_compaction_interval: 0.2 });
    await until(() => tail.messages().length === 2);
    unlinkSync(folder.at('a.log'));
    await until(() => folder.positions().length === 1);
    expect(folder.positions()).toEqual([`b.log\t${hex(4)}\t${folder.inode('b.log')}`]);
  });
});

describe.concurrent('trouble', () => {
  test('a full buffer holds the file back: every line once and in order', async ({ folder }) => {
    folder.write('a.log', '1\n2\n3\n');
    const tail = folder.create({ read_lines_limit: 1 });
    tail.router.fail = new BufferOverflowError('full');
    await tail.input.start?.();
    await pause(300);
    tail.router.fail = undefined;
    await until(() => tail.messages().length === 3);
    expect(tail.messages()).toEqual(['1', '2', '3']);
    expect(tail.logged('warn')).toEqual(['a full buffer takes no more events; the file is read on when there is room']);
    await tail.stop();
  });

  test('back-pressure: no more is read of a file than what waits', async ({ folder }) => {
    folder.write('a.log', '1\n2\n3\n');
    const tail = folder.create({ read_lines_limit: 1 });
    const release = letWait(tail.router);
    await tail.input.start?.();
    await until(() => tail.messages().length === 1);
    await pause(50);
    expect(tail.messages()).toEqual(['1']);
    release();
    await until(() => tail.messages().length === 3);
    await tail.stop();
  });

  test('events that cannot be emitted are counted and logged, and the position moves on', async ({ folder }) => {
    folder.write('a.log', '1\n');
    const tail = folder.create();
    tail.router.fail = new Error('broken');
    await tail.input.start?.();
    await until(() => tail.logged('error').length === 1);
    tail.router.fail = undefined;
    folder.append('a.log', '2\n');
    await until(() => tail.messages().length === 1);
    await tail.stop();
    expect(folder.positions()[0]).toContain(hex(4));
  });

  test('folders, broken links and pipes in place of files are left out', async ({ folder }) => {
    mkdirSync(folder.at('dir.log'));
    symlinkSync('nowhere', folder.at('broken.log'));
    execFileSync('mkfifo', [folder.at('pipe.log')]);
    folder.write('a.log', 'fine\n');
    const tail = await folder.tail({ path: `${folder.at('*.log')},${folder.at('not-yet.log')}` });
    await until(() => tail.messages().length === 1);
    await pause(250);
    expect(tail.messages()).toEqual(['fine']);
    expect(tail.logged('warn')).toEqual(['pipe.log is not a regular file. It is left out.']);
  });

  test('a folder as path is warned of once', async ({ folder }) => {
    mkdirSync(folder.at('dir'));
    const tail = await folder.tail({ path: folder.at('dir') });
    await pause(250);
    expect(tail.logged('warn')).toEqual(['dir is a folder. It is left out.']);
  });

  test('a position file that cannot be written is told of once, and reading goes on', async ({ folder }) => {
    folder.write('a.log', '1\n');
    const tail = await folder.tail({ pos_file: folder.at('state/tail.pos') });
    await until(() => tail.messages().length === 1);
    rmSync(folder.at('state'), { recursive: true });
    folder.append('a.log', '2\n');
    folder.write('b.log', '3\n');
    await until(() => tail.messages().length === 3);
  });

  test('trouble with looking does not unwatch what is not found', async ({ folder }) => {
    folder.write('a.log', 'one\n');
    const tail = folder.create();
    let failing = false;
    tail.context.path = (file) => {
      if (failing && file === folder.path) throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
      return file;
    };
    await tail.input.start?.();
    await until(() => tail.messages().length === 1);
    failing = true;
    await pause(400);
    failing = false;
    folder.append('a.log', 'two\n');
    await until(() => tail.messages().length === 2);
    expect(tail.messages()).toEqual(['one', 'two']);
    await tail.stop();
  });

  test('a parser that throws costs the line alone', async ({ folder }) => {
    folder.write('a.log', 'good\nbad\ngood again\n');
    const tail = await folder.tail({}, {
      parse(text) {
        if (text === 'bad') throw new Error('no time');
        return { time: NOW, record: new Map([['message', text]]) };
      },
    });
    await until(() => tail.messages().length === 2);
    expect(tail.logged('warn')).toEqual(['invalid line found']);
  });

  test('lines that do not match are warned of, and kept with emit_unmatched_lines', async ({ folder }) => {
    folder.write('a.log', 'yes 1\nno\nyes 2\n');
    const parser = { parse: (text: string) => (text.startsWith('yes') ? { time: NOW, record: new Map([['message', text]]) } : undefined) };
    const tail = await folder.tail({ emit_unmatched_lines: true, path_key: 'file' }, parser);
    await until(() => tail.messages().length === 3);
    expect(tail.logged('warn')).toEqual(['pattern not matched: "no"']);
    expect([...tail.router.batches[0]!.events[1]!.record]).toEqual([['unmatched_line', 'no'], ['file', folder.at('a.log')]]);
  });
});

describe.concurrent('several lines as one event', () => {
  const parser = {
    parse: (text: string) => ({ time: NOW, record: new Map([['message', text]]) }),
    multiline: { firstLine: (text: string) => text.startsWith('>') },
  };

  test('the last event comes at the end, and the position stays in front of it until then', async ({ folder }) => {
    folder.write('a.log', 'odd\n>1\n x\n>2\n y\n');
    const tail = await folder.tail({}, parser);
    await until(() => tail.messages().length === 1);
    await until(() => folder.positions()[0]!.includes(hex(10)));
    expect(tail.logged('warn')).toEqual(['got incomplete line before first line from a.log: "odd"']);
    await tail.stop();
    expect(tail.messages()).toEqual(['>1\n x', '>2\n y']);
    expect(folder.positions()[0]).toContain(hex(16));
  });

  test('or after multiline_flush_interval', async ({ folder }) => {
    folder.write('a.log', '>1\n x\n');
    const tail = await folder.tail({ multiline_flush_interval: 0.2 }, parser);
    await pause(100);
    expect(tail.messages()).toEqual([]);
    await until(() => tail.messages().length === 1);
    expect(tail.messages()).toEqual(['>1\n x']);
    await until(() => folder.positions()[0]!.includes(hex(6)));
  });

  test('or when the file is given up', async ({ folder }) => {
    folder.write('a.log', '>1\n x\n');
    const tail = await folder.tail({}, parser);
    await pause(50);
    renameSync(folder.at('a.log'), folder.at('a.1'));
    await until(() => tail.messages().length === 1);
    expect(tail.messages()).toEqual(['>1\n x']);
  });
});

describe.concurrent('limits', () => {
  test('read_bytes_limit_per_second delays and loses nothing', async ({ folder }) => {
    folder.write('a.log', 'x'.repeat(99).concat('\n').repeat(120));
    const tail = await folder.tail({ read_bytes_limit_per_second: 8192 });
    await until(() => tail.messages().length >= 81);
    expect(tail.messages()).toHaveLength(81);
    await until(() => tail.messages().length === 120);
  });

  test('rules of <group> close files, delay them, and let others pass', async ({ folder }) => {
    folder.write('quiet_a.log', 'no\n');
    folder.write('busy_b.log', '1\n2\n3\n4\n5\n');
    folder.write('free_c.log', 'yes\n');
    const group = {
      pattern: { source: '/(?<kind>[a-z]+)_(?<name>[a-z]+)\\.log$', options: '' },
      rate_period: 0.3,
      rule: [
        { match: new Map([['kind', '/quiet/']]), limit: 0 },
        { match: new Map([['kind', '/busy/']]), limit: 2 },
      ],
    };
    const tail = await folder.tail({ group: group as never });
    await until(() => tail.messages().length === 3);
    expect(tail.messages().toSorted()).toEqual(['1', '2', 'yes']);
    await until(() => tail.messages().length === 6);
    expect(tail.messages()).not.toContain('no');
    folder.rename('quiet_a.log', 'quiet_a.1');
    folder.write('quiet_a.log', 'nor this\n');
    await until(() => tail.logged().includes('detected rotation of quiet_a.log; waiting 0.15 seconds'));
    await until(() => (tail.input.status!() as { files: unknown[] }).files.length === 3);
    expect(tail.messages()).toHaveLength(6);
    expect(folder.positions().find((text) => text.startsWith('quiet'))).toContain(hex(0));
  });
});
