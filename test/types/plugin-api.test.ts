import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { apiExports } from './api-exports.ts';

const PAGE = new URL('../../docs/plugin-api.md', import.meta.url);
const BEGIN = '<!-- exports: written by WRITE_DOCS=1 npx vitest run test/types/plugin-api.test.ts -->';
const END = '<!-- /exports -->';

/** What a plugin builds on, and what stays when versions change; everything else serves the plugins that come with the agent. */
const STABLE = new Set([
  'Ack', 'AgentView', 'Awaitable', 'BufferOverflowError', 'BufferedOutput', 'Chunk', 'ChunkIdentity', 'ChunkKeys', 'ChunkMetadata', 'ChunkStorage', 'Clock',
  'ConfigElement', 'ConfigError', 'ConfigProblem', 'ConfigValue', 'Counter', 'DelayedCommit', 'EventBatch', 'EventTime', 'Fields', 'Filter', 'Float', 'Formatter',
  'Gauge', 'Infer', 'Input', 'Kind', 'Kinds', 'Level', 'Lifecycle', 'Location', 'LogEvent', 'LogFields', 'LogRecord', 'Logger', 'Metrics', 'ObjectBatch', 'Output',
  'OwnedPlugin', 'Param', 'Parsed', 'Parser', 'PlainRecord', 'PluginContext', 'PluginDefinition', 'RegexpLiteral', 'RetryLaterError', 'Router', 'ServiceDiscovery',
  'Storage', 'StoredChunk', 'SystemSettings', 'Tag', 'Template', 'TriedEvent', 'TriedPlugin', 'TryOptions', 'UnrecoverableError', 'Value', 'compileAccessor',
  'compileRegexp', 'createTimeFormatter', 'createTimeParser', 'decodeText', 'defineBuffer', 'defineFilter', 'defineFormatter', 'defineInput', 'defineOutput',
  'defineParser', 'defineServiceDiscovery', 'defineStorage', 'encodeText', 'errorText', 'generateJson', 'isHash', 'memoryLimits', 'owned', 'param', 'parseJson',
  'section', 'storageFields', 'textOf', 'toFloat', 'toInteger', 'tryPlugin', 'withEvents',
]);

function table(stable: boolean): string {
  const rows = apiExports().filter(({ name }) => STABLE.has(name) === stable)
    .map(({ name, isType, doc, from }) => `| \`${name}\` | ${isType ? 'type' : 'value'} | ${(doc ?? '').replaceAll('|', '\\|').replaceAll('<', '&lt;')} | \`${from}\` |`);
  return `| Name | | | From |\n| --- | --- | --- | --- |\n${rows.join('\n')}`;
}

test('the page of the API has every export with its doc sentence', () => {
  const text = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : `${BEGIN}\n${END}\n`;
  const [before, rest = ''] = text.split(BEGIN);
  const after = rest.split(END)[1] ?? '';
  const wanted = `${before}${BEGIN}\n\n### Stable\n\n${table(true)}\n\n### Also there\n\nUsed by the plugins that come with the agent; may change with any version.\n\n${table(false)}\n\n${END}${after}`;
  if (process.env['WRITE_DOCS']) writeFileSync(PAGE, wanted);
  expect(readFileSync(PAGE, 'utf8') === wanted, 'write it again: WRITE_DOCS=1 npx vitest run test/types/plugin-api.test.ts').toBe(true);
});

test('what is called stable is exported, and has a doc sentence', () => {
  const all = apiExports();
  expect([...STABLE].filter((name) => !all.some((one) => one.name === name))).toEqual([]);
  expect(all.filter(({ name, doc }) => STABLE.has(name) && doc === undefined).map(({ name, from }) => `${from}: ${name}`)).toEqual([]);
});
