/** The dashboard, the alert rules and the list of metrics speak of what the agent exposes, and of nothing else. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { agentSamples } from '../../src/metrics/agent-samples.ts';
import { BUFFER_STATUS, OUTPUT_STATUS, TAIL_STATUS } from '../../src/metrics/fluentd-status.ts';
import type { Sample } from '../../src/metrics/metrics.ts';
import { cloudWatch, Place, tail } from '../support/agent.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const read = (name: string): string => readFileSync(path.join(ROOT, 'conf/observability', name), 'utf8');

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly targets?: readonly { readonly expr: string }[];
}
interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}

const dashboard = JSON.parse(read('grafana-dashboard.json')) as { readonly panels: readonly Panel[]; readonly templating: { readonly list: readonly { readonly query: unknown }[] } };
const rules = (parse(read('alerts.yaml')) as { readonly groups: readonly { readonly rules: readonly Rule[] }[] }).groups.flatMap((group) => group.rules);
/** name -> type, from the tables. */
const documented = new Map([...read('README.md').matchAll(/^\| `([a-z_]+)` \| (counter|gauge) \| .+ \|$/gm)].map(([, name, type]) => [name!, type!]));

/** Names of metrics in a PromQL expression: what is neither a function, a label, a keyword nor text. */
function metricNames(expr: string): string[] {
  const bare = expr.replace(/"(?:[^"\\]|\\.)*"/g, '').replace(/\{[^}]*\}/g, '').replace(/\[[^\]]*\]/g, '').replace(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, '');
  return [...bare.matchAll(/(?<![\w:.])[a-zA-Z_:][a-zA-Z0-9_:]*(?![\w:]*\s*\()/g)].map(([name]) => name).filter((name) => !/^(?:and|or|unless|offset|bool)$/.test(name));
}

/** Names that the sources give to series, as patterns: what stands in `${}` is any. */
function namesInSources(): RegExp[] {
  const files = ['src', 'plugins'].flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).map((name) => path.join(ROOT, folder, name)));
  const literals = files.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/['`]([a-z]+(?:_[a-z]+|\$\{\w+\})*(?:_[a-z]+)?)['`]/g)].map(([, text]) => text!));
  const prefixes = ['', 'logferry_', 'logferry_ledger_'];
  const names = [...new Set(literals)].filter((name) => name.includes('_') || name === 'imbalances');
  return [
    ...names.flatMap((name) => prefixes.map((prefix) => `${prefix}${name}`)),
    'logferry_tail_${name}_total', 'logferry_router_${name}_records_total', 'logferry_${kind}_received_records_total', 'logferry_${kind}_emitted_records_total', 'logferry_${kind}_error_records_total',
  ].map((name) => new RegExp(`^${name.replace(/\$\{\w+\}/g, '[a-z_]+')}$`));
}

const exposed = new Map<string, Sample>();
let place: Place;
beforeAll(async () => {
  place = new Place();
  const endpoint = await place.endpoint();
  place.write('in/a.log', 'one\ntwo\n');
  const running = await place.start(`
${tail('in/*.log', 'app')}
<filter app>
  @type record_transformer
  <record>
    a b
  </record>
</filter>
<filter app>
  @type concat
  key message
  n_lines 1
</filter>
${cloudWatch(endpoint.url, { pattern: 'app' })}`);
  await vi.waitFor(() => expect(running.metric('cloudwatch_delivered_events_total')).toBe(2), { timeout: 5000 });
  for (const sample of agentSamples(running.agent.view)) exposed.set(sample.name, sample);
}, 20_000);
afterAll(() => place.remove());

describe('the list of metrics', () => {
  test('has all that a running agent exposes, with the right type', () => {
    expect([...exposed.keys()].filter((name) => !documented.has(name))).toEqual([]);
    expect([...exposed.values()].filter(({ name, type }) => documented.get(name) !== type).map(({ name }) => name)).toEqual([]);
  });

  test('has nothing that no source gives a name to', () => {
    const known = namesInSources();
    const absent = [...documented.keys()].filter((name) => !exposed.has(name));
    expect(absent.filter((name) => !known.some((pattern) => pattern.test(name)))).toEqual([]);
  });

  test("has all names of Fluentd's plugins", () => {
    const families = [...BUFFER_STATUS.values(), ...[...OUTPUT_STATUS, ...TAIL_STATUS].map(([, family]) => family)];
    expect(families.map(({ name }) => name).filter((name) => !documented.has(name))).toEqual([]);
  });

  test('names carry units, totals end in _total', () => {
    const own = [...documented].filter(([name]) => name.startsWith('logferry_'));
    expect(own.filter(([name, type]) => type === 'counter' && !/_total$|_seconds_(?:sum|count)$/.test(name))).toEqual([]);
    expect(own.filter(([name, type]) => type === 'gauge' && name.endsWith('_total'))).toEqual([]);
    expect(own.filter(([name]) => /latency|lag|memory|unread_/.test(name) && !/_(?:seconds|bytes)/.test(name))).toEqual([]);
  });
});

describe('names in PromQL', () => {
  test('are found without functions, labels and keywords', () => {
    expect(metricNames('sum by (a, b) (rate(x_total{c="d_total",e=~"f"}[5m])) > 0.2 * y and on (a) (z offset 10m == 0) unless max(w:v)')).toEqual(['x_total', 'y', 'z', 'w:v']);
  });
});

describe('the dashboard', () => {
  const charts = dashboard.panels.filter(({ type }) => type !== 'row');

  test('shows metrics that the agent exposes', () => {
    const unknown = charts.flatMap(({ title, targets = [] }) => targets.flatMap(({ expr }) => metricNames(expr).filter((name) => !documented.has(name)).map((name) => `${title}: ${name}`)));
    expect(unknown).toEqual([]);
    for (const { targets = [] } of charts) for (const { expr } of targets) expect(metricNames(expr).length).toBeGreaterThan(0);
  });

  test('narrows every query down to the chosen agents', () => {
    const queries = charts.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    expect(queries.filter((expr) => (expr.match(/instance=~"\$instance"/g)?.length ?? 0) < metricNames(expr).length)).toEqual([]);
  });

  test('has a panel for each question', () => {
    const titles = charts.map(({ title }) => title.toLowerCase()).join('\n');
    for (const word of ['lines read', 'delivered', 'unread bytes', 'buffers', 'retries', 'rejections', 'latency', 'throttling', 'add up', 'memory']) expect(titles).toContain(word);
    expect(new Set(dashboard.panels.map((panel) => (panel as unknown as { id: number }).id)).size).toBe(dashboard.panels.length);
  });

  test('its variables come from a metric that every agent has', () => {
    expect(JSON.stringify(dashboard.templating.list.map(({ query }) => query)).match(/label_values\((\w+)/g)).toEqual(['label_values(logferry_build_info', 'label_values(logferry_build_info']);
    expect(exposed.has('logferry_build_info')).toBe(true);
  });
});

describe('alert rules', () => {
  test('watch metrics that the agent exposes', () => {
    expect(rules.flatMap(({ alert, expr }) => metricNames(expr).filter((name) => !documented.has(name)).map((name) => `${alert}: ${name}`))).toEqual([]);
  });

  test('say what is wrong, and how bad it is', () => {
    expect(rules.filter(({ labels, annotations: { summary, description } }) => !/^(?:critical|warning)$/.test(labels.severity) || !summary || !description).map(({ alert }) => alert)).toEqual([]);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });

  test('cover stalls, losses, rejections, full buffers, throttling and refused reloads', () => {
    expect(rules.map(({ alert }) => alert)).toEqual(expect.arrayContaining([
      'LogferryInputStalled', 'LogferryOutputStalled', 'LogferryEventsLost', 'LogferryLedgerImbalance', 'LogferryEventsRejected', 'LogferryBufferNearlyFull', 'LogferryThrottled', 'LogferryReloadRefused',
    ]));
  });

  test('group by labels that the metrics have', () => {
    const labels = new Set(['job', 'instance', 'group', 'reason', ...[...exposed.values()].flatMap((sample) => Object.keys(sample.labels))]);
    const used = rules.flatMap(({ expr }) => [...expr.matchAll(/\b(?:by|on)\s*\(([^)]*)\)/g)].flatMap(([, list]) => list!.split(',').map((name) => name.trim())));
    expect(used.filter((name) => !labels.has(name))).toEqual([]);
  });
});
