/** A short torture with a fixed seed, of an agent that is built from the sources as they are. */
import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const PROJECT = path.join(import.meta.dirname, '../..');
/** `#logferry` leads to `dist` beside the package.json: so the build has one of its own. */
const place = mkdtempSync(path.join(tmpdir(), 'logferry-built-'));

interface Result {
  readonly failures: readonly string[];
  readonly lines: number;
  readonly lost: number;
  readonly reordered: number;
  readonly corrupted: number;
  readonly duplicated: number;
  readonly duplicateBound: number;
  readonly kills: number;
  readonly terms: number;
  readonly actions: Readonly<Record<string, number>>;
  readonly skipped: Readonly<Record<string, number>>;
  readonly ledgerBalanced: boolean;
}

/** What the program writes; its exit code does not matter here. */
function run(file: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, [file, ...args], { cwd: PROJECT, maxBuffer: 64 * 1024 * 1024 }, (_, stdout, stderr) => resolve(stdout + stderr));
  });
}

beforeAll(async () => {
  // As root the agent runs as another user.
  chmodSync(place, 0o755);
  copyFileSync(path.join(PROJECT, 'package.json'), path.join(place, 'package.json'));
  symlinkSync(path.join(PROJECT, 'node_modules'), path.join(place, 'node_modules'));
  const compiler = path.join(PROJECT, 'node_modules/typescript/bin/tsc');
  await run(compiler, ['-p', 'tsconfig.build.json', '--declaration', 'false', '--outDir', path.join(place, 'dist')]);
}, 60_000);

afterAll(() => rmSync(place, { recursive: true, force: true }));

test('nothing is lost, whatever happens to files, agent and endpoint', { timeout: 240_000 }, async () => {
  const results = path.join(place, 'results.jsonl');
  const options = ['--seconds', '9', '--seed', '4', '--files', '14', '--rate', '300'];
  const output = await run(path.join(PROJECT, 'test/torture/torture.mjs'), [...options, '--dist', path.join(place, 'dist'), '--results', results]);
  let result: Result;
  try {
    result = JSON.parse(readFileSync(results, 'utf8')) as Result;
  } catch (error) {
    throw new Error(output, { cause: error });
  }
  expect(result.failures, output).toEqual([]);
  expect(result).toMatchObject({ lost: 0, reordered: 0, corrupted: 0, ledgerBalanced: true });
  expect(result.duplicated).toBeLessThanOrEqual(result.duplicateBound);
  expect(result.lines).toBeGreaterThan(1000);
  expect(result.kills).toBeGreaterThan(0);
  expect(result.terms).toBeGreaterThan(0);
  // The others need an agent that has had time, which a busy machine may not give it.
  for (const action of ['rotate', 'chain', 'burst', 'stop', 'vanish', 'container', 'reload', 'fault lose-answer', 'fault throttle', 'fault reset'])
    expect(result.actions, action).toHaveProperty(action);
  expect(Object.keys(result.actions).length).toBeGreaterThan(20);
});
