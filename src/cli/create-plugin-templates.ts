/**
 * What `logferry create-plugin` starts a plugin with, for each kind. The text is JavaScript and, as all types follow from the
 * declarations, TypeScript alike. `NAME` stands for the @type, `PACKAGE` for the name that plugins import.
 */
import type { Kind } from '../plugin.ts';

/** The beginnings of one plugin. */
export interface PluginTemplate {
  /** What it does, for the README. */
  readonly doc: string;
  /** The module with the definition. */
  readonly source: string;
  /** The body of its test, within node:test; `tried` makes the plugin. */
  readonly test: string;
  /** A whole configuration in which it works. */
  readonly config: string;
}

/** An input that everybody has, and an output that shows what arrives. */
const SAMPLE = `<source>
  @type sample
  tag demo
  rate 1
  sample {"message":"hello"}
</source>
`;

const SHOW = `<match **>
  @type stdout
</match>
`;

export const TEMPLATES: Readonly<Record<Kind, PluginTemplate>> = {
  input: {
    doc: 'Emits an event now and then.',
    source: `/** Emits an event now and then. */
import { defineInput, ObjectBatch, param } from PACKAGE;

export default defineInput({
  type: 'NAME',
  doc: 'Emits an event now and then.',
  config: {
    tag: param.string('The tag of the events.'),
    interval: param.time('Seconds between two events.', { default: 1 }),
    message: param.string('The text of the field message.', { default: 'hello' }),
  },

  // Nothing is opened here: a configuration is checked by creating all of its plugins.
  create(config, context) {
    const emit = () => context.router.emit(new ObjectBatch(config.tag, [
      { time: context.clock.time(), record: new Map([['message', config.message]]) },
    ]));
    return {
      start() {
        const timer = setInterval(emit, config.interval * 1000);
        context.defer(() => clearInterval(timer));
      },
    };
  },
});
`,
    test: `test('emits events until it is stopped', async () => {
  const tried = await tryPlugin(plugin, \`
    tag demo
    interval 0.01
  \`);
  await tried.start();
  while (tried.emitted.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await tried.stop();
  assert.equal(tried.emitted[0]?.tag, 'demo');
  assert.deepEqual(tried.emitted[0]?.record, { message: 'hello' });
});

test('needs a tag', async () => {
  await assert.rejects(tryPlugin(plugin), /'tag' parameter is required/);
});
`,
    config: `<source>
  @type NAME
  tag demo
</source>
${SHOW}`,
  },

  filter: {
    doc: 'Sets a field of each record.',
    source: `/** Sets a field of each record. */
import { defineFilter, param, withEvents } from PACKAGE;

export default defineFilter({
  type: 'NAME',
  doc: 'Sets a field of each record.',
  config: {
    field: param.string('The name of the field.', { default: 'seen_by' }),
    value: param.string('Its text.'),
  },

  create({ field, value }) {
    return {
      // Records are Maps and belong to others, too: they are copied, never changed.
      filter: (batch) => withEvents(batch, batch.events.map(({ time, record }) => ({ time, record: new Map(record).set(field, value) }))),
    };
  },
});
`,
    test: `test('sets the field and keeps the others', async () => {
  const tried = await tryPlugin(plugin, 'value NAME');
  const result = await tried.plugin.filter(tried.batch('demo', [{ message: 'hello' }]));
  assert.deepEqual(tried.records(result), [{ message: 'hello', seen_by: 'NAME' }]);
});

test('needs a value', async () => {
  await assert.rejects(tryPlugin(plugin), /'value' parameter is required/);
});
`,
    config: `${SAMPLE}<filter **>
  @type NAME
  value NAME
</filter>
${SHOW}`,
  },

  output: {
    doc: 'Appends events to a file, as JSON. Buffered: what cannot be written is tried again.',
    source: `/** Appends events to a file, as JSON. */
import { appendFile } from 'node:fs/promises';
import { defineOutput, generateJson, param } from PACKAGE;

export default defineOutput({
  type: 'NAME',
  doc: 'Appends events to a file, as JSON.',
  buffer: { mode: 'always' },
  config: {
    path: param.string('The file.'),
  },

  create(config, context) {
    const file = context.path(config.path);
    return {
      /** One event as it stands in a chunk. */
      format: (_tag, _time, record) => generateJson(record) + '\\n',
      /** Whatever is thrown here is tried again, with growing pauses; UnrecoverableError is not. */
      async write(chunk) {
        await appendFile(file, await chunk.read());
      },
    };
  },
});
`,
    test: `test('appends each event as a line of JSON', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'plugin-'));
  const file = path.join(folder, 'out.log');
  const tried = await tryPlugin(plugin, \`path \${file}\`);
  await tried.start();
  assert.ok('write' in tried.plugin);
  await tried.plugin.write(tried.chunk('demo', [{ message: 'one' }, { message: 'two' }]), AbortSignal.timeout(1000));
  await tried.stop();
  assert.equal(readFileSync(file, 'utf8'), '{"message":"one"}\\n{"message":"two"}\\n');
  rmSync(folder, { recursive: true });
});

test('needs a path', async () => {
  await assert.rejects(tryPlugin(plugin), /'path' parameter is required/);
});
`,
    config: `${SAMPLE}<match **>
  @type NAME
  path "#{ENV['OUT'] || '/tmp/NAME.log'}"
  <buffer>
    flush_interval 1
  </buffer>
</match>
`,
  },

  parser: {
    doc: 'Reads pairs such as `level=warn user=42`.',
    source: `/** Reads pairs such as \`level=warn user=42\`. */
import { defineParser, param } from PACKAGE;

export default defineParser({
  type: 'NAME',
  doc: 'Reads pairs such as \`level=warn user=42\`.',
  config: {
    separator: param.string('Stands between name and value.', { default: '=' }),
  },

  create({ separator }, { clock }) {
    return {
      /** Undefined: the text does not fit. */
      parse(text) {
        const record = new Map<string, string>();
        for (const pair of text.split(' ')) {
          const at = pair.indexOf(separator);
          if (at < 1) return undefined;
          record.set(pair.slice(0, at), pair.slice(at + separator.length));
        }
        return { time: clock.time(), record };
      },
    };
  },
});
`,
    test: `test('reads pairs', async () => {
  const { plugin: parser } = await tryPlugin(plugin);
  const parsed = parser.parse('level=warn user=42');
  assert.ok(parsed && 'record' in parsed);
  assert.deepEqual([...parsed.record], [['level', 'warn'], ['user', '42']]);
});

test('a text without pairs does not fit', async () => {
  const { plugin: parser } = await tryPlugin(plugin);
  assert.equal(parser.parse('hello'), undefined);
});
`,
    config: `<source>
  @type sample
  tag demo
  rate 1
  sample {"message":"level=warn user=42"}
</source>
<filter **>
  @type parser
  key_name message
  <parse>
    @type NAME
  </parse>
</filter>
${SHOW}`,
  },

  formatter: {
    doc: 'Writes records as pairs such as `level=warn user=42`.',
    source: `/** Writes records as pairs such as \`level=warn user=42\`. */
import { defineFormatter, param, textOf } from PACKAGE;

export default defineFormatter({
  type: 'NAME',
  doc: 'Writes records as pairs such as \`level=warn user=42\`.',
  config: {
    separator: param.string('Stands between name and value.', { default: '=' }),
  },

  create({ separator }) {
    return {
      format: (_tag, _time, record) => [...record].map(([key, value]) => key + separator + textOf(value)).join(' ') + '\\n',
    };
  },
});
`,
    test: `test('writes pairs', async () => {
  const tried = await tryPlugin(plugin);
  const [event] = tried.batch('demo', [{ level: 'warn', user: 42 }]).events;
  assert.ok(event);
  assert.equal(tried.plugin.format('demo', event.time, event.record), 'level=warn user=42\\n');
});
`,
    config: `${SAMPLE}<match **>
  @type stdout
  <format>
    @type NAME
  </format>
</match>
`,
  },

  buffer: {
    doc: 'Keeps chunks in memory.',
    source: `/** Keeps chunks in memory. */
import { defineBuffer, memoryLimits, storageFields } from PACKAGE;

export default defineBuffer({
  type: 'NAME',
  doc: 'Keeps chunks in memory.',
  config: storageFields(memoryLimits),

  create() {
    return {
      persistent: false,
      create() {
        let bytes = Buffer.alloc(0);
        return {
          append: (more) => {
            bytes = Buffer.concat([bytes, more]);
          },
          truncate: (length) => {
            bytes = bytes.subarray(0, length);
          },
          enqueue() {},
          read: () => bytes,
          purge: () => {
            bytes = Buffer.alloc(0);
          },
          close() {},
        };
      },
    };
  },
});
`,
    test: `test('gives back what was added, without what was taken back', async () => {
  const { plugin: storage } = await tryPlugin(plugin);
  const chunk = storage.create({ id: '00', metadata: {}, createdAt: 0 });
  chunk.append(Buffer.from('one'), 1, 0);
  chunk.append(Buffer.from('two'), 2, 0);
  chunk.truncate(3, 1, 0);
  assert.equal((await chunk.read()).toString(), 'one');
});
`,
    config: `${SAMPLE}<match **>
  @type stdout
  <buffer>
    @type NAME
    flush_interval 1
  </buffer>
</match>
`,
  },

  storage: {
    doc: 'Keeps values in memory.',
    source: `/** Keeps values in memory. */
import { defineStorage, param, type Value } from PACKAGE;

export default defineStorage({
  type: 'NAME',
  doc: 'Keeps values in memory.',
  config: {
    prefix: param.string('Stands before each key.', { default: '' }),
  },

  create({ prefix }) {
    const values = new Map<string, Value>();
    return {
      get: (key) => values.get(prefix + key),
      put: (key, value) => void values.set(prefix + key, value),
      delete: (key) => void values.delete(prefix + key),
      save() {},
    };
  },
});
`,
    test: `test('gives back what was put', async () => {
  const { plugin: storage } = await tryPlugin(plugin, 'prefix x_');
  storage.put('cursor', 'abc');
  assert.equal(storage.get('cursor'), 'abc');
  storage.delete('cursor');
  assert.equal(storage.get('cursor'), undefined);
});
`,
    config: `<source>
  @type sample
  tag demo
  rate 1
  auto_increment_key n
  <storage>
    @type NAME
  </storage>
</source>
${SHOW}`,
  },

  service_discovery: {
    doc: 'Servers as host:port.',
    source: `/** Servers as host:port. */
import { defineServiceDiscovery, param } from PACKAGE;

export default defineServiceDiscovery({
  type: 'NAME',
  doc: 'Servers as host:port.',
  config: {
    servers: param.array('The servers, such as log1:24224,log2:24224.'),
  },

  create({ servers }) {
    const services = servers.map((text) => {
      const [host = '', port = '24224'] = text.split(':');
      return { host, port: Number(port), weight: 60, standby: false, username: '', password: '' };
    });
    return { services: () => services };
  },
});
`,
    test: `test('gives host and port of each server', async () => {
  const { plugin: discovery } = await tryPlugin(plugin, 'servers log1:24225,log2');
  assert.deepEqual(discovery.services().map(({ host, port }) => [host, port]), [['log1', 24225], ['log2', 24224]]);
});
`,
    config: `${SAMPLE}<match **>
  @type forward
  <service_discovery>
    @type NAME
    servers 127.0.0.1:24224
  </service_discovery>
  <secondary>
    @type stdout
  </secondary>
</match>
`,
  },
};
