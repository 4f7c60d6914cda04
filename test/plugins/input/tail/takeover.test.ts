/** Position files go from Fluentd to this agent and back: nothing is lost, nothing comes twice. */
import { readFileSync, unlinkSync } from 'node:fs';
import { describe, expect, test as plainTest } from 'vitest';
import { BufferOverflowError } from '../../../../src/errors.ts';
import { Folder, pause, until } from './harness.ts';

const test = plainTest.extend<{ folder: Folder }>({
  // eslint-disable-next-line no-empty-pattern -- the form that vitest reads
  folder: async ({}, use) => {
    const folder = new Folder();
    await use(folder);
    await folder.remove();
  },
});

const hex = (n: number) => n.toString(16).padStart(16, '0');
const UNWATCHED = 'f'.repeat(16);

describe.concurrent('a position file of Fluentd', () => {
  test('numbers may have capital letters and fewer digits', async ({ folder }) => {
    folder.write('a.log', `${'x'.repeat(25)}\nnext\n`);
    folder.write('b.log', 'bb\nnext\n');
    folder.write('tail.pos', `${folder.at('a.log')}\t000000000000001A\t${folder.inode('a.log').toUpperCase()}\n`
      + `${folder.at('b.log')}\t3\t${folder.inode('b.log').replace(/^0+/, '')}\n`);
    const tail = await folder.tail();
    await until(() => tail.messages().length === 2);
    expect(tail.messages()).toEqual(['next', 'next']);
    expect(tail.logged('warn')).toEqual([]);
  });

  test('a line with inode 0 was never filled: the file is as if unknown', async ({ folder }) => {
    folder.write('a.log', 'one\n');
    folder.write('tail.pos', `${folder.at('a.log')}\t${hex(0)}\t${hex(0)}\n`);
    const tail = await folder.tail();
    await until(() => tail.messages().length === 1);
    await tail.stop();
    expect(folder.positions()).toEqual([`a.log\t${hex(4)}\t${folder.inode('a.log')}`]);
  });

  test('unwatched ones do not count, whatever their number and place', async ({ folder }) => {
    folder.write('a.log', 'one\ntwo\n');
    const line = (position: string, inode = folder.inode('a.log')) => `${folder.at('a.log')}\t${position}\t${inode}\n`;
    folder.write('tail.pos', line(UNWATCHED) + line(hex(4)) + line(UNWATCHED.toUpperCase(), hex(5)) + line(UNWATCHED, hex(6)));
    const tail = await folder.tail();
    await until(() => tail.messages().length === 1);
    expect(tail.messages()).toEqual(['two']);
    await tail.stop();
    expect(folder.positions()).toEqual([`a.log\t${hex(8)}\t${folder.inode('a.log')}`]);
  });

  test('with follow_inodes two lines of a path are two files, by inode', async ({ folder }) => {
    folder.write('app.log.1', 'old\nlate\n');
    folder.write('app.log', 'new\nnext\n');
    const line = (position: number, name: string) => `${folder.at('app.log')}\t${hex(position)}\t${folder.inode(name)}\n`;
    folder.write('tail.pos', line(4, 'app.log.1') + line(4, 'app.log'));
    const tail = await folder.tail({ path: folder.at('app.log*'), follow_inodes: true });
    await until(() => tail.messages().length === 2);
    expect(tail.messages().toSorted()).toEqual(['late', 'next']);
  });

  test('ours is byte for byte what Fluentd writes: path, tab, 16 digits, tab, 16 digits, line feed', async ({ folder }) => {
    folder.write('a.log', 'one\n');
    folder.write('b.log', 'half');
    const tail = await folder.tail();
    await until(() => tail.messages().length === 1);
    await tail.stop();
    expect(readFileSync(folder.at('tail.pos'), 'latin1')).toBe(
      `${folder.at('a.log')}\t${hex(4)}\t${folder.inode('a.log')}\n${folder.at('b.log')}\t${hex(0)}\t${folder.inode('b.log')}\n`,
    );
    expect(folder.inode('a.log')).toMatch(/^[0-9a-f]{16}$/);
  });

  test('a removed file stays as ffffffffffffffff until the file is compacted', async ({ folder }) => {
    folder.write('a.log', 'one\n');
    folder.write('b.log', 'one\n');
    const tail = await folder.tail();
    await until(() => tail.messages().length === 2);
    const inode = folder.inode('a.log');
    unlinkSync(folder.at('a.log'));
    await until(() => folder.positions()[0] === `a.log\t${UNWATCHED}\t${inode}`);
    await tail.stop();
    expect(folder.positions()).toEqual([`a.log\t${UNWATCHED}\t${inode}`, `b.log\t${hex(4)}\t${folder.inode('b.log')}`]);
  });
});

describe.concurrent('the end', () => {
  test('acknowledgements that come between stop and close are saved', async ({ folder }) => {
    folder.write('a.log', '1\n2\n');
    const tail = await folder.tail({ read_lines_limit: 1 });
    tail.router.hold = true;
    await until(() => tail.messages().length === 2);
    folder.append('a.log', '3\n4\n');
    await until(() => tail.messages().length === 4);
    await tail.input.stop?.();
    const acked = tail.router.batches.filter(({ ack }) => ack !== undefined);
    for (const batch of acked.slice(0, -1)) {
      try {
        batch.ack?.settle();
      } catch {
        // It was settled when it came.
      }
    }
    await tail.stop();
    expect(folder.positions()).toEqual([`a.log\t${hex(6)}\t${folder.inode('a.log')}`]);
  });

  test('nothing is read any more after it began', async ({ folder }) => {
    folder.write('a.log', '1\n');
    const tail = await folder.tail();
    await until(() => tail.messages().length === 1);
    await tail.input.stop?.();
    folder.append('a.log', '2\n');
    await pause(200);
    expect(tail.messages()).toEqual(['1']);
    await tail.stop();
    const next = await folder.tail();
    await until(() => next.messages().length === 1);
    expect(next.messages()).toEqual(['2']);
  });

  test('an output that takes nothing does not hold it up, and held lines come with the next start', async ({ folder }) => {
    const parser = {
      parse: (text: string) => ({ time: { sec: 1, nsec: 0 }, record: new Map([['message', text]]) }),
      multiline: { firstLine: (text: string) => text.startsWith('>') },
    };
    folder.write('a.log', '>1\n x\n');
    const tail = folder.create({}, parser);
    tail.router.emit = () => new Promise<void>(() => {});
    await tail.input.start?.();
    await pause(50);
    await tail.stop();
    expect(folder.positions()).toEqual([`a.log\t${hex(0)}\t${folder.inode('a.log')}`]);
    const next = await folder.tail({ multiline_flush_interval: 0.05 }, parser);
    await until(() => next.messages().length === 1);
    expect(next.messages()).toEqual(['>1\n x']);
  });

  test('a full buffer does not hold it up either', async ({ folder }) => {
    folder.write('a.log', '1\n');
    const tail = folder.create();
    tail.router.fail = new BufferOverflowError('full');
    await tail.input.start?.();
    await until(() => tail.logged('warn').length === 1);
    await tail.stop();
    expect(folder.positions()).toEqual([`a.log\t${hex(0)}\t${folder.inode('a.log')}`]);
  });
});
