import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import plugin from '../../../../plugins/output/detect_exceptions/index.ts';
import { BufferOverflowError } from '../../../../src/errors.ts';
import { Ack } from '../../../../src/event.ts';
import type { Value } from '../../../../src/lib/value.ts';
import type { Output } from '../../../../src/plugin.ts';
import { event, objectBatch } from '../../../support/batches.ts';
import { createPlugin, testContext } from '../../../support/context.ts';
import { TRACES } from './traces.ts';

type Given = Parameters<typeof createPlugin<'output', typeof plugin.config>>[1];

function create(given: Given = {}) {
  const context = testContext({ kind: 'output', type: 'detect_exceptions' });
  const output = createPlugin(plugin, { remove_tag_prefix: 'raw', ...given }, context) as Output;
  const emitted = (): [string, Value | undefined][] =>
    context.router.batches.flatMap(({ tag, events }) => events.map(({ record }): [string, Value | undefined] => [tag, record.get('message') ?? record.get('log')]));
  const give = (lines: readonly string[], more: Readonly<Record<string, Value>> = {}) => {
    let settled = 0;
    const ack = new Ack(() => settled++);
    const batch = objectBatch('raw.app', lines.map((message, i) => event(i, { message, ...more })), ack);
    void output.emit(batch);
    ack.settle();
    return () => settled;
  };
  return { context, output, emitted, give };
}

const never = new AbortController().signal;

describe('the output detect_exceptions', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const traces = Object.entries(TRACES).flatMap(([language, list]) => list.map((lines, i) => [language, i + 1, lines] as const));

  it.each(traces)('joins a trace of %s (%i) and leaves the lines around it', (language, _, lines) => {
    for (const languages of [[], [language], ['all']]) {
      const { give, emitted } = create({ languages, force_line_breaks: true });
      give(['before', ...lines, 'after one', 'after two']);
      expect(emitted().map(([, text]) => text)).toEqual(['before', lines.join('\n'), 'after one', 'after two']);
    }
  });

  it.each(traces)('joins a trace of %s (%i) whose lines have their line breaks, one batch for each line', (_language, _, lines) => {
    const { give, emitted, context } = create();
    for (const line of ['before', ...lines, 'after']) give([`${line}\n`]);
    expect(emitted().map(([, text]) => text)).toEqual(['before\n', lines.map((line) => `${line}\n`).join(''), 'after\n']);
    const joined = [...context.metrics.read()].find(({ name }) => name === 'detect_exceptions_joined_records_total');
    expect(joined?.value).toBe(lines.length - 1);
  });

  it('joins two traces that follow each other into one event each', () => {
    const [first] = TRACES['python']!;
    const [java] = TRACES['java']!;
    const { give, emitted } = create();
    give([...first!, ...java!, ...first!, 'end']);
    expect(emitted().map(([, text]) => text)).toEqual([first!.join(''), java!.join(''), first!.join(''), 'end']);
  });

  it('keeps time and other fields of the first line, and takes the prefix off the tag', () => {
    const { output, context } = create();
    const [a, b] = TRACES['java']![2]!;
    void output.emit(objectBatch('raw.kube.app', [event(7, { n: 1, message: a!, z: true }), event(8, { n: 2, message: b! }), event(9, { message: 'x' })]));
    expect(context.router.batches.map(({ tag, events }) => [tag, events.map(({ time, record }) => [time.sec, Object.fromEntries(record)])])).toEqual([
      ['kube.app', [[7, { n: 1, message: a! + b!, z: true }], [9, { message: 'x' }]]],
    ]);
  });

  it('takes the field log where there is no message, and lets events without a text through', () => {
    const { output, emitted } = create();
    const [a, b] = TRACES['java']![2]!;
    void output.emit(objectBatch('raw.app', [event(1, { log: a! }), event(2, { log: b! }), event(3, { other: 1 })]));
    expect(emitted()).toEqual([['app', a! + b!], ['app', undefined]]);
  });

  it('tells the streams of a field apart', () => {
    const { output, emitted } = create({ stream: 'stream' });
    const [a, b] = TRACES['java']![2]!;
    const line = (message: string, stream: string) => event(1, { message, stream });
    void output.emit(objectBatch('raw.app', [line(a!, 'err'), line('out 1', 'out'), line(b!, 'err'), line('end', 'err')]));
    expect(emitted().map(([, text]) => text)).toEqual(['out 1', a! + b!, 'end']);
  });

  it('settles acknowledgements of held lines only when their trace has gone on', async () => {
    const { give, output, context } = create();
    const [a, b] = TRACES['java']![2]!;
    const first = give(['x', a!]);
    const second = give([b!]);
    expect([first(), second()]).toEqual([0, 0]);
    await output.flush!(never);
    expect([first(), second()]).toEqual([1, 1]);
    expect(context.router.batches.at(-1)!.events[0]!.record.get('message')).toBe(a! + b!);
  });

  it('gives a trace on that is older than multiline_flush_interval', async () => {
    const { give, output, emitted, context } = create({ multiline_flush_interval: 1 });
    await output.start!();
    give(TRACES['java']![2]!);
    context.clock.advance(900);
    await vi.advanceTimersByTimeAsync(1000);
    expect(emitted()).toEqual([]);
    context.clock.advance(200);
    await vi.advanceTimersByTimeAsync(1000);
    expect(emitted()).toEqual([['app', TRACES['java']![2]!.join('')]]);
    await context.close();
  });

  it('cuts traces at max_lines and max_bytes', () => {
    const lines = ['a.BException: x', '\tat a.b(c)', '\tat a.c(c)', '\tat a.d(c)', 'end'];
    const byLines = create({ max_lines: 2 });
    byLines.give(lines);
    expect(byLines.emitted().map(([, text]) => text)).toEqual([lines[0]! + lines[1]!, lines[2], lines[3], 'end']);
    const byBytes = create({ max_bytes: 30 });
    byBytes.give(lines);
    expect(byBytes.emitted().map(([, text]) => text)).toEqual([lines[0]! + lines[1]!, lines[2], lines[3], 'end']);
  });

  it('is as before when its events were refused', () => {
    const { output, context, emitted } = create();
    const [a, b] = TRACES['java']![2]!;
    void output.emit(objectBatch('raw.app', [event(1, { message: a! })]));
    let settled = 0;
    const ack = new Ack(() => settled++);
    const batch = objectBatch('raw.app', [event(2, { message: b! }), event(3, { message: 'end' }), event(4, { message: a! })], ack);
    context.router.fail = new BufferOverflowError('full');
    expect(() => output.emit(batch)).toThrow('full');
    expect(settled).toBe(0);
    context.router.fail = undefined;
    void output.emit(batch);
    ack.settle();
    expect(emitted().map(([, text]) => text)).toEqual([a! + b!, 'end']);
    expect(settled).toBe(0);
  });

  it('keeps what has no room at the end until it has some', async () => {
    const { give, output, context, emitted } = create();
    const settled = give(TRACES['java']![2]!);
    context.router.fail = new BufferOverflowError('full');
    const flushed = output.flush!(never);
    await vi.advanceTimersByTimeAsync(500);
    expect(emitted()).toEqual([]);
    context.router.fail = undefined;
    await vi.advanceTimersByTimeAsync(500);
    await flushed;
    expect(emitted()).toHaveLength(1);
    expect(settled()).toBe(1);
  });

  it('says which language is none', () => {
    expect(() => create({ languages: ['cobol'] })).toThrow(
      "'languages' parameter: unknown language 'cobol'; known are java, js, csharp, python, php, go, ruby, dart, all",
    );
  });

  it('warns once about tags without the prefix', () => {
    const { output, context } = create();
    for (let i = 0; i < 2; i++) void output.emit(objectBatch('rawer.app', [event(1, { message: 'x' })]));
    expect(context.router.batches.map(({ tag }) => tag)).toEqual(['rawer.app', 'rawer.app']);
    expect(context.log.lines).toHaveLength(1);
  });
});
