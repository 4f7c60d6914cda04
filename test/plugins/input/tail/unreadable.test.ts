/** Files that may not be opened. Permissions do not bind root, so the refusal is the test's own. */
import type * as FileSystem from 'node:fs';
import { symlinkSync } from 'node:fs';
import { expect, test as base, vi } from 'vitest';
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
