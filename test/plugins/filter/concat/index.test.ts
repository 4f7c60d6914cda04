import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import fc from 'fast-check';
import concat from '../../../../plugins/filter/concat/index.ts';
import type { ConcatConfig } from '../../../../plugins/filter/concat/fields.ts';
import { BufferOverflowError, ConfigError } from '../../../../src/errors.ts';
import { Ack, type EventBatch, type LogEvent } from '../../../../src/event.ts';
import type { Filter } from '../../../../src/plugin.ts';
import { TextBatch } from '../../../../src/text-batch.ts';
import { event, lines, objectBatch, textBatch } from '../../../support/batches.ts';
import { createPlugin, letWait, testContext, type TestContext } from '../../../support/context.ts';

type Given = Partial<ConcatConfig>;

function create(given: Given, context: TestContext = testContext()) {
  const filter = createPlugin(concat, { key: 'log', flush_interval: 0, timeout_label: '@LATE', ...given } as Given, context) as Filter;
  return { filter: (batch: EventBatch) => filter.filter(batch) as EventBatch, plugin: filter, context };
}

const logs = (...texts: string[]) => texts.map((log, i) => event(i + 1, { log }));

async function endOf(plugin: Filter, context: TestContext): Promise<string[]> {
  await plugin.flush!(new AbortController().signal);
  return (context.labels.get('@LATE')?.batches ?? []).flatMap((batch) => lines(batch.events));
}

/** Runs the events as one object batch, and where all records are alike as one TextBatch. */
async function run(given: Given, events: readonly LogEvent[]): Promise<{ out: string[]; late: string[] }> {
  const forms: { out: string[]; late: string[] }[] = [];
  const shape = ({ record }: LogEvent) => JSON.stringify([...record].map(([key, value]) => [key, typeof value]));
  const alike = events.every((one) => shape(one) === shape(events[0]!));
  for (const batch of [objectBatch('t', events), ...(alike ? [textBatch('t', events, undefined, 3)] : [])]) {
    const { filter, plugin, context } = create(given);
    forms.push({ out: lines(filter(batch).events), late: await endOf(plugin, context) });
  }
  for (const form of forms) expect(form).toEqual(forms[0]);
  return forms[0]!;
}

const STACK = logs('2022-10-03 one', '  at a', '2022-10-03 two', 'end of two END', 'stray', '2022-10-03 three END', '2022-10-03 four', 'more', ' last');
const START = '/^\\d{4}-/';

describe('concat by expressions', () => {
  it('ends an event at the next first line, with the time of that line', async () => {
    expect(await run({ multiline_start_regexp: START }, STACK)).toEqual({
      out: ['3 {"log":"2022-10-03 one\\n  at a"}', '6 {"log":"2022-10-03 two\\nend of two END\\nstray"}', '7 {"log":"2022-10-03 three END"}'],
      late: ['7 {"log":"2022-10-03 four\\nmore\\n last"}'],
    });
  });

  it('takes the time of the first line where use_first_timestamp says so', async () => {
    expect((await run({ multiline_start_regexp: START, use_first_timestamp: true }, STACK)).out).toEqual([
      '1 {"log":"2022-10-03 one\\n  at a"}', '3 {"log":"2022-10-03 two\\nend of two END\\nstray"}', '6 {"log":"2022-10-03 three END"}',
    ]);
  });

  it('ends an event with its last line, and passes stray lines on', async () => {
    expect(await run({ multiline_start_regexp: START, multiline_end_regexp: '/END$/' }, STACK)).toEqual({
      out: [
        '3 {"log":"2022-10-03 one\\n  at a"}', '4 {"log":"2022-10-03 two\\nend of two END"}', '5 {"log":"stray"}', '6 {"log":"2022-10-03 three END"}',
      ],
      late: ['7 {"log":"2022-10-03 four\\nmore\\n last"}'],
    });
  });

  it('collects until the last line where no first line is known', async () => {
    expect(await run({ multiline_end_regexp: '/END$/', separator: '' }, STACK)).toEqual({
      out: ['4 {"log":"2022-10-03 one  at a2022-10-03 twoend of two END"}', '6 {"log":"stray2022-10-03 three END"}'],
      late: ['7 {"log":"2022-10-03 fourmore last"}'],
    });
  });

  it('ends an event at a line that does not continue it', async () => {
    expect(await run({ multiline_start_regexp: START, continuous_line_regexp: '/^\\s/', separator: ' | ' }, STACK)).toEqual({
      out: [
        '3 {"log":"2022-10-03 one |   at a"}', '4 {"log":"2022-10-03 two"}', '4 {"log":"end of two END"}', '5 {"log":"stray"}',
        '7 {"log":"2022-10-03 three END"}', '8 {"log":"2022-10-03 four"}', '8 {"log":"more"}', '9 {"log":" last"}',
      ],
      late: [],
    });
  });

  it('sees a first line behind a line break inside a text, but not at its end', async () => {
    const out = await run({ multiline_start_regexp: '/^\\S/', separator: '' }, logs('a\n', ' b\n', ' c\nd\n', ' e'));
    expect(out).toEqual({ out: ['3 {"log":"a\\n b\\n"}'], late: ['3 {"log":" c\\nd\\n e"}'] });
  });

  it('keeps the other fields of the first part, adds those that only the completing event has', async () => {
    const events = [
      event(1, { log: '2022-1', k: 1 }), event(2, { log: ' x', k: 2, ignored: true }), event(3, { extra: 1, log: '2022-2', k: 3 }), event(4, { other: 1 }),
    ];
    expect((await run({ multiline_start_regexp: START }, events)).out).toEqual(['3 {"extra":1,"log":"2022-1\\n x","k":1}', '4 {"other":1}']);
  });

  it('joins a character whose bytes were split', async () => {
    const events = logs('2022- \udce6\udc97', '\udca5', '2022-');
    expect((await run({ multiline_start_regexp: START, separator: '' }, events)).out).toEqual(['3 {"log":"2022- 日"}']);
  });

  it('passes values that are no text', async () => {
    expect(await run({ multiline_start_regexp: START }, [event(1, { log: '2022-' }), event(2, { log: 5 }), event(3, { log: null })])).toEqual({
      out: ['2 {"log":5}'], late: ['1 {"log":"2022-\\n"}'],
    });
  });

  it('joins each stream for itself', async () => {
    const events = [['a', '2022-1'], ['b', '2022-2'], ['a', ' x'], ['b', ' y'], ['a', '2022-3'], ['b', '2022-4']].map(
      ([pod, log], i) => event(i, { pod: pod!, log: log! }),
    );
    expect((await run({ multiline_start_regexp: START, stream_identity_key: 'pod' }, events)).out).toEqual([
      '4 {"pod":"a","log":"2022-1\\n x"}', '5 {"pod":"b","log":"2022-2\\n y"}',
    ]);
  });

  it('leaves the events of the agent itself alone', () => {
    const batch = objectBatch('fluent.info', logs('a'));
    expect(create({ n_lines: 2 }).filter(batch)).toBe(batch);
  });
});

describe('concat by numbers and flags', () => {
  it('joins so many events', async () => {
    expect(await run({ n_lines: 3 }, logs('a', 'b', 'c', 'd'))).toEqual({ out: ['3 {"log":"a\\nb\\nc"}'], late: ['4 {"log":"d"}'] });
  });

  it('joins by a field that says that more follows, which the joined event does not keep', async () => {
    const events = [['a', 'true'], ['b', 'true'], ['c', 'false'], ['d', 'false'], ['e', 'true']].map(([log, part], i) => event(i, { log: log!, part: part! }));
    expect(await run({ partial_key: 'part', partial_value: 'true' }, events)).toEqual({
      out: ['2 {"log":"a\\nb\\nc"}', '3 {"log":"d"}'], late: ['4 {"log":"e","part":"true"}'],
    });
    expect((await run({ partial_key: 'part', partial_value: 'true', keep_partial_key: true, use_first_timestamp: true }, events)).out).toEqual([
      '0 {"log":"a\\nb\\nc","part":"false"}', '3 {"log":"d","part":"false"}',
    ]);
  });

  it('joins by the flags of CRI runtimes', async () => {
    const events = [['P', 'one '], ['P', 'two '], ['F', 'three'], ['F:x', 'whole'], ['P:x', 'left']].map(
      ([logtag, log], i) => event(i, { stream: 'stdout', logtag: logtag!, log: log! }),
    );
    const cri: Given = { use_partial_cri_logtag: true, partial_cri_logtag_key: 'logtag', separator: '' };
    expect(await run(cri, events)).toEqual({
      out: ['2 {"log":"one two three"}', '3 {"log":"whole"}'], late: ['4 {"stream":"stdout","logtag":"P:x","log":"left"}'],
    });
    expect((await run({ ...cri, keep_partial_key: true }, events)).out).toEqual(['2 {"logtag":"F","log":"one two three"}', '3 {"logtag":"F:x","log":"whole"}']);
  });

  it("joins Docker's parts in the order of their numbers", async () => {
    const part = (sec: number, id: string, ordinal: number, last: boolean, log: string) => event(sec, {
      log, partial_message: 'true', partial_id: id, partial_ordinal: String(ordinal), partial_last: String(last),
    });
    const events = [
      part(1, 'A', 1, false, 'a'), part(2, 'B', 1, false, 'x'), part(3, 'A', 3, false, 'c'), part(4, 'A', 2, false, 'b'), event(5, { log: 'whole' }),
      part(6, 'A', 10, true, 'd'), part(7, 'B', 2, true, 'y'),
    ];
    expect((await run({ use_partial_metadata: true, separator: '' }, events)).out).toEqual(['5 {"log":"whole"}', '6 {"log":"abcd"}', '7 {"log":"xy"}']);
    expect((await run({ use_partial_metadata: true, separator: '', keep_partial_metadata: true, use_first_timestamp: true }, events)).out[1]).toBe(
      '1 {"log":"abcd","partial_message":"true","partial_id":"A","partial_ordinal":"1","partial_last":"false"}',
    );
  });

  it("joins the parts of Docker's journald driver, whose last part has no mark", async () => {
    const part = (sec: number, ordinal: number, last: boolean, log: string) => event(sec, {
      log, ...(last ? {} : { CONTAINER_PARTIAL_MESSAGE: 'true' }), CONTAINER_PARTIAL_ID: 'A', CONTAINER_PARTIAL_ORDINAL: `${ordinal}`, CONTAINER_PARTIAL_LAST: `${last}`,
    });
    const journald: Given = { use_partial_metadata: true, partial_metadata_format: 'docker-journald', separator: '' };
    expect(await run(journald, [part(1, 1, false, 'a'), event(2, { log: 'w', CONTAINER_PARTIAL_LAST: 'no' }), part(3, 2, true, 'b')])).toEqual({
      out: ['2 {"log":"w","CONTAINER_PARTIAL_LAST":"no"}', '3 {"log":"ab"}'], late: [],
    });
  });

  it("keeps time and fields of Docker's part that came first, whatever its number", async () => {
    const part = (sec: number, ordinal: number, log: string) => event(sec, {
      log, partial_message: 'true', partial_id: 'A', partial_ordinal: `${ordinal}`, partial_last: `${ordinal === 3}`,
    });
    const given: Given = { use_partial_metadata: true, separator: '', keep_partial_metadata: true, use_first_timestamp: true };
    expect((await run(given, [part(1, 2, 'b'), part(2, 1, 'a'), part(3, 3, 'c')])).out).toEqual([
      '1 {"log":"abc","partial_message":"true","partial_id":"A","partial_ordinal":"2","partial_last":"false"}',
    ]);
  });

  it('passes what has no partial_key, while an event is open', async () => {
    const events = [event(1, { log: 'a', part: 'P' }), event(2, { log: 'x' }), event(3, { log: 'b', part: 'F' })];
    expect((await run({ partial_key: 'part', partial_value: 'P' }, events)).out).toEqual(['2 {"log":"x"}', '3 {"log":"a\\nb"}']);
    expect((await run({ partial_key: 'part', partial_value: 'P' }, logs('a', 'b'))).out).toEqual(['1 {"log":"a"}', '2 {"log":"b"}']);
  });

  it('ends an event of a CRI runtime at F only', async () => {
    const events = ['P', 'X', 'F:x'].map((logtag, i) => event(i, { log: `${i}`, logtag }));
    const cri: Given = { use_partial_cri_logtag: true, partial_cri_logtag_key: 'logtag', separator: '' };
    expect((await run(cri, events)).out).toEqual(['2 {"log":"012"}']);
  });

  it('passes what does not continue an event with the time of that event under use_first_timestamp', async () => {
    const given: Given = { multiline_start_regexp: START, continuous_line_regexp: '/^ /', use_first_timestamp: true };
    expect((await run(given, logs('2022-1', ' x', 'other', 'more'))).out).toEqual(['1 {"log":"2022-1\\n x"}', '1 {"log":"other"}', '4 {"log":"more"}']);
  });

  it.each([
    ['ignore', ['4 {"log":"a\\nbbbb\\nc\\nd"}']],
    ['truncate', ['2 {"log":"a"}', '4 {"log":"c\\nd"}']],
    ['drop', ['4 {"log":"c\\nd"}']],
    ['new', ['2 {"log":"a"}', '3 {"log":"bbbb"}', '4 {"log":"c\\nd"}']],
  ] as const)('with buffer_overflow_method %s at its limit of names and values', async (method, out) => {
    // Each part has five bytes beside its text: 6 and 9 are too many, so are 9 and 6, 6 and 6 are not.
    const events = [['a', 'P'], ['bbbb', 'P'], ['c', 'P'], ['d', 'F']].map(([log, p], i) => event(i + 1, { log: log!, p: p! }));
    expect((await run({ partial_key: 'p', partial_value: 'P', buffer_limit_size: 14, buffer_overflow_method: method }, events)).out).toEqual(out);
  });

  it('makes an error of a part that is too large where no event is open', async () => {
    const { filter, context } = create({ partial_key: 'p', partial_value: 'P', buffer_limit_size: 10, buffer_overflow_method: 'truncate' });
    expect(lines(filter(objectBatch('t', [event(1, { log: 'too large', p: 'P' }), event(2, { log: 'a', p: 'F' })])).events)).toEqual(['2 {"log":"a"}']);
    expect(context.router.errors.map(({ event: { time } }) => time.sec)).toEqual([1]);
  });

  it('has no limit in other modes', async () => {
    expect((await run({ n_lines: 2, buffer_limit_size: 2, buffer_overflow_method: 'drop' }, logs('abc', 'def'))).out).toEqual(['2 {"log":"abc\\ndef"}']);
  });
});

describe('concat of text batches', () => {
  const text = fc.constantFrom('2022-a', ' b', ' ', '', 'c\n', ' \n2022-', ' x\n', '日本', '2022-ö', '2022 12', 'END', ' END');
  const rows = fc.array(fc.record({ log: text, stream: fc.constantFrom('stdout', 'stderr'), logtag: fc.constantFrom('F', 'P', 'P:x') }), { minLength: 1, maxLength: 12 });
  const configs: readonly Given[] = [
    { multiline_start_regexp: '/^\\S/', separator: '' },
    { multiline_start_regexp: START },
    { multiline_start_regexp: START, use_first_timestamp: true },
    { multiline_start_regexp: '/\\A2022-/', multiline_end_regexp: '/END$/' },
    { multiline_start_regexp: START, continuous_line_regexp: '/^\\s/' },
    { multiline_end_regexp: '/END/', separator: ',' },
    { multiline_start_regexp: START, stream_identity_key: 'stream' },
    { n_lines: 3 },
    { partial_key: 'logtag', partial_value: 'P' },
    { use_partial_cri_logtag: true, partial_cri_logtag_key: 'logtag', separator: '' },
    { use_partial_cri_logtag: true, partial_cri_logtag_key: 'logtag', keep_partial_key: true, use_first_timestamp: true },
  ];

  it.each(configs.map((config) => [JSON.stringify(config), config] as const))('gives what objects give: %s', async (_name, config) => {
    const split = fc.array(fc.tuple(rows, fc.boolean(), fc.boolean(), fc.nat(3)), { minLength: 1, maxLength: 5 });
    await fc.assert(fc.asyncProperty(split, async (batches) => {
      const one = create(config);
      const other = create(config);
      let sec = 0;
      for (const [records, asText, changed, before] of batches) {
        const events = records.map(({ log, stream, logtag }) => event(++sec, { log, stream, logtag, constant: changed ? 1 : 2 }));
        const expected = one.filter(objectBatch('t', events));
        const actual = other.filter(asText ? textBatch('t', events, undefined, before) : objectBatch('t', events));
        expect(lines(actual.events)).toEqual(lines(expected.events));
      }
      expect(await endOf(other.plugin, other.context)).toEqual(await endOf(one.plugin, one.context));
    }), { numRuns: 150 });
  });

  it('stays bytes, also across batches', () => {
    const { filter } = create({ multiline_start_regexp: START });
    const first = filter(textBatch('t', logs('2022-a', '2022-b', '2022-c')));
    expect(first).toBeInstanceOf(TextBatch);
    expect(lines(first.events)).toEqual(['2 {"log":"2022-a"}', '3 {"log":"2022-b"}']);
    const second = filter(textBatch('t', logs(' x', '2022-d', '2022-e', ' y')));
    expect(second).toBeInstanceOf(TextBatch);
    expect(lines(second.events)).toEqual(['2 {"log":"2022-c\\n x"}', '3 {"log":"2022-d"}']);
  });

  it('copies only the part of a large block that it needs', () => {
    const { filter } = create({ multiline_start_regexp: START });
    const block = textBatch('t', Array.from({ length: 2000 }, (_, i) => event(i, { log: i % 3 === 1 ? ` part ${i}` : `2022-10-03 ${i}`, stream: 'stdout' })));
    filter(textBatch('t', [event(0, { log: '2022-held', stream: 'stderr' })]));
    const result = filter(block.slice(1500, 1505)) as TextBatch;
    expect(lines(result.events)).toEqual([
      '1500 {"log":"2022-held","stream":"stderr"}', '1502 {"log":"2022-10-03 1500\\n part 1501","stream":"stdout"}',
      '1503 {"log":"2022-10-03 1502","stream":"stdout"}',
    ]);
    const column = result.column('log');
    expect(column?.kind === 'span' && column.bytes.length).toBeLessThan(500);
  });

  it('passes a batch without the key as it is', () => {
    const batch = textBatch('t', [event(1, { other: 'x' })]);
    expect(create({ n_lines: 2 }).filter(batch)).toBe(batch);
  });
});

describe('concat and acknowledgements', () => {
  for (const [form, batchOf] of [['objects', objectBatch], ['bytes', textBatch]] as const) {
    it(`settles a batch when the last of its events is on its way (${form})`, () => {
      const { filter } = create({ multiline_start_regexp: START });
      const settled: string[] = [];
      const ack = (name: string) => new Ack(() => settled.push(name));
      const empty = filter(batchOf('t', logs('2022-a', ' b'), ack('one')));
      expect(empty.size).toBe(0);
      empty.ack!.settle();
      const joined = filter(batchOf('t', logs(' c', '2022-d'), ack('two')));
      expect(lines(joined.events)).toEqual(['2 {"log":"2022-a\\n b\\n c"}']);
      expect(settled).toEqual([]);
      joined.ack!.settle();
      expect(settled).toEqual(['one']);
      filter(batchOf('t', logs('2022-e'), ack('three'))).ack!.settle();
      expect(settled).toEqual(['one', 'two']);
    });

    it(`undoes a batch that nobody took when it is offered again (${form})`, async () => {
      const { filter, plugin, context } = create({ multiline_start_regexp: START });
      const settled: string[] = [];
      filter(batchOf('t', logs('2022-a'), new Ack(() => settled.push('one')))).ack!.settle();
      const batch = batchOf('t', logs(' b', '2022-c', ' d'), new Ack(() => settled.push('two')));
      expect(filter(batch).size).toBe(1);
      expect(filter(batch).size).toBe(1);
      const taken = filter(batch);
      expect(lines(taken.events)).toEqual(['2 {"log":"2022-a\\n b"}']);
      taken.ack!.settle();
      expect(settled).toEqual(['one']);
      expect(await endOf(plugin, context)).toEqual(['2 {"log":"2022-c\\n d"}']);
      expect(settled).toEqual(['one', 'two']);
    });
  }
});

it('gives each event once, in order, however often the end is asked for while nobody takes them', async () => {
  const { filter, plugin, context } = create({ multiline_start_regexp: START });
  const settled: string[] = [];
  const late = context.label('@LATE');
  const taken: string[] = [];
  let open!: () => void;
  const gate = new Promise<void>((resolve) => (open = resolve));
  late.emit = async (batch) => {
    await gate;
    taken.push(...lines(batch.events));
    batch.ack?.settle();
  };
  const batchOf = (tag: string): EventBatch => objectBatch(tag, logs(`2022-${tag}`), new Ack(() => settled.push(tag)));
  filter(batchOf('a')).ack!.settle();
  filter(batchOf('b')).ack!.settle();
  const ends = [plugin.flush!(new AbortController().signal)];
  filter(batchOf('c')).ack!.settle();
  filter(batchOf('d')).ack!.settle();
  ends.push(plugin.flush!(new AbortController().signal));
  await new Promise((done) => setImmediate(done));
  open();
  await Promise.all(ends);
  expect(taken).toEqual(['1 {"log":"2022-a"}', '1 {"log":"2022-b"}', '1 {"log":"2022-c"}', '1 {"log":"2022-d"}']);
  expect(settled).toEqual(['a', 'b', 'c', 'd']);
});

it('settles a claim once when an event was given on between two offers of the batch that continued it', async () => {
  const { filter, plugin, context } = create({ multiline_start_regexp: START, stream_identity_key: 'stream' });
  const settled: string[] = [];
  const of = (stream: string, ...texts: string[]) => texts.map((log, i) => event(i + 1, { log, stream }));
  filter(objectBatch('t', of('x', '2022-a'), new Ack(() => settled.push('one')))).ack!.settle();
  const batch = objectBatch('t', [...of('x', ' b'), ...of('y', '2022-c', '2022-d')], new Ack(() => settled.push('two')));
  // Nobody takes what comes of it, so it is offered again; meanwhile the time of the open event is over.
  expect(lines(filter(batch).events)).toEqual(['2 {"log":"2022-c","stream":"y"}']);
  await plugin.release!();
  expect(context.labels.get('@LATE')!.batches.flatMap(({ events }) => lines(events)).join()).toContain('{"log":"2022-a\\n b","stream":"x"}');
  filter(batch).ack!.settle();
  await plugin.flush!(new AbortController().signal);
  expect(settled.toSorted()).toEqual(['one', 'two']);
});

it('gives on what comes after the end as well', async () => {
  const { filter, plugin, context } = create({ multiline_start_regexp: START });
  expect(await endOf(plugin, context)).toEqual([]);
  filter(objectBatch('t', logs('2022-late')));
  await new Promise((done) => setImmediate(done));
  expect(context.labels.get('@LATE')!.batches.flatMap((batch) => lines(batch.events))).toEqual(['1 {"log":"2022-late"}']);
});

describe('concat and time', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  async function wait(context: TestContext, seconds: number) {
    for (let i = 0; i < seconds; i++) {
      context.clock.advance(1000);
      await vi.advanceTimersByTimeAsync(1000);
    }
  }

  it('gives on what it holds when it is asked to, and goes on joining', async () => {
    const { filter, plugin, context } = create({ multiline_start_regexp: START, use_first_timestamp: true });
    let settled = 0;
    filter(textBatch('t', logs('2022-a', ' b'), new Ack(() => settled++))).ack!.settle();
    await plugin.release!();
    expect(context.labels.get('@LATE')!.batches.flatMap(({ events }) => lines(events))).toEqual(['1 {"log":"2022-a\\n b"}']);
    expect(settled).toBe(1);
    expect(lines(filter(textBatch('t', logs('2022-c', ' d', '2022-e'))).events)).toEqual(['1 {"log":"2022-c\\n d"}']);
  });

  it('gives an event on as it is when nothing came for flush_interval', async () => {
    const { filter, plugin, context } = create({ multiline_start_regexp: START, flush_interval: 3 });
    await plugin.start!();
    let settled = 0;
    filter(textBatch('t', logs('2022-a', ' b'), new Ack(() => settled++))).ack!.settle();
    await wait(context, 2);
    filter(textBatch('t', logs(' c'))).ack?.settle();
    await wait(context, 2);
    expect(context.labels.get('@LATE')!.batches).toEqual([]);
    await wait(context, 1);
    const [late] = context.labels.get('@LATE')!.batches;
    expect(late!.tag).toBe('t');
    expect(lines(late!.events)).toEqual([`${context.clock.time().sec} {"log":"2022-a\\n b\\n c"}`]);
    expect(settled).toBe(1);
    expect(lines(filter(textBatch('t', logs(' d'))).events)).toEqual(['1 {"log":" d"}']);
    await context.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('keeps the first time with use_first_timestamp', async () => {
    const { filter, plugin, context } = create({ multiline_start_regexp: START, flush_interval: 1, use_first_timestamp: true });
    await plugin.start!();
    filter(objectBatch('t', logs('2022-a')));
    await wait(context, 1);
    expect(lines(context.labels.get('@LATE')!.batches[0]!.events)).toEqual(['1 {"log":"2022-a"}']);
    await context.close();
  });

  it('makes an error of it where there is no timeout_label', async () => {
    const { filter, plugin, context } = create({ multiline_start_regexp: START, flush_interval: 1, timeout_label: undefined });
    await plugin.start!();
    filter(objectBatch('t', logs('2022-a')));
    await wait(context, 1);
    filter(objectBatch('t', logs('2022-b')));
    await plugin.flush!(new AbortController().signal);
    expect(context.router.errors.map(({ error }) => String(error))).toEqual([
      'Fluent::Plugin::ConcatFilter::TimeoutError: Timeout flush: t:default', 'Fluent::Plugin::ConcatFilter::TimeoutError: Flush remaining buffer: t:default',
    ]);
    await context.close();
  });

  it('loses nothing if time runs out for a batch that nobody took', async () => {
    const { filter, plugin, context } = create({ multiline_start_regexp: START, flush_interval: 1 });
    await plugin.start!();
    const settled: string[] = [];
    filter(objectBatch('t', logs('2022-a'), new Ack(() => settled.push('one')))).ack!.settle();
    const batch = objectBatch('t', logs('2022-b'), new Ack(() => settled.push('two')));
    filter(batch);
    await wait(context, 1);
    const again = filter(batch);
    expect(lines(again.events)).toEqual(['1 {"log":"2022-a"}']);
    again.ack!.settle();
    expect(settled).toEqual(['one']);
    await wait(context, 1);
    expect(settled).toEqual(['one', 'two']);
    expect(context.labels.get('@LATE')!.batches.flatMap(({ events }) => events.map(({ record }) => record.get('log')))).toEqual(['2022-b', '2022-b']);
    await context.close();
  });

  it('does not take the event of a stream while an output lets another one wait: what the stream gets meanwhile comes in order', async () => {
    const { filter, plugin, context } = create({ multiline_start_regexp: START, flush_interval: 1 });
    await plugin.start!();
    filter(objectBatch('t', logs('2022-a')));
    filter(objectBatch('u', logs('2022-b')));
    const late = context.labels.get('@LATE')!;
    const goOn = letWait(late);
    await wait(context, 2);
    expect(late.batches.map(({ tag }) => tag)).toEqual(['t']);
    expect(lines(filter(objectBatch('u', logs(' more', '2022-c'))).events)).toEqual(['2 {"log":"2022-b\\n more"}']);
    goOn();
    await wait(context, 2);
    expect(late.batches.flatMap(({ events }) => events.map(({ record }) => record.get('log')))).toEqual(['2022-a', '2022-c']);
    await context.close();
  });

  it('releases all events at once, although an output lets the first one wait: what comes then is not their rest', async () => {
    const { filter, plugin, context } = create({ multiline_start_regexp: START, flush_interval: 60 });
    await plugin.start!();
    filter(objectBatch('t', logs('2022-a')));
    filter(objectBatch('u', logs('2022-b')));
    const late = context.labels.get('@LATE')!;
    const goOn = letWait(late);
    const released = plugin.release!();
    expect(lines(filter(objectBatch('u', logs(' read again'))).events)).toEqual(['1 {"log":" read again"}']);
    goOn();
    await released;
    expect(late.batches.flatMap(({ events }) => events.map(({ record }) => record.get('log')))).toEqual(['2022-a', '2022-b']);
    expect([...context.metrics.read()].find(({ name }) => name === 'concat_timeouts_total')?.value).toBe(2);
    await context.close();
  });

  it('keeps an event that an output has no room for until it has', async () => {
    const { filter, plugin, context } = create({ multiline_start_regexp: START, flush_interval: 1 });
    await plugin.start!();
    let settled = 0;
    filter(objectBatch('t', logs('2022-a'), new Ack(() => settled++))).ack!.settle();
    const late = context.labels.get('@LATE')!;
    late.fail = new BufferOverflowError('full');
    await wait(context, 3);
    filter(objectBatch('t', logs('2022-b')));
    await wait(context, 2);
    expect(settled).toBe(0);
    late.fail = undefined;
    await wait(context, 1);
    expect(late.batches.flatMap(({ events }) => events.map(({ record }) => record.get('log')))).toEqual(['2022-a', '2022-b']);
    expect(settled).toBe(1);
    await context.close();
  });
});

describe('the configuration of concat', () => {
  it.each([
    [{}, /^test.conf:1:1: Either n_lines, .* is required/],
    [{ n_lines: 2, partial_key: 'a' }, /n_lines and partial_key are exclusive \(choose one\)/],
    [{ partial_key: 'a' }, /partial_value is required when partial_key is specified/],
    [{ use_partial_cri_logtag: true }, /partial_cri_logtag_key is required when use_partial_cri_logtag is specified/],
    [{ multiline_start_regexp: '/(/' }, /multiline_start_regexp: /],
  ] as const)('refuses %j', (given, message) => {
    expect(() => create(given)).toThrow(ConfigError);
    expect(() => create(given)).toThrow(message);
  });
});
