/** An output made from configuration text, without its buffer, and chunks for it. */
import { parseConfig } from '../../src/config/read.ts';
import { ConfigReader, placeOf, type CheckedPlugin } from '../../src/config/schema.ts';
import { ConfigError } from '../../src/errors.ts';
import { encodeEntry } from '../../src/lib/msgpack.ts';
import type { BufferedOutput, Chunk, Kind, Kinds, Lifecycle, PluginContext } from '../../src/plugin.ts';
import { Registry } from '../../src/registry.ts';
import { plugins } from '../../plugins/index.ts';
import { event } from './batches.ts';
import { testContext, type TestContext } from './context.ts';

const registry = new Registry(plugins);

/** Creates the output of a `<match>`; what it owns is started and closed with it. Throws a ConfigError with all that is wrong. */
export async function createOutput(match: string, outer: TestContext = testContext({ kind: 'output' })): Promise<BufferedOutput> {
  const root = parseConfig(`<match **>\n${match}\n</match>\n`, { file: 'test.conf' });
  const reader = new ConfigReader({ registry, strict: false });
  const checked = await reader.plugin('output', root.elements[0]!);
  if (!checked || reader.problems.length > 0) throw new ConfigError(reader.problems);
  const owned: Lifecycle[] = [];
  const instance = <K extends Kind>(plugin: CheckedPlugin<K>): Kinds[K] => {
    const context: PluginContext = {
      ...outer,
      type: plugin.type,
      element: plugin.element,
      chunkKeys: { tag: checked.buffer?.keys.includes('tag') ?? false, time: false, fields: [], timekey: undefined },
      place: (name) => placeOf(plugin.config, name),
      create: (inner) => {
        const made = instance(inner as CheckedPlugin<typeof inner.kind>);
        owned.push(made as Lifecycle);
        return made as never;
      },
    };
    return plugin.definition.create(plugin.config, context) as Kinds[K];
  };
  const output = instance(checked) as BufferedOutput;
  return {
    ...output,
    async start() {
      for (const part of owned) await part.start?.();
      await output.start?.();
    },
    async close() {
      await output.close?.();
      await outer.close();
    },
  };
}

let count = 0;

/** A chunk with the events `{"n": N}` at N seconds. */
export function chunkOf(tag: string, ...numbers: readonly number[]): Chunk {
  const events = numbers.map((n) => event(n, { n }));
  const bytes = Buffer.concat(events.map(({ time, record }) => encodeEntry(time, record)));
  return {
    id: (++count).toString(16).padStart(32, '0'),
    metadata: { tag },
    eventCount: events.length,
    byteLength: bytes.length,
    createdAt: 0,
    modifiedAt: 0,
    read: () => bytes,
    events: () => events,
    packed: undefined,
  };
}
