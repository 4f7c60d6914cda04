import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { builtProgram } from './support/built-program.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const README = readFileSync(path.join(ROOT, 'README.md'), 'utf8');

test('the README opens with what the dry run really prints', { timeout: 60_000 }, () => {
  const shown = README.split('```\n').find((block) => block.startsWith('ROUTES\n'))!.trimEnd().split('\n');
  const program = builtProgram();
  const printed = execFileSync(process.execPath, [program, 'dry-run', '--sample', '--now', '2026-11-23T15:00:00Z'], { encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } });
  const lines = printed.split('\n').map((line) => line.trimEnd());
  expect(shown.length).toBeGreaterThan(20);
  for (const line of shown) if (line !== '...') expect(lines).toContain(line);
});

test('files that the README leads to are there', () => {
  const links = [...README.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, file]) => file!);
  expect(links.length).toBeGreaterThan(5);
  expect(links.filter((file) => !existsSync(path.join(ROOT, file)))).toEqual([]);
});
