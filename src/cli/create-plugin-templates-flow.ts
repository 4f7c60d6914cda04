/** What `logferry create-plugin` starts inputs, filters and outputs with. */
import { SAMPLE, SHOW, type PluginTemplate } from './create-plugin-template.ts';

/** Of an input. */
export const INPUT: PluginTemplate = {
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
};

/** Of a filter. */
export const FILTER: PluginTemplate = {
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
};

/** Of an output. */
export const OUTPUT: PluginTemplate = {
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
};
