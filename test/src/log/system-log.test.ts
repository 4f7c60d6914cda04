import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { plugins } from '../../../plugins/index.ts';
import { Agent } from '../../../src/app.ts';
import { Registry } from '../../../src/registry.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'system-log-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** An agent with this `<system>`, loaded and not started, and the lines that it wrote since. */
async function load(system: string): Promise<{ agent: Agent; lines: () => string[] }> {
  const configFile = path.join(folder, 'fluent.conf');
  writeFileSync(configFile, `<system>\nconfig_include_dir ""\n${system}\n</system>\n<match **>\n@type null\n@id n\n@log_level debug\n</match>\n`.replaceAll('DIR', folder));
  const written: string[] = [];
  const agent = new Agent({ configFile, registry: new Registry(plugins), suppressConfigDump: true, write: (line) => void written.push(line) });
  await agent.load();
  written.splice(0);
  return { agent, lines: () => written.map((line) => line.trimEnd().replace(/^(\s*)\S+ \S+ \S+ /, '$1')) };
}

test('log_level, ignore_repeated_log_interval and ignore_same_log_interval are those of <system>', async () => {
  const repeated = await load('log_level warn\nignore_repeated_log_interval 60s');
  for (const sentence of ['one', 'one', 'two', 'one']) repeated.agent.log.warn(sentence);
  repeated.agent.log.info('not this');
  expect(repeated.lines()).toEqual(['[warn]: #0 one', '[warn]: #0 two', '[warn]: #0 one']);
  const same = await load('ignore_same_log_interval 60s');
  for (const sentence of ['one', 'two', 'one']) same.agent.log.warn(sentence);
  expect(same.lines()).toEqual(['[warn]: #0 one', '[warn]: #0 two']);
});

test('stack traces are those of suppress_repeated_stacktrace and forced_stacktrace_level', async () => {
  const error = new Error('broken');
  error.stack = 'Error: broken\n    at here (a.ts:1:1)';
  const traces = async (system: string): Promise<string[]> => {
    const { agent, lines } = await load(system);
    for (let i = 0; i < 2; i++) agent.log.warn('failed', { error });
    return lines().filter((line) => line.startsWith('  '));
  };
  expect(await traces('')).toEqual([]);
  expect(await traces('<log>\nforced_stacktrace_level info\n</log>')).toEqual(['  [info]: #0 at here (a.ts:1:1)', '  [info]: #0 suppressed same stacktrace']);
  expect(await traces('suppress_repeated_stacktrace false\n<log>\nforced_stacktrace_level warn\n</log>')).toEqual(Array(2).fill('  [warn]: #0 at here (a.ts:1:1)'));
});

test('@log_level of a plugin is its own', async () => {
  const { agent, lines } = await load('log_level error');
  const { log } = agent.graph.outputs[0]!.context;
  log.debug('seen');
  agent.log.warn('not seen');
  expect(lines()).toEqual(['[debug]: #0 [n] seen']);
});

test('<log> writes into its file, rotated by size, in its form', async () => {
  const { agent } = await load('<log>\npath DIR/log/agent.log\nformat json\ntime_format %Y\nrotate_age 2\nrotate_size 40\n</log>');
  for (const sentence of ['first', 'second', 'third']) agent.log.info(sentence);
  expect(readdirSync(path.join(folder, 'log')).sort()).toEqual(['agent.log', 'agent.log.0', 'agent.log.1']);
  expect(JSON.parse(readFileSync(path.join(folder, 'log/agent.log'), 'utf8'))).toEqual({ time: `${new Date().getFullYear()}`, level: 'info', message: 'third', worker_id: 0 });
});
