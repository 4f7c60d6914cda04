/** What an input still owes when it ends, and in which order rotated files are emitted. */
import { describe, expect, test as plainTest } from 'vitest';
import { BufferOverflowError } from '../../../../src/errors.ts';
import { letWait } from '../../../support/context.ts';
import { Folder, pause, settleAll, until } from './harness.ts';

const test = plainTest.extend<{ folder: Folder }>({
  // eslint-disable-next-line no-empty-pattern -- the form that vitest reads
  folder: async ({}, use) => {
    const folder = new Folder();
    await use(folder);
    await folder.remove();
  },
});

const hex = (n: number) => n.toString(16).padStart(16, '0');
const severalLines = {
  parse: (text: string) => ({ time: { sec: 1, nsec: 0 }, record: new Map([['message', text]]) }),
  multiline: { firstLine: (text: string) => text.startsWith('>') },
};

describe.concurrent('what is not acknowledged', () => {
  test('is counted until it is, also after stop, and then positions are in the file before close', async ({ folder }) => {
    folder.write('a.log', '1\n');
    folder.write('b.log', '1\n');
    const tail = folder.create();
    tail.router.hold = true;
    await tail.input.start?.();
    await until(() => tail.messages().length === 2);
    await tail.input.stop?.();
    expect(tail.input.unacknowledged?.()).toBe(2);
    settleAll(tail.router.batches);
    expect(tail.input.unacknowledged?.()).toBe(0);
    expect(folder.positions()).toEqual(['a.log', 'b.log'].map((name) => `${name}\t${hex(2)}\t${folder.inode(name)}`));
    await tail.stop();
  });

  test('what a full buffer did not take belongs to the next start', async ({ folder }) => {
    folder.write('a.log', '1\n');
    const tail = folder.create();
    tail.router.fail = new BufferOverflowError('full');
    await tail.input.start?.();
    await until(() => tail.logged('warn').length === 1);
    await tail.input.stop?.();
    expect(tail.input.unacknowledged?.()).toBe(0);
    expect(folder.positions()).toEqual([`a.log\t${hex(0)}\t${folder.inode('a.log')}`]);
    await tail.stop();
  });

  test('a rotated file that has grown while an output let it wait is read to its end, and no line of it is cut', async ({ folder }) => {
    folder.write('a.log', '1\nhalf a ');
    const tail = folder.create({ rotate_wait: 0.05 });
    const go = letWait(tail.router);
    await tail.input.start?.();
    await until(() => tail.messages().length === 1);
    folder.append('a.log', 'line\nlast\n');
    folder.rename('a.log', 'a.log.1');
    folder.write('a.log', '2\n');
    await until(() => Number(tail.input.status?.()['opened_file_count']) === 2);
    await pause(150);
    go();
    await until(() => tail.messages().length === 4);
    expect(tail.messages()).toEqual(['1', 'half a line', 'last', '2']);
  });

  test('a rotated file that has grown while an output let it wait is read on by the next start', async ({ folder }) => {
    folder.write('a.log', '1\n');
    const tail = folder.create({ rotate_wait: 60 });
    const go = letWait(tail.router);
    await tail.input.start?.();
    await until(() => tail.messages().length === 1);
    folder.append('a.log', 'late\n');
    folder.rename('a.log', 'a.log.1');
    folder.write('a.log', '2\n');
    await until(() => Number(tail.input.status?.()['opened_file_count']) === 2);
    const stopping = tail.input.stop?.();
    go();
    await stopping;
    await until(() => tail.input.unacknowledged?.() === 0);
    expect(folder.positions()).toContain(`a.log\t${hex(2)}\t${folder.inode('a.log.1')}`);
    await tail.stop();
  });

  test('a rotated file that is read completely leaves no line behind', async ({ folder }) => {
    folder.write('a.log', '1\n');
    const tail = await folder.tail({ rotate_wait: 60 });
    await until(() => tail.messages().length === 1);
    folder.rename('a.log', 'a.log.1');
    folder.write('a.log', '2\n');
    await until(() => tail.messages().length === 2);
    await tail.input.stop?.();
    expect(tail.input.unacknowledged?.()).toBe(0);
    expect(folder.positions()).toEqual([`a.log\t${hex(2)}\t${folder.inode('a.log')}`]);
    await tail.stop();
  });
});

describe.concurrent('an event of several lines that is open when its file is rotated', () => {
  test('comes before the events of the newer file, however long rotate_wait is', async ({ folder }) => {
    folder.write('a.log', '>1\n x\n');
    const tail = await folder.tail({ rotate_wait: 60 }, severalLines);
    await until(() => Number(tail.input.status?.()['opened_file_count']) === 1);
    folder.rename('a.log', 'a.log.1');
    folder.write('a.log', '>2\n>3\n');
    await until(() => tail.messages().length === 2);
    expect(tail.messages()).toEqual(['>1\n x', '>2']);
  });

  test('gets lines that are still written to the old file while the newer one is empty', async ({ folder }) => {
    folder.write('a.log', '>1\n');
    const tail = await folder.tail({ rotate_wait: 60 }, severalLines);
    await until(() => Number(tail.input.status?.()['opened_file_count']) === 1);
    folder.rename('a.log', 'a.log.1');
    folder.write('a.log', '');
    await until(() => Number(tail.input.status?.()['opened_file_count']) === 2);
    folder.append('a.log.1', ' late\n');
    await pause(150);
    folder.append('a.log', '>2\n>3\n');
    await until(() => tail.messages().length === 2);
    expect(tail.messages()).toEqual(['>1\n late', '>2']);
  });
});
