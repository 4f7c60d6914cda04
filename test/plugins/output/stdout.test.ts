import { describe, expect, it } from 'vitest';
import filterDefinition from '../../../plugins/filter/stdout.ts';
import outputDefinition from '../../../plugins/output/stdout.ts';
import type { Filter, Formatter, Output } from '../../../src/plugin.ts';
import { logWriters } from '../../../src/record/stdout-printer.ts';
import { event, objectBatch } from '../../support/batches.ts';
import { configOf, testContext } from '../../support/context.ts';

function contextWith(formatter: Formatter) {
  const written: (string | Uint8Array)[] = [];
  const shared = new Map<string, unknown>([['standard-output', (data: string | Uint8Array) => written.push(data)]]);
  return { written, context: { ...testContext({ shared }), create: () => formatter as never } };
}

const text: Formatter = { format: (tag, time, record) => `${time.sec} ${tag}: ${[...record.keys()].join()}\n` };
const events = [event(1, { a: 1 }), event(2, { b: 1 })];
const format = { kind: 'formatter', type: 'stdout', config: {} };

describe('stdout', () => {
  it('as an output prints a batch with one write', () => {
    const { written, context } = contextWith(text);
    const output = outputDefinition.create(configOf(outputDefinition.config, { format } as never), context) as Output;
    expect(output.emit(objectBatch('t', events))).toBe(undefined);
    expect(written).toEqual(['1 t: a\n2 t: b\n']);
  });

  it('prints where the log goes, unless use_logger is false', () => {
    const lines: string[] = [];
    const written: unknown[] = [];
    const shared = new Map<string, unknown>([...logWriters((line) => lines.push(line)), ['standard-output', (data: unknown) => written.push(data)]]);
    const context = { ...testContext({ shared }), create: () => text as never };
    const print = (use_logger: boolean): void => {
      const output = outputDefinition.create(configOf(outputDefinition.config, { format, use_logger } as never), context) as Output;
      output.emit(objectBatch('t', [events[0]!]));
    };
    print(true);
    print(false);
    expect([lines, written]).toEqual([['1 t: a\n'], ['1 t: a\n']]);
  });

  it('keeps bytes and text of formatters in order', () => {
    const mixed: Formatter = { format: (tag, time, record) => (time.sec === 1 ? Buffer.from([0xff, 0x0a]) : text.format(tag, time, record)) };
    const { written, context } = contextWith(mixed);
    const output = outputDefinition.create(configOf(outputDefinition.config, { format } as never), context) as Output;
    output.emit(objectBatch('t', [event(2, { b: '\udcfe' }), event(1, {}), event(3, {})]));
    expect(written).toEqual([Buffer.concat([Buffer.from('2 t: b\n'), Buffer.from([0xff, 0x0a]), Buffer.from('3 t: \n')])]);
  });

  it('as a filter prints with injected fields and lets the batch through as it is', () => {
    const { written, context } = contextWith(text);
    const config = configOf(filterDefinition.config, { format, inject: { tag_key: 'tag', time_type: 'float' } } as never);
    const filter = filterDefinition.create(config, context) as Filter;
    const batch = objectBatch('t', events);
    expect(filter.filter(batch)).toBe(batch);
    expect(written).toEqual(['1 t: a,tag\n2 t: b,tag\n']);
  });

  it('prints chunks where there is a buffer', async () => {
    const { written, context } = contextWith(text);
    const output = outputDefinition.create(configOf(outputDefinition.config, { format } as never), context);
    if (!('write' in output)) throw new Error('not buffered');
    expect(output.format!('t', events[0]!.time, events[0]!.record)).toBe('1 t: a\n');
    await output.write({ read: () => Buffer.from('chunk') } as never, new AbortController().signal);
    expect(written).toEqual([Buffer.from('chunk')]);
  });
});
