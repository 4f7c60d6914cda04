import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLogFile, parseRotateAge } from '../../../src/log/log-file.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'log-file-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const fallback = (): void => {
  throw new Error('not expected');
};
const read = (name: string): string => readFileSync(path.join(folder, name), 'utf8');

test('lines are appended, the folder is made', () => {
  const file = path.join(folder, 'deep/agent.log');
  openLogFile({ path: file, rotateAge: undefined, rotateSize: undefined, fallback })('one\n');
  openLogFile({ path: file, rotateAge: undefined, rotateSize: undefined, fallback })('two\n');
  expect(read('deep/agent.log')).toBe('one\ntwo\n');
});

test('a file that has its size is shifted, the oldest generation goes', () => {
  const write = openLogFile({ path: path.join(folder, 'a.log'), rotateAge: 2, rotateSize: 4, fallback });
  for (const line of ['111\n', '222\n', '333\n', '444\n']) write(line);
  expect(readdirSync(folder).sort()).toEqual(['a.log', 'a.log.0', 'a.log.1']);
  expect([read('a.log'), read('a.log.0'), read('a.log.1')]).toEqual(['444\n', '333\n', '222\n']);
});

test('a new day begins a new file', () => {
  let now = new Date(2024, 4, 14, 23, 59).getTime();
  const write = openLogFile({ path: path.join(folder, 'a.log'), rotateAge: 'daily', rotateSize: undefined, now: () => now, fallback });
  write('old\n');
  now += 120_000;
  write('new\n');
  expect([read('a.log'), read('a.log.20240514')]).toEqual(['new\n', 'old\n']);
});

test('what cannot be written goes elsewhere, with the reason once', () => {
  writeFileSync(path.join(folder, 'file'), '');
  const shown: string[] = [];
  const write = openLogFile({ path: path.join(folder, 'file/a.log'), rotateAge: undefined, rotateSize: undefined, fallback: (text) => shown.push(text) });
  write('one\n');
  write('two\n');
  expect(shown).toHaveLength(3);
  expect(shown[0]).toContain('cannot write the log to');
  expect(shown.slice(1)).toEqual(['one\n', 'two\n']);
});

test.each([['5', 5], ['daily', 'daily'], ['often', undefined]])('rotate_age %s is read as %s', (text, age) => {
  expect(parseRotateAge(text)).toBe(age);
});
