import { createServer } from 'node:http';
import { request } from 'node:https';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { aggregatePages } from '../../../plugins/input/prometheus/aggregate.ts';
import { Place, type Running } from '../../support/agent.ts';
import { testContext } from '../../support/context.ts';
import { startInput, type RunningInput } from '../../support/network-input.ts';

const closing: RunningInput[] = [];
afterEach(async () => {
  for (const input of closing.splice(0)) await input.stop();
});

async function start(source: string, context = testContext({ kind: 'input' })) {
  const input = await startInput(`@type prometheus\nbind 127.0.0.1\nport 0\n${source}`, { ...context, agent: { ...context.agent } });
  closing.push(input);
  return { input, get: (path: string) => fetch(`http://127.0.0.1:${input.port}${path}`) };
}

describe('the page', () => {
  test('is in the text format, has its path, and nothing else is there', async () => {
    const { get } = await start('metrics_path /m');
    const page = await get('/m');
    expect([page.status, page.headers.get('content-type'), page.headers.get('content-encoding'), await page.text()]).toEqual([200, 'text/plain; version=0.0.4', 'identity', '']);
    const none = await get('/metrics');
    expect([none.status, none.headers.get('content-type'), await none.text()]).toEqual([404, 'text/plain', '404 Not Found\n']);
  });

  test('is compressed with content_encoding gzip', async () => {
    const { input } = await start('content_encoding gzip\nagent_metrics true');
    const bytes = await new Promise<Buffer>((resolve, reject) => {
      void import('node:http').then(({ get }) => get({ port: input.port, path: '/metrics', agent: false }, (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => void pieces.push(piece)).on('end', () => resolve(Buffer.concat(pieces))).on('error', reject);
      }));
    });
    expect(gunzipSync(bytes).toString()).toContain('# TYPE logferry_build_info gauge\n');
  });

  test("has the agent's own metrics with agent_metrics alone", async () => {
    const { get } = await start('agent_metrics true');
    expect(await (await get('/metrics')).text()).toMatch(/^logferry_process_resident_memory_bytes \d+\.0$/m);
  });

  test.each([
    ['<transport tls>', '<transport tls>\ninsecure true\n</transport>'],
    ['the old <ssl>', '<ssl>\nenable true\n</ssl>'],
  ])('is served over TLS with %s', async (_how, source) => {
    const { input } = await start(source);
    const status = await new Promise((resolve, reject) => {
      request({ port: input.port, path: '/metrics', agent: false, rejectUnauthorized: false }, (response) => resolve(response.resume().statusCode)).on('error', reject).end();
    });
    expect(status).toBe(200);
  });

  test('<ssl> needs certificate and key, and its extra_conf is warned of', async () => {
    await expect(start('<ssl>\nenable true\ncertificate_path /x\n</ssl>')).rejects.toThrow('both certificate_path and private_key_path must be defined');
    const { input } = await start('<ssl>\nenable true\nextra_conf {"SSLCertName":"x"}\n</ssl>');
    expect(input.logged('warn')).toContain('<ssl> extra_conf has no effect: it has settings of the HTTP server of Ruby');
  });
});

describe('pages of all workers', () => {
  test('are joined by name, under the comments of the first', () => {
    const first = '# TYPE a counter\n# HELP a A.\na{w="0"} 1.0\n# TYPE b gauge\n# HELP b B.\nb 2.0\n';
    const second = '# TYPE a counter\n# HELP a A.\na{w="1"} 5.0\n# TYPE c gauge\n# HELP c C.\nc 3.0\n';
    expect(aggregatePages([first, second])).toBe(
      '# TYPE a counter\n# HELP a A.\na{w="0"} 1.0\na{w="1"} 5.0\n# TYPE b gauge\n# HELP b B.\nb 2.0\n# TYPE c gauge\n# HELP c C.\nc 3.0\n',
    );
    expect(aggregatePages([])).toBe('');
  });

  test('come from the ports behind the own; one that does not answer is an error', async () => {
    const other = createServer((_request, response) => response.end('# TYPE a counter\n# HELP a A.\na 1.0\n'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const base = testContext({ kind: 'input' });
    const context = { ...base, workerId: 0, system: { ...base.system, workers: 2 } };
    const input = await startInput(`@type prometheus\nbind 127.0.0.1\nport ${port - 1}`, context);
    closing.push(input);
    const get = () => fetch(`http://127.0.0.1:${port - 1}/aggregated_metrics`);
    expect(await (await get()).text()).toBe('# TYPE a counter\n# HELP a A.\na 1.0\n');
    await new Promise((resolve) => other.close(resolve).closeAllConnections());
    const failed = await get();
    expect([failed.status, await failed.text()]).toEqual([500, 'in_prometheus server error: a worker does not answer\n']);
    await get();
    expect(input.logged('error')).toEqual(['in_prometheus: failed to render workers metrics']);
  });
});

describe('monitors', () => {
  let place: Place;
  beforeEach(() => {
    place = new Place();
  });
  afterEach(() => place.remove());

  async function page(running: Running): Promise<string> {
    const view = running.agent.view.plugins().find(({ type }) => type === 'prometheus')!;
    return (await fetch(`http://127.0.0.1:${(view.plugin as { status(): { port: number } }).status().port}/metrics`)).text();
  }

  async function monitored(monitor: string, marker: string): Promise<string[]> {
    place.write('in/a.log', 'one\ntwo\n');
    const running = await place.start(`<source>\n@type prometheus\nbind 127.0.0.1\nport 0\n</source>\n<source>\n${monitor}\ninterval 0.1\n</source>
<source>\n@type tail\n@id t\npath DIR/in/*.log\npos_file DIR/pos\ntag app\nread_from_head true\n<parse>\n@type none\n</parse>\n</source>
<match app>\n@type file\n@id f\npath DIR/out\n<buffer time>\ntimekey 1d\nflush_mode lazy\n</buffer>\n</match>`);
    let text = '';
    await vi.waitFor(async () => expect((text = await page(running))).toContain(marker), { timeout: 3000 });
    return text.split('\n').filter((line) => line !== '' && !line.startsWith('# HELP'));
  }

  test('prometheus_output_monitor shows outputs and their buffers; gauge_all false makes totals counters', async () => {
    const lines = await monitored('@type prometheus_output_monitor\ngauge_all false\n<labels>\nworker w${worker_id}\n</labels>', 'fluentd_output_status_emit_records{worker="w0",plugin_id="f",type="file"} 2.0');
    expect(lines.filter((line) => line.startsWith('# TYPE')).map((line) => line.slice('# TYPE fluentd_output_status_'.length))).toEqual([
      'buffer_total_bytes gauge', 'buffer_stage_length gauge', 'buffer_stage_byte_size gauge', 'buffer_queue_length gauge', 'buffer_queue_byte_size gauge',
      'buffer_available_space_ratio gauge', 'buffer_newest_timekey gauge', 'buffer_oldest_timekey gauge', 'retry_count counter', 'num_errors counter', 'emit_count counter',
      'emit_records counter', 'write_count counter', 'rollback_count gauge', 'flush_time_count counter', 'slow_flush_count counter', 'retry_wait gauge',
    ]);
    expect(lines).toContain('fluentd_output_status_buffer_stage_length{worker="w0",plugin_id="f",type="file"} 1.0');
  });

  test('prometheus_tail_monitor shows each file that is followed', async () => {
    const lines = await monitored('@type prometheus_tail_monitor', 'fluentd_tail_file_position{');
    const labels = `{plugin_id="t",type="tail",path="${place.at('in/a.log')}"}`;
    expect(lines.filter((line) => line.startsWith('# TYPE')).map((line) => line.split(' ').slice(2).join(' '))).toEqual(
      ['position', 'inode', 'closed', 'opened', 'rotated', 'throttled'].map((name) => `fluentd_tail_file_${name} gauge`),
    );
    expect(lines).toContain(`fluentd_tail_file_opened${labels} 1.0`);
  });

  test('prometheus_monitor shows buffers and retries of all plugins', async () => {
    const lines = await monitored('@type prometheus_monitor', 'fluentd_status_buffer_total_bytes{plugin_id="f"');
    expect(lines.filter((line) => line.includes('plugin_id="f"')).map((line) => line.split('{')[0])).toEqual([
      'fluentd_status_buffer_newest_timekey', 'fluentd_status_buffer_oldest_timekey', 'fluentd_status_buffer_queue_length', 'fluentd_status_buffer_total_bytes', 'fluentd_status_retry_count',
    ]);
    expect(lines).toContain('fluentd_status_retry_count{plugin_id="f",plugin_category="output",type="file"} 0.0');
  });

  test('take no fields of records as labels', async () => {
    for (const type of ['prometheus_monitor', 'prometheus_output_monitor', 'prometheus_tail_monitor'])
      await expect(startInput(`@type ${type}\n<labels>\na $.b\n</labels>`)).rejects.toThrow(`record accessor syntax is not available in ${type}`);
  });
});
