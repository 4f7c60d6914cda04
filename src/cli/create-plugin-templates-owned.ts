/** What `logferry create-plugin` starts plugins with that keep or know something for others: buffers, storages, service discoveries. */
import { SAMPLE, SHOW, type PluginTemplate } from './create-plugin-template.ts';

/** Of a buffer. */
export const BUFFER: PluginTemplate = {
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
};

/** Of a storage. */
export const STORAGE: PluginTemplate = {
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
};

/** Of a service discovery. */
export const SERVICE_DISCOVERY: PluginTemplate = {
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
};
