/** Files that may not be opened. Permissions do not bind root, so the refusal is the test's own. */
import type * as FileSystem from 'node:fs';
import { symlinkSync, utimesSync } from 'node:fs';
import { describe, expect, test as base, vi } from 'vitest';
import { Folder, until } from './harness.ts';

/** Names of files that may not be opened, and how often it was tried. */
const denied = vi.hoisted(() => ({ names: new Set<string>(), tries: 0 }));

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof FileSystem>();
  const open = (path: string | Buffer, flags: number, done: (error: Error | null, file?: number) => void): void => {
    if (!denied.names.has(String(path))) {
      fs.open(path, flags, done);
      return;
    }
    denied.tries++;
    done(Object.assign(new Error(`EACCES: permission denied, open '${String(path)}'`), { code: 'EACCES' }));
  };
  return { ...fs, open, default: { ...fs, open } };
});

const test = base.extend<{ folder: Folder }>({
  // eslint-disable-next-line no-empty-pattern -- the form that vitest reads
  folder: async ({}, use) => {
    const folder = new Folder();
    denied.names.clear();
    denied.tries = 0;
    await use(folder);
    await folder.remove();
  },
});

const WARNING = 'a.log unreadable. It is excluded and would be examined next time.';

test('a file that may not be read is warned of once, and read when it may; the one beside it is read', async ({ folder }) => {
  folder.write('a.log', 'secret\n');
  folder.write('b.log', 'open\n');
  denied.names.add(folder.at('a.log'));
  const tail = await folder.tail({ ignore_repeated_permission_error: true });
  await until(() => denied.tries >= 4 && tail.messages().length === 1);
  expect(tail.messages()).toEqual(['open']);
  expect(tail.logged('warn')).toEqual([WARNING]);
  denied.names.clear();
  await until(() => tail.messages().length === 2);
  expect(tail.messages()).toEqual(['open', 'secret']);
});

test('without ignore_repeated_permission_error the warning comes with every refresh', async ({ folder }) => {
  folder.write('a.log', 'secret\n');
  denied.names.add(folder.at('a.log'));
  const tail = await folder.tail();
  await until(() => tail.logged('warn').length >= 2);
  expect(new Set(tail.logged('warn'))).toEqual(new Set([WARNING]));
});

test('a link into /proc or to a mounted secret is not read, whoever made it', async ({ folder }) => {
  folder.write('b.log', 'open\n');
  symlinkSync('/proc/self/environ', folder.at('a.log'));
  const tail = await folder.tail({ ignore_repeated_permission_error: true });
  await until(() => tail.messages().length === 1 && tail.logged('warn').length === 1);
  expect(tail.messages()).toEqual(['open']);
  expect(tail.logged('warn')).toEqual(['a.log is not read: it is a link into /proc/, which has no logs']);
});

describe('what was rotated away from a path that may not be read for a while', () => {
  const later = (folder: Folder, seconds: number) => utimesSync(folder.at('tail.pos'), Date.now() / 1000 + seconds, Date.now() / 1000 + seconds);

  test.for([['that was read before', true], ['that is new', false]] as const)('is found by a later start although it is old then, of a path %s', async ([, isKnown], { folder }) => {
    folder.write('b.log', 'b\n');
    if (isKnown) folder.write('a.log', 'read\n');
    const first = await folder.tail();
    await until(() => first.messages().length === (isKnown ? 2 : 1));
    await first.stop();
    if (isKnown) folder.rename('a.log', 'elsewhere');
    folder.write('a.log.1', '1\n');
    folder.write('a.log', '2\n');
    denied.names.add(folder.at('a.log'));
    const second = await folder.tail();
    folder.append('b.log', 'more\n');
    await until(() => second.messages().length === 1 && second.logged('warn').length > 0);
    folder.rename('a.log', 'a.log.0');
    folder.rename('a.log.1', 'a.log.2');
    denied.names.add(folder.at('a.log.0'));
    folder.write('a.log', '3\n');
    await until(() => folder.positions().filter((line) => line.startsWith('a.log')).length >= 3, () => folder.positions().join('\n'));
    await second.kill();
    denied.names.clear();
    later(folder, 60);
    const third = await folder.tail();
    await until(() => third.messages().length === 3, () => third.logged().join('\n'));
    expect(third.messages()).toEqual(['1', '2', '3']);
  });
});
