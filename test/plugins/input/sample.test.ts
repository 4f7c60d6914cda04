import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import definitions from '../../../plugins/input/sample.ts';
import type { Value } from '../../../src/lib/value.ts';
import type { Input, Storage } from '../../../src/plugin.ts';
import { plain } from '../../support/batches.ts';
import { configOf, testContext } from '../../support/context.ts';

const sample = definitions[0]!;

function create(given: Record<string, unknown>, kept = new Map<string, Value>()) {
  const storage: Storage = {
    get: (key) => kept.get(key),
    put: (key, value) => void kept.set(key, value),
    delete: (key) => void kept.delete(key),
    save() {},
  };
  const context = { ...testContext(), create: () => storage as never };
  const input = sample.create(configOf(sample.config, { tag: 't', storage: {}, ...given } as never), context) as Input;
  const run = async (ms: number): Promise<void> => {
    for (let i = 0; i < ms; i += 100) {
      context.clock.advance(100);
      await vi.advanceTimersByTimeAsync(100);
    }
  };
  const emitted = (): string[] => context.router.batches.map((batch) => batch.events.map(({ record }) => plain(record)).join());
  return { context, input, run, emitted, kept };
}

const records = (text: string) => sample.config.sample.parse!({ text, at: { file: '', line: 1, column: 1 } });

describe('the sample input', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is dummy as well', () => {
    expect(definitions.map(({ type }) => type)).toEqual(['sample', 'dummy']);
  });

  it('emits at its rate, records in turn, with numbers', async () => {
    const { input, run, emitted, kept } = create({ rate: 20, sample: records('[{"a":1},{"n":"old"}]'), auto_increment_key: 'n' });
    await input.start!();
    await run(200);
    expect(emitted()).toEqual(['{"a":1,"n":0}', '{"n":1}', '{"a":1,"n":2}', '{"n":3}']);
    expect(Object.fromEntries(kept)).toEqual({ increment_value: 0, dummy_index: 0, auto_increment_value: 3 });
    await run(800);
    expect(emitted()).toHaveLength(20);
  });

  it('goes on with the number that the storage has', async () => {
    const { input, run, emitted } = create({ rate: 10, auto_increment_key: 'n' }, new Map([['auto_increment_value', 41]]));
    await input.start!();
    await run(100);
    expect(emitted()).toEqual(['{"message":"sample","n":42}']);
  });

  it('emits batches of its size', async () => {
    const { input, run, emitted } = create({ rate: 1, size: 3 });
    await input.start!();
    await run(1000);
    expect(emitted()).toEqual(['{"message":"sample"},{"message":"sample"},{"message":"sample"}']);
  });

  it('stops, and makes up for no more than a second after a pause', async () => {
    const { context, input, run, emitted } = create({ rate: 10 });
    await input.start!();
    context.clock.advance(60_000);
    await run(100);
    expect(emitted()).toHaveLength(10);
    await input.stop!();
    await run(1000);
    expect(emitted()).toHaveLength(10);
  });

  it.each([
    ['5', 'expected a JSON object or a list of them, found 5'],
    ['[]', 'expected at least one record, found an empty list'],
    ['[{"a":1},2]', 'expected a JSON object or a list of them, found [{"a":1},2]'],
    ['no json', 'expected a JSON object or a list of them, found no json'],
  ])('refuses the sample %s', (text, message) => {
    expect(() => records(text)).toThrow(message);
  });
});
