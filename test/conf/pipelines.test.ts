import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readCases } from '../../src/cli/test-cases.ts';
import { run as check } from '../../src/cli/check.ts';
import { run as runTests } from '../../src/cli/test.ts';
import { say } from '../support/check.ts';

const CONF = path.resolve(import.meta.dirname, '../../conf');
const CRI = '/^(?<time>.+) (?<stream>stdout|stderr) (?<logtag>[FP]) (?<log>.*)$/';
const ENVIRONMENT = ['-e', 'AWS_REGION=eu-west-1', '-e', 'CLUSTER_NAME=demo'];

/** Every configuration that can be run: those with a source or an include at the top level. */
function configurations(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /^fluent\.conf$|\.conf$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => path.basename(file) === 'fluent.conf' || !readdirSync(path.dirname(file)).includes('fluent.conf'))
    .sort();
}

const FILES = configurations(CONF);
const CASES = readdirSync(path.join(CONF, 'tests')).filter((name) => name.endsWith('.test.yaml')).map((name) => path.join(CONF, 'tests', name));

test.each(FILES.map((file) => [path.relative(CONF, file), file]))('%s is valid', async (_, file) => {
  const { code, out } = await say(check, '-c', file, ...ENVIRONMENT, '--no-hints');
  expect([code, out]).toEqual([0, expect.stringContaining('is valid')]);
});

test('Container Insights as Amazon has it is reported with all of its known traps, and with nothing else', async () => {
  const { out } = await say(check, '-c', path.join(CONF, 'container-insights/fluent.conf'), ...ENVIRONMENT, '-e', `FLUENT_CONTAINER_TAIL_PARSER_TYPE=${CRI}`, '--format', 'json');
  delete process.env['FLUENT_CONTAINER_TAIL_PARSER_TYPE'];
  const counts: Record<string, number> = {};
  for (const { id } of (JSON.parse(out) as { findings: { id: string }[] }).findings) counts[id] = (counts[id] ?? 0) + 1;
  expect(counts).toEqual({
    'hidden-agent-log': 1, 'unjoined-cri-parts': 1, 'concat-without-stream-identity': 2, 'metadata-without-watch': 5, 'memory-buffer': 3,
    'endless-retries-in-memory': 3, 'oversized-events': 3, 'no-retention': 3,
  });
});

test('every configuration has cases', () => {
  const tested = CASES.map((file) => readCases(readFileSync(file, 'utf8'), file).config!);
  for (const file of FILES.filter((name) => !name.includes('helm'))) expect(tested).toContain(file);
});

test.each(CASES.map((file) => [path.relative(CONF, file), file]))('%s passes', async (_, file) => {
  const { code, out, err } = await say(runTests, file);
  expect([code, out.includes('✘') ? out : '', err]).toEqual([0, '', '']);
});
