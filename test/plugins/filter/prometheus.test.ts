import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { plugins } from '../../../plugins/index.ts';
import { parseConfig } from '../../../src/config/read.ts';
import { ConfigReader, placeOf } from '../../../src/config/schema.ts';
import { ConfigError, errorText } from '../../../src/errors.ts';
import type { EventBatch } from '../../../src/event.ts';
import { Float, type Value } from '../../../src/lib/value.ts';
import { userMetrics } from '../../../src/metrics/user-metrics.ts';
import type { Filter, Output, PluginContext } from '../../../src/plugin.ts';
import { Registry } from '../../../src/registry.ts';
import { event, objectBatch, textBatch } from '../../support/batches.ts';
import { testContext, type TestContext } from '../../support/context.ts';

const registry = new Registry(plugins);

/** Both plugins count alike: what one of them does is tested with the filter. */
async function create(kind: 'filter' | 'output', body: string, context: TestContext) {
  const section = kind === 'filter' ? 'filter' : 'match';
  const root = parseConfig(`<${section} **>\n@type prometheus\n${body}\n</${section}>\n`, { file: 'test.conf' });
  const reader = new ConfigReader({ registry, strict: false });
  const checked = await reader.plugin(kind, root.elements[0]!);
  if (!checked || reader.problems.length > 0) throw new ConfigError(reader.problems);
  const full: PluginContext = { ...context, type: 'prometheus', element: checked.element, place: (name) => placeOf(checked.config, name) };
  const plugin = checked.definition.create(checked.config, full) as Filter & Output;
  if (context.problems.length > 0) throw new ConfigError(context.problems);
  return plugin;
}

/** Each test is an agent of its own. */
function ownContext(): TestContext {
  const context = testContext({ kind: 'filter' });
  return { ...context, agent: { ...context.agent } };
}

async function start(body: string, context = ownContext()) {
  const filter = await create('filter', body, context);
  await filter.start?.();
  return {
    context,
    count: (batch: EventBatch) => filter.filter(batch),
    page: () => userMetrics(context.agent).page().split('\n').filter((line) => line !== '' && !line.startsWith('#')),
  };
}

async function problems(body: string): Promise<string> {
  try {
    await create('filter', body, ownContext());
  } catch (error) {
    return errorText(error);
  }
  return 'none';
}

const metric = (type: string, more = '', labels = '') => `<metric>
  name m
  type ${type}
  desc D
  ${more}
  ${labels}
</metric>`;
const LABELS = `<labels>
  code $.code
</labels>`;
const records = (...all: Readonly<Record<string, Value>>[]) => objectBatch('app.web', all.map((fields, i) => event(i, fields)));

describe('counting', () => {
  test('hands the same batch on', async () => {
    const { count } = await start(metric('counter'));
    const batch = records({ a: 1 });
    expect(count(batch)).toBe(batch);
  });

  test('a counter without key counts records, without looking at any', async () => {
    const { count, page } = await start(metric('counter'));
    const batch = textBatch('app', [event(1, { log: 'x' }), event(2, { log: 'y' })]);
    const looked = vi.spyOn(batch, 'events', 'get');
    count(batch);
    expect([page(), looked.mock.calls.length]).toEqual([['m 2.0'], 0]);
  });

  test('a counter with a key adds its values, and nothing where there is none', async () => {
    const { count, page } = await start(metric('counter', 'key n'));
    count(records({ n: 2 }, { n: null }, {}, { n: 0.5 }, { n: 3n }, { n: new Float(1) }));
    expect(page()).toEqual(['m 6.5']);
  });

  test('a gauge keeps the last value; text counts as the number that it begins with', async () => {
    const { count, page } = await start(metric('gauge', 'key $.a.n'));
    count(records({ a: new Map<string, Value>([['n', 7]]) }, { a: new Map<string, Value>([['n', '12.5ms']]) }, { a: new Map([['n', false]]) }));
    expect(page()).toEqual(['m 12.5']);
  });

  test('a summary has sum and count', async () => {
    const { count, page } = await start(metric('summary', 'key n'));
    count(records({ n: 2 }, { n: 3 }));
    expect(page()).toEqual(['m_sum 5.0', 'm_count 2.0']);
  });

  test('buckets have the texts of the reference: whole numbers of three digits are Floats', async () => {
    const { count, page } = await start(metric('histogram', 'key n\n buckets 1, 2.50, 100'));
    count(records({ n: 2 }));
    expect(page()).toEqual(['m_bucket{le="1"} 0.0', 'm_bucket{le="2.5"} 1.0', 'm_bucket{le="100.0"} 1.0', 'm_bucket{le="+Inf"} 1.0', 'm_sum 2.0', 'm_count 1.0']);
  });

  test('spans of bytes and objects are counted alike', async () => {
    const body = metric('counter', 'key n', '<labels>\n code $.code\n pod $.k.pod\n</labels>');
    const k = new Map<string, Value>([['pod', 'p']]);
    const events = [event(1, { code: 'a', n: 2, k }), event(2, { code: 'b', n: 2, k }), event(3, { code: 'a', n: 2, k })];
    const pages = [];
    for (const batch of [objectBatch('t', events), textBatch('t', events, undefined, 2)]) {
      const { count, page } = await start(body);
      count(batch);
      pages.push(page());
    }
    expect(pages).toEqual([['m{code="a",pod="p"} 4.0', 'm{code="b",pod="p"} 2.0'], ['m{code="a",pod="p"} 4.0', 'm{code="b",pod="p"} 2.0']]);
  });

  test('a value that is the same in all of a batch is looked at once', async () => {
    const { count, page } = await start(metric('histogram', 'key n\n buckets 1'));
    const batch = textBatch('t', [event(1, { n: 3, log: 'x' }), event(2, { n: 3, log: 'y' })]);
    const looked = vi.spyOn(batch, 'events', 'get');
    count(batch);
    expect([page(), looked.mock.calls.length]).toEqual([['m_bucket{le="1"} 0.0', 'm_bucket{le="+Inf"} 2.0', 'm_sum 6.0', 'm_count 2.0'], 0]);
  });

  test('a value that is no number goes to emitError, with one warning, and harms no neighbour', async () => {
    const { context, count, page } = await start(`${metric('counter', 'key n')}\n${metric('summary', 'key n').replace('name m', 'name s')}`);
    count(records({ n: -1 }, { n: 'x' }, { n: 4 }));
    expect(page()).toEqual(['m 4.0', 's_sum 3.0', 's_count 2.0']);
    expect(context.router.errors.map(({ error }) => (error as Error).message)).toEqual([
      'increment must be a non-negative number', "a counter takes numbers, found the text 'x'", "a summary takes numbers, found the text 'x'",
    ]);
    expect(context.log.lines.map(({ level, message }) => `${level} ${message}`)).toEqual(Array(2).fill('warn prometheus: failed to instrument a metric.'));
    expect([...context.metrics.read()].find(({ name }) => name === 'prometheus_failed_records_total')?.value).toBe(3);
  });

  test('the output counts as the filter does and keeps nothing', async () => {
    const context = ownContext();
    const output = await create('output', metric('counter'), context);
    await output.start?.();
    await output.emit(records({}, {}));
    expect(userMetrics(context.agent).page()).toBe('# TYPE m counter\n# HELP m D\nm 2.0\n');
  });
});

describe('labels', () => {
  test('come from the tag, the host, the worker, and the record', async () => {
    const { count, page } = await start(metric('counter', '', `<labels>
      tag \${tag}
      part \${tag_parts[0]}-\${tag_parts[-1]}
      prefix \${tag_prefix[1]}
      suffix \${tag_suffix[1]}
      worker w\${worker_id}
      field $.user.plan
      old \${name}/\${list[1]}/\${hash["k"]}
    </labels>`));
    const batch = objectBatch('a.b.c', [event(1, { user: new Map([['plan', 'free']]), name: 'n', list: [1, 2], hash: new Map([['k', true]]) })]);
    count(batch);
    expect(page()).toEqual(['m{tag="a.b.c",part="a-c",prefix="a.b",suffix="b.c",worker="w0",field="free",old="n/2/true"} 1.0']);
  });

  test('a field that is missing is empty, a placeholder that stands for nothing stays, with one warning', async () => {
    const { context, count, page } = await start(metric('counter', '', '<labels>\n a $.none\n b ${none}\n c ${tag_parts[9]}\n</labels>'));
    count(records({}, {}));
    expect(page()).toEqual(['m{a="",b="${none}",c="${tag_parts[9]}"} 2.0']);
    expect(context.log.lines.map(({ message }) => message)).toEqual(['unknown placeholder `${none}` found', 'unknown placeholder `${tag_parts[9]}` found']);
  });

  test('a record cannot pretend to be the tag', async () => {
    const { count, page } = await start(metric('counter', '', '<labels>\n t ${tag}\n h ${worker_id}\n</labels>'));
    count(records({ tag: 'forged', worker_id: 'forged', 'tag_parts[0]': 'forged' }));
    expect(page()).toEqual(['m{t="app.web",h="0"} 1.0']);
  });

  test('of the plugin stand before those of the metric, with the worker if there are several', async () => {
    const context = ownContext();
    const several = { ...context, workerId: 1, system: { ...context.system, workers: 2 } };
    const { count, page } = await start(`<labels>\n all x\n code y\n</labels>\n${metric('counter', '', LABELS)}`, several);
    count(records({ code: 5 }));
    expect(page()).toEqual(['m{all="x",code="5",worker_id="1"} 1.0']);
  });

  test('values in all forms become text as in Ruby', async () => {
    const { count, page } = await start(metric('counter', '', LABELS));
    count(records({ code: 1 }, { code: new Float(1) }, { code: null }, { code: [1, 'a'] }));
    expect(page()).toEqual(['m{code="1"} 1.0', 'm{code="1.0"} 1.0', 'm{code=""} 1.0', 'm{code="[1, \\"a\\"]"} 1.0']);
  });
});

describe('series from the beginning', () => {
  test('have the values of <initlabels>, and constants as they are', async () => {
    const init = '<initlabels>\n code 200\n</initlabels>\n<initlabels>\n code 500\n</initlabels>';
    const { page } = await start(metric('counter', 'initialized true', `<labels>\n code $.code\n host x\n</labels>\n${init}`));
    expect(page()).toEqual(['m{code="200",host="x"} 0.0', 'm{code="500",host="x"} 0.0']);
  });

  test('of a histogram have all buckets at zero', async () => {
    const { page } = await start(metric('histogram', 'key n\n buckets 1\n initialized true', '<labels>\n host x\n</labels>'));
    expect(page()).toEqual(['m_bucket{host="x",le="1"} 0.0', 'm_bucket{host="x",le="+Inf"} 0.0', 'm_sum{host="x"} 0.0', 'm_count{host="x"} 0.0']);
  });

  test('need a value for each label that varies, and for no other', async () => {
    const init = (line: string, labels = LABELS) => problems(metric('counter', 'initialized true', `${labels}\n<initlabels>\n ${line}\n</initlabels>`));
    expect(await problems(metric('counter', 'initialized true', LABELS))).toContain('has not been set in a <initlabels> for initialized metric m');
    expect(await init('other 1')).toContain('Key other in <initlabels> is non existent in <labels> for metric m');
    expect(await init('code $.x')).toContain('Cannot use RecordAccessor or placeholder $.x (key code)');
    expect(await init('code 1', '<labels>\n code fixed\n</labels>')).toContain('Cannot set <initlabels> on non RecordAccessor/Placeholder key code');
    expect(await init('code 1', '<labels>\n code ${hostname}\n</labels>')).toContain('Cannot set <initlabels> on reserved placeholder ${hostname}');
  });
});

describe('retention', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('takes series away that do not change, and they begin at zero again', async () => {
    const { context, count, page } = await start(metric('counter', 'retention 100s\n retention_check_interval 10s', LABELS));
    count(records({ code: 1 }, { code: 2 }));
    context.clock.advance(60_000);
    count(records({ code: 2 }));
    context.clock.advance(60_000);
    vi.advanceTimersByTime(10_000);
    expect(page()).toEqual(['m{code="2"} 2.0']);
    count(records({ code: 1 }));
    expect(page()).toEqual(['m{code="2"} 2.0', 'm{code="1"} 1.0']);
    await context.close();
  });
});

describe('a wrong configuration is refused', () => {
  test.each([
    ['a name', metric('counter').replace('name m', 'name a-b'), "'a-b' cannot be the name of a metric"],
    ['a gauge without key', metric('gauge'), "gauge metric requires 'key' option"],
    ['buckets of a counter', metric('counter', 'buckets 1'), 'buckets belong to histograms'],
    ['buckets that do not ascend', metric('histogram', 'key n\n buckets 5, 1'), 'buckets should ascend, found 1 behind 5'],
    ['buckets that are no numbers', metric('histogram', 'key n\n buckets 1, x'), "expected numbers with commas between them as buckets, found 'x'"],
    ['a label le', metric('histogram', 'key n', '<labels>\n le 1\n</labels>'), "the label 'le' is reserved"],
    ['the name of a label', metric('counter', '', '<labels>\n a-b 1\n</labels>'), "'a-b' cannot be the name of a label"],
    ['two <labels>', metric('counter', '', `${LABELS}\n${LABELS}`), "'<labels>' section cannot be written twice"],
    ['another type for the same name', `${metric('counter')}\n${metric('gauge', 'key n')}`, 'metric m is defined already with type counter'],
    ['other labels for the same name', `${metric('counter')}\n${metric('counter', '', LABELS)}`, 'metric m is defined already with no labels'],
    ['an accessor', metric('counter', 'key $.a[x]'), 'expected a whole number or a key in quotes'],
  ])('%s', async (_what, body, message) => {
    expect(await problems(body)).toContain(message);
  });

  test('a parameter that <metric> does not know is warned of, with the one that may be meant', async () => {
    const { context } = await start(metric('counter', 'retension 5'));
    expect(context.log.lines.map(({ message }) => message)).toEqual(["test.conf:7:3: parameter 'retension' in <metric> is not used. (did you mean retention?)"]);
  });

  test('<buffer> of the output', async () => {
    await expect(create('output', `${metric('counter')}\n<buffer>\n</buffer>`, ownContext())).rejects.toThrow("plugin 'prometheus' doesn't support buffering");
  });
});
