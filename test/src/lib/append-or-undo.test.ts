import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { appendOrUndo } from '../../../src/lib/append-or-undo.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'append-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('appends, tells how long the file was, and closes it', async () => {
  const name = path.join(folder, 'a');
  expect(await appendOrUndo(await open(name, 'a'), Buffer.from('one'))).toBe(0);
  const file = await open(name, 'a');
  expect(await appendOrUndo(file, Buffer.from('two'))).toBe(3);
  expect(readFileSync(name, 'utf8')).toBe('onetwo');
  expect(file.fd).toBe(-1);
});

it('leaves nothing of what could not be written to its end', async () => {
  const name = path.join(folder, 'a');
  await appendOrUndo(await open(name, 'a'), Buffer.from('one'));
  const file = await open(name, 'a');
  file.datasync = () => Promise.reject(new Error('ENOSPC'));
  await expect(appendOrUndo(file, Buffer.from('two'))).rejects.toThrow('ENOSPC');
  expect(readFileSync(name, 'utf8')).toBe('one');
});
