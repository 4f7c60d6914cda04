/** An HTTP output for tests: real formatters, recorded log, started. */
import csv from '../../../../plugins/formatter/csv.ts';
import json from '../../../../plugins/formatter/json.ts';
import singleValue from '../../../../plugins/formatter/single_value.ts';
import http from '../../../../plugins/output/http/index.ts';
import type { HttpConfig } from '../../../../plugins/output/http/fields.ts';
import { compileTemplate } from '../../../../src/buffer/index.ts';
import type { OwnedPlugin } from '../../../../src/config/params.ts';
import type { BufferedOutput, Chunk, ChunkKeys, ChunkMetadata, Formatter, PluginContext } from '../../../../src/plugin.ts';
import { NO_KEYS } from '../../../support/buffering.ts';
import { createPlugin, testContext, type TestContext } from '../../../support/context.ts';

export type Given = Partial<Omit<HttpConfig, 'format' | 'auth'>> & { readonly format?: string; readonly auth?: Partial<NonNullable<HttpConfig['auth']>> };

export interface TestOutput {
  readonly output: BufferedOutput;
  readonly context: TestContext;
}

/** Parameters that count as written are those that are given. */
export function createHttp(given: Given, keys: Partial<ChunkKeys> = {}): TestOutput {
  const context = testContext({ kind: 'output', type: 'http' });
  const chunkKeys = { ...NO_KEYS, ...keys };
  const { format = 'json', auth, ...rest } = given;
  const at = { file: 'test.conf', line: 1, column: 1 };
  const full: PluginContext = {
    ...context,
    chunkKeys,
    element: { ...context.element, params: new Map(Object.keys(given).map((name) => [name, { text: '', at }])) },
    create: ((owned: OwnedPlugin) => createFormatter(owned.type, context)) as unknown as PluginContext['create'],
    template: (name, text, options) => compileTemplate(name, text, { ...options, keys: chunkKeys, log: context.log }),
  };
  const owned = { kind: 'formatter', type: format } as unknown as HttpConfig['format'];
  const config = { ...rest, format: owned, ...(auth ? { auth: { method: 'basic', ...auth } as HttpConfig['auth'] } : {}) };
  return { output: createPlugin(http, config, full) as BufferedOutput, context };
}

function createFormatter(type: string, context: TestContext): Formatter {
  switch (type) {
    case 'json': return createPlugin(json, {}, context);
    case 'csv': return createPlugin(csv, { fields: ['m'] }, context);
    default: return createPlugin(singleValue, {}, context);
  }
}

export function textChunk(text: string, metadata: ChunkMetadata = {}): Chunk {
  const bytes = Buffer.from(text);
  return {
    id: 'ab', metadata, eventCount: 3, byteLength: bytes.length, createdAt: 0, modifiedAt: 0, packed: undefined,
    read: () => bytes, events: () => [],
  };
}
