import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Place, type Running } from '../../support/agent.ts';

let place: Place;
beforeEach(() => {
  place = new Place();
});
afterEach(() => place.remove());

interface Shown {
  readonly plugin_id: string;
  readonly emit_records: number;
  readonly config?: unknown;
  readonly retry?: unknown;
  readonly instance_variables?: unknown;
  readonly [name: string]: unknown;
}

interface Body {
  readonly plugins: readonly Shown[];
  readonly inputs: readonly { readonly id: string }[];
  readonly [name: string]: unknown;
}

/** An agent with the input at port 0; `get` asks it. */
async function start(monitor: string, rest: string): Promise<{ running: Running; get: (path: string) => Promise<Response>; json: (path: string) => Promise<Body> }> {
  const running = await place.start(`<source>\n@type monitor_agent\n@id monitor\nbind 127.0.0.1\nport 0\n${monitor}\n</source>\n${rest}`);
  const view = running.agent.view.plugins().find(({ id }) => id === 'monitor')!;
  const { port } = (view.plugin as { status(): { port: number } }).status();
  const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`);
  return { running, get, json: async (path) => (await get(path)).json() as Promise<Body> };
}

const SAMPLE = `<source>
  @type sample
  @id samples
  @label @L
  tag app
  rate 100
  sample {"a":1}
</source>
<label @L>
  <filter **>
    @type record_transformer
    @id adds
    <record>
      b 2
    </record>
  </filter>
  <match **>
    @type copy
    @id copies
    <store>
      @type null
      @id plain
    </store>
    <store>
      @type http
      @id buffered
      endpoint http://127.0.0.1:1/
      <auth>
        method basic
        username u
        password hidden
      </auth>
      <buffer>
        flush_mode interval
        flush_interval 1h
      </buffer>
    </store>
  </match>
</label>
<match x.**>
  @type null
  @id root
</match>`;

const BUFFERED = [
  'plugin_id', 'plugin_category', 'type', 'output_plugin', 'buffer_queue_length', 'buffer_timekeys', 'buffer_total_queued_size', 'retry_count', 'emit_records',
  'emit_size', 'emit_count', 'write_count', 'write_secondary_count', 'rollback_count', 'slow_flush_count', 'flush_time_count', 'drop_oldest_chunk_count',
  'buffer_stage_length', 'buffer_stage_byte_size', 'buffer_queue_byte_size', 'buffer_available_buffer_space_ratios',
];

describe('plugins', () => {
  test('are listed as Fluentd does: inputs, then outputs and filters of the top level and of each label', async () => {
    const { json } = await start('', SAMPLE);
    const { plugins } = await json('/api/plugins.json');
    expect(plugins.map((plugin) => `${plugin['plugin_category']} ${plugin['plugin_id']}`.replace(/object:\w+/, '-'))).toEqual([
      'input monitor', 'input samples', 'output -', 'output root', 'output copies', 'output plain', 'output buffered', 'filter adds',
    ]);
  });

  test('have the fields of Fluentd in its order', async () => {
    const { json } = await start('', SAMPLE);
    const fields = async (id: string): Promise<string[]> => Object.keys((await json(`/api/plugins.json?@id=${id}`)).plugins[0]!);
    expect(await fields('buffered')).toEqual(BUFFERED);
    expect(await fields('plain')).toEqual(BUFFERED.filter((name) => !name.startsWith('buffer_')));
    expect(await fields('copies')).toEqual(['plugin_id', 'plugin_category', 'type', 'output_plugin', 'retry_count']);
    for (const id of ['samples', 'adds']) expect(await fields(id)).toEqual(['plugin_id', 'plugin_category', 'type', 'output_plugin', 'retry_count', 'emit_records', 'emit_size']);
  });

  test('count what went through them', async () => {
    const { json } = await start('', SAMPLE);
    const emitted = async (id: string): Promise<number> => (await json(`/api/plugins.json?@id=${id}`)).plugins[0]!.emit_records;
    for (const id of ['samples', 'adds', 'plain', 'buffered']) await vi.waitFor(async () => expect(await emitted(id)).toBeGreaterThan(0));
  });

  test('are found by tag, id and type; the old names work too', async () => {
    const { json } = await start('', SAMPLE);
    const ids = async (query: string): Promise<string[]> => (await json(`/api/plugins.json?${query}`)).plugins.map((plugin) => plugin.plugin_id);
    expect([await ids('tag=x.y'), await ids('tag=nobody'), await ids('id=root'), await ids('@id=unknown'), await ids('type=copy'), await ids('@type=null&tag=x')]).toEqual([
      ['root'], [], ['root'], [], ['copies'], ['root'],
    ]);
  });

  test('include_config shows parameters as written, secrets masked; include_retry shows retries of outputs', async () => {
    const { json } = await start('include_config true\ninclude_retry true', `<match **>\n@type forward\n@id f\n<server>\nhost 127.0.0.1\n</server>\n</match>
<source>\n@type cloudwatch_logs\n@id secret\ntag x\nlog_group_name g\nlog_stream_name s\naws_key_id visible\naws_sec_key hidden\nendpoint http://127.0.0.1:1\nregion eu-west-1\n</source>`);
    const { plugins } = await json('/api/plugins.json');
    const find = (id: string): Shown => plugins.find((plugin) => plugin.plugin_id === id)!;
    expect(find('secret').config).toMatchObject({ '@type': 'cloudwatch_logs', '@id': 'secret', aws_sec_key: 'xxxxxx' });
    expect(JSON.stringify(plugins)).not.toContain('hidden');
    expect([find('f').retry, find('secret').retry]).toEqual([{}, undefined]);
    expect(Object.keys(find('f')).slice(0, 5)).toEqual(['plugin_id', 'plugin_category', 'type', 'config', 'output_plugin']);
  });

  test('tell of their state with include_debug_info alone', async () => {
    const { json, get } = await start('include_debug_info true', SAMPLE);
    const { plugins } = await json('/api/plugins.json?@id=buffered&with_ivars=num_errors,endpoint,nothing');
    expect(plugins[0]!.instance_variables).toEqual({ endpoint: 'http://127.0.0.1:1/', num_errors: 0 });
    const text = await (await get('/api/plugins.json?@id=copies&debug=1')).text();
    expect(text).toContain('{\n  "plugins": [\n    {\n      "plugin_id": "copies",');
    expect(text).not.toContain('hidden');
    const without = await start('', '<match **>\n@type null\n@id n\n</match>');
    expect((await without.json('/api/plugins.json?@id=n&debug=1&with_ivars=num_errors')).plugins[0]!.instance_variables).toBeUndefined();
  });

  test('are LTSV without .json: lists with commas, no hashes', async () => {
    const { get } = await start('include_config true', SAMPLE);
    const response = await get('/api/plugins?@id=buffered');
    const text = await response.text();
    expect(response.headers.get('content-type')).toBe('text/plain');
    expect(text.split('\t').slice(0, 6)).toEqual(['plugin_id:buffered', 'plugin_category:output', 'type:http', 'output_plugin:true', 'buffer_queue_length:0', 'buffer_timekeys:']);
    expect(text).toMatch(/buffer_available_buffer_space_ratios:\d+\.\d\n$/);
  });
});

describe('the agent', () => {
  test('tells of its process and configuration', async () => {
    const { json, get, running } = await start('', SAMPLE);
    const config = await json('/api/config.json');
    expect(Object.keys(config)).toEqual(['pid', 'ppid', 'version', 'config_path', 'pid_file', 'plugin_dirs', 'log_path', 'root_dir']);
    expect([config['pid'], config['config_path'], config['root_dir']]).toEqual([process.pid, running.agent.view.configFile, place.at('root')]);
    expect(await (await get('/api/config')).text()).toMatch(/^pid:\d+\tppid:\d+\tversion:/);
  });

  test('shows its ledger, an addition', async () => {
    const { json } = await start('', SAMPLE);
    const ledger = await json('/api/ledger.json');
    expect(Object.keys(ledger)).toEqual(['inputs', 'filters', 'outputs', 'unmatched', 'dumped', 'ownLog', 'imbalances']);
    expect(ledger.inputs.map(({ id }) => id)).toEqual(['monitor', 'samples']);
  });

  test('has nothing else', async () => {
    const { get } = await start('', SAMPLE);
    for (const path of ['/api/nothing', '/', '/api/plugins.json/x']) {
      const response = await get(path);
      expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([404, 'application/json', '{"message":"Not found"}']);
    }
  });
});

test('with a tag the state of all plugins is emitted, without configuration and retries', async () => {
  const { running, json } = await start('tag mon\nemit_interval 0.1\ninclude_config true\ninclude_retry true', '<match mon>\n@type null\n@id n\n</match>');
  const records: Record<string, unknown>[] = [];
  running.agent.view.watch({ received: ({ id }, batch) => void (id === 'n' && records.push(...batch.events.map(({ record }) => Object.fromEntries(record)))) });
  await vi.waitFor(() => expect(records.length).toBeGreaterThan(2), { timeout: 3000 });
  expect(records[0]).toMatchObject({ plugin_id: 'monitor', plugin_category: 'input', output_plugin: false, retry_count: null });
  expect(records.some((record) => 'config' in record || 'retry' in record)).toBe(false);
  expect((await json('/api/plugins.json?@id=monitor')).plugins[0]!.emit_records).toBeGreaterThan(0);
});
