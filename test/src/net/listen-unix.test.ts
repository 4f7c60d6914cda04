import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { listenUnix } from '../../../src/net/listen-unix.ts';
import { testContext, type TestContext } from '../../support/context.ts';
import { sendAll } from '../../support/network-input.ts';

let context: TestContext;
let folder: string;
beforeEach(() => {
  context = testContext({ kind: 'input' });
  folder = mkdtempSync(path.join(tmpdir(), 'unix-'));
});
afterEach(async () => {
  await context.close();
  rmSync(folder, { recursive: true, force: true });
});

it('makes the folder and the socket with its mode, takes data, and removes the socket at the end', async () => {
  const file = path.join(folder, 'a/b/my.sock');
  let text = '';
  const server = await listenUnix(context, { path: file, mode: 0o660 }, () => ({ data: (bytes) => void (text += bytes.toString()) }));
  expect(statSync(file).mode & 0o777).toBe(0o660);
  await sendAll(file, 'hello');
  expect(text).toBe('hello');
  expect(server.host).toBe(file);
  await server.close();
  expect(existsSync(file)).toBe(false);
});

it('removes a file that an earlier run left, with a warning', async () => {
  const file = path.join(folder, 'my.sock');
  writeFileSync(file, '');
  await listenUnix(context, { path: file }, () => ({ data: () => {} }));
  expect(context.log.lines.map(({ message }) => message)).toEqual([`Found existing '${file}'. Remove this file`]);
  await sendAll(file, 'x');
});

it('does not remove a folder', async () => {
  const file = path.join(folder, 'my.sock');
  mkdirSync(file);
  await expect(listenUnix(context, { path: file }, () => undefined)).rejects.toThrow(`test.conf:1:1: path: '${file}' is a folder (write the path of a file)`);
});

it('a path that no socket can have is a configuration error', async () => {
  const file = path.join(folder, 'x'.repeat(120));
  await expect(listenUnix(context, { path: file }, () => undefined)).rejects.toThrow('the path of a socket has 107 bytes at most');
});
