import { describe, expect, test } from 'vitest';
import type { ConfigElement } from '../../../src/config/element.ts';
import { bufferFields, bufferOutput, memoryLimits, storageFields, type BufferSection } from '../../../src/buffer/index.ts';
import { ConfigError } from '../../../src/errors.ts';
import type { BufferedOutput, ChunkStorage, Kinds, PluginContext } from '../../../src/plugin.ts';
import { memoryStorage } from '../../support/buffering.ts';
import { configOf, testContext, type TestContext } from '../../support/context.ts';

const at = { file: 'fluent.conf', line: 7, column: 3 };
const element = (name: string, params: Record<string, unknown> = {}): ConfigElement => ({
  name, arg: '', at, elements: [], params: new Map(Object.entries(params).map(([key, value]) => [key, { text: String(value), at }])),
});

interface Given {
  readonly keys?: readonly string[];
  readonly buffer?: Record<string, unknown>;
  readonly storage?: Record<string, unknown>;
  readonly persistent?: boolean;
  readonly secondary?: { type: string; output: object };
}

function make(given: Given = {}): { context: TestContext; make: () => ReturnType<typeof bufferOutput> } {
  const section: BufferSection = {
    config: configOf(bufferFields({ mode: 'always' }), given.buffer ?? {}),
    keys: given.keys ?? [],
    storage: { kind: 'buffer', type: 'memory', config: configOf(storageFields(memoryLimits), given.storage ?? {}), element: element('buffer', given.storage), definition: {}, arg: '' },
    secondary: given.secondary && { kind: 'output', type: given.secondary.type, config: {}, element: element('secondary'), definition: {}, arg: '' },
    element: element('buffer', given.buffer),
  };
  const context = testContext({ type: 'http', kind: 'output' });
  const storage: ChunkStorage = { ...memoryStorage(), persistent: given.persistent ?? false };
  const create = ((plugin: { kind: string }) => (plugin.kind === 'buffer' ? storage : given.secondary!.output)) as PluginContext['create'];
  const output: BufferedOutput = { format: () => '', write() {} };
  return { context, make: () => bufferOutput(output, section, { ...context, create }) };
}

const problem = (given: Given) => make(given).make;
const warnings = (given: Given) => {
  const { context, make: run } = make(given);
  run();
  return context.log.lines.filter(({ level }) => level === 'warn').map(({ message }) => message);
};

describe('a <buffer> is refused', () => {
  test.each<[string, Given, string]>([
    ['with flush_interval beside flush_mode lazy', { buffer: { flush_mode: 'lazy', flush_interval: 1 } }, "flush_interval cannot be specified when flush_mode is 'lazy'"],
    ['with flush_interval beside flush_mode immediate', { buffer: { flush_mode: 'immediate', flush_interval: 1 } }, 'flush_interval'],
    ['with the chunk key time and no timekey', { keys: ['time'] }, 'timekey is not configured'],
    ['with a timekey of zero', { keys: ['time'], buffer: { timekey: 0 } }, 'timekey must be longer than 0 seconds'],
    ['with an unknown zone', { keys: ['time'], buffer: { timekey: 60, timekey_zone: 'JST' } }, "Unsupported timekey_zone 'JST'"],
    ['with a chunk key that is no name', { keys: ['a b'] }, "invalid chunk key 'a b' in <buffer>"],
    ['with a chunk key that is no path', { keys: ['$.a[x]'] }, "invalid chunk key '$.a[x]' in <buffer>"],
    ['with a threshold beyond one', { secondary: { type: 'secondary_file', output: { write() {} } }, buffer: { retry_secondary_threshold: 1.5 } }, 'retry_secondary_threshold must lie between 0 and 1'],
    ['with a secondary that takes no chunks', { secondary: { type: 'copy', output: { emit() {} } } }, "output plugin 'copy' cannot be a <secondary>"],
  ])('%s', (_name, given, message) => {
    expect(problem(given)).toThrow(ConfigError);
    expect(problem(given)).toThrow(message);
    expect(problem(given)).toThrow('fluent.conf:7:3');
  });

  test('with a compression that this Node does not have', () => {
    const hasZstd = 'zstdCompressSync' in process.getBuiltinModule('node:zlib');
    if (hasZstd) expect(problem({ storage: { compress: 'zstd' } })).not.toThrow();
    else expect(problem({ storage: { compress: 'zstd' } })).toThrow('compress zstd needs Node.js 22.15 or newer');
  });
});

describe('a warning tells', () => {
  test.each<[string, Given, string]>([
    ['that a memory buffer is lost at a shutdown', { buffer: { flush_at_shutdown: false } }, 'flush_at_shutdown is false'],
    ['that flush_interval has no effect with time slots', { keys: ['time'], buffer: { timekey: 60, flush_interval: 5 } }, 'flush_interval is ignored'],
    ['that the secondary may not fit', { secondary: { type: 'file', output: { write() {} } } }, 'of another type than the output'],
    ['that retry_forever leaves little to a secondary', { secondary: { type: 'secondary_file', output: { write() {} } }, buffer: { retry_forever: true } }, 'retry_forever'],
  ])('%s', (_name, given, text) => {
    expect(warnings(given).join()).toContain(text);
  });

  test('nothing where all is well', () => {
    expect(warnings({})).toEqual([]);
    expect(warnings({ buffer: { flush_at_shutdown: false }, persistent: true })).toEqual([]);
    expect(warnings({ keys: ['time', 'tag'], buffer: { timekey: 60, flush_mode: 'interval', flush_interval: 5 } })).toEqual([]);
  });
});

test('the storage learns whose chunks it keeps', () => {
  const owners: unknown[] = [];
  const { context } = make();
  const storage: Kinds['buffer'] = { ...memoryStorage(), attach: (owner) => void owners.push(owner) };
  const section: BufferSection = {
    config: configOf(bufferFields({ mode: 'always' }), {}),
    keys: ['tag', 'k'],
    storage: { kind: 'buffer', type: 'memory', config: configOf(storageFields(memoryLimits), { compress: 'gzip' }), element: element('buffer'), definition: {}, arg: '' },
    element: element('buffer'),
  };
  bufferOutput({ write() {}, bufferPath: '/out' }, section, { ...context, create: (() => storage) as unknown as PluginContext['create'] });
  expect(owners).toMatchObject([
    { id: 'object:1', type: 'http', configured: false, chunkKeys: { tag: true, time: false, fields: ['k'] }, defaultPath: '/out', msgpack: true, compress: 'gzip' },
  ]);
});
