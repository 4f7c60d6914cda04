/** What a plugin that throws, hangs or leaks does to the others: nothing, and it is told by its name. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { plugins } from '../../../plugins/index.ts';
import { Agent } from '../../../src/app.ts';
import { param } from '../../../src/config/params.ts';
import { ConfigError } from '../../../src/errors.ts';
import { Ack, ObjectBatch, type EventBatch } from '../../../src/event.ts';
import { defineFilter, defineInput, defineOutput, type PluginContext } from '../../../src/plugin.ts';
import { Registry, type AnyDefinition } from '../../../src/registry.ts';
import { until } from '../../support/agent.ts';

const never = (): Promise<never> => new Promise(() => {});

let folder: string;
let context: PluginContext;
const log: string[] = [];
const received: EventBatch[] = [];

const source = defineInput({
  type: 'by_hand',
  doc: 'Emits what the test gives it.',
  config: {},
  create: (_config, given) => {
    context = given;
    return {};
  },
});

const keep = defineOutput({
  type: 'keep',
  doc: 'Keeps what it gets.',
  config: {},
  create: () => ({ emit: (batch) => void received.push(batch) }),
});

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'logferry-bad-'));
  log.length = 0;
  received.length = 0;
});

afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

async function agentWith(config: string, ...definitions: readonly AnyDefinition[]): Promise<Agent> {
  const registry = new Registry(plugins);
  for (const definition of [source, keep, ...definitions]) registry.add(`${definition.kind}/${definition.type}`, async () => ({ default: definition }));
  const file = path.join(folder, 'fluent.conf');
  writeFileSync(file, `${config}\n<label @FLUENT_LOG>\n<match **>\n@type null\n</match>\n</label>\n`);
  const agent = new Agent({ configFile: file, registry, suppressConfigDump: true, write: (line) => void log.push(line.replaceAll(`${folder}/`, '').replace(/^.*?\[(\w+)\]: #\d+ /s, '$1: ').trimEnd()) });
  await agent.load();
  return agent;
}

async function problemsOf(config: string, ...definitions: readonly AnyDefinition[]): Promise<string> {
  const error: unknown = await agentWith(config, ...definitions).then(() => undefined, (thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConfigError);
  return (error as ConfigError).message.replaceAll(`${folder}/`, '');
}

function logged(levels: RegExp): string[] {
  return log.filter((line) => levels.test(line));
}

function batch(tag: string, text: string, ack?: Ack): ObjectBatch {
  return new ObjectBatch(tag, [{ time: { sec: 1, nsec: 0 }, record: new Map([['message', text]]) }], ack);
}

const SOURCE = '<source>\n@type by_hand\n</source>\n';

describe('a plugin that cannot be created is an error of the configuration, with its place', () => {
  const CONFIG = `${SOURCE}<filter **>\n@type bad\n</filter>\n<match **>\n@type keep\n</match>`;
  // What a user's JavaScript may do, whatever the types say.
  const bad = (create: () => unknown): AnyDefinition => ({ ...defineFilter({ type: 'bad', doc: 'Bad.', config: {}, create: () => ({ filter: (b) => b }) }), create: create as never });

  test.each<[string, () => unknown, string]>([
    ['it throws', () => { throw new Error('no'); }, "filter plugin 'bad': no"],
    ['it is asynchronous', async () => ({}), "create of filter plugin 'bad' gave a promise: it has to give the plugin at once, and to open things in start()"],
    ['it gives nothing', () => undefined, 'create gave undefined: expected one with filter()'],
    ['it gives something else', () => ({ emit() {} }), 'create gave an object: expected one with filter()'],
  ])('%s', async (_, create, message) => {
    expect(await problemsOf(CONFIG, bad(create))).toMatch(new RegExp(`^fluent\\.conf:4:1: .*${message.replaceAll(/[()]/g, '\\$&')}$`));
  });

  test('a module that cannot be loaded', async () => {
    const registry = new Registry({ ...plugins, 'filter/bad': () => Promise.reject(new Error('no such package')) });
    const file = path.join(folder, 'fluent.conf');
    writeFileSync(file, '<filter **>\n@type bad\n</filter>\n<match **>\n@type null\n</match>\n');
    const agent = new Agent({ configFile: file, registry, suppressConfigDump: true, write: () => {} });
    await expect(agent.load()).rejects.toThrow(`${file}:2:1: filter plugin 'bad' cannot be loaded: no such package`);
  });

  test('what create stumbles over because a parameter is missing is not told besides', async () => {
    const needs = defineFilter({ type: 'needs', doc: 'Needs a name.', config: { name: param.string('A name.') }, create: ({ name }) => {
      name.toUpperCase();
      return { filter: (b) => b };
    } });
    const problems = await problemsOf(`<filter **>\n@type needs\n</filter>\n<match **>\n@type keep\n</match>`, needs);
    expect(problems).toBe("fluent.conf:1:1: 'name' parameter is required, in section <filter **> (filter needs) (name: A name.)");
  });
});

describe('a start', () => {
  test('that hangs is named in the log again and again', async () => {
    vi.useFakeTimers();
    let go!: () => void;
    const slow = defineOutput({ type: 'slow', doc: 'Slow.', config: {}, create: () => ({ start: () => new Promise<void>((resolve) => (go = resolve)), emit() {} }) });
    const agent = await agentWith('<match **>\n@type slow\n@id mine\n</match>', slow);
    const starting = agent.start();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(logged(/^warn/)).toEqual([
      `warn: output plugin 'slow' is still starting, and others wait for it plugin_id="mine" at="fluent.conf:1" seconds=10`,
      `warn: output plugin 'slow' is still starting, and others wait for it plugin_id="mine" at="fluent.conf:1" seconds=20`,
    ]);
    go();
    await starting;
    vi.useRealTimers();
    await agent.stop(100);
  });

  test('that throws is named in the log, and the agent can be stopped', async () => {
    const bad = defineOutput({ type: 'bad', doc: 'Bad.', config: {}, create: () => ({ start: () => { throw new Error('no'); }, emit() {} }) });
    const agent = await agentWith('<match **>\n@type bad\n@id mine\n</match>', bad);
    await expect(agent.start()).rejects.toThrow('no');
    expect(logged(/^error/)).toEqual([`error: output plugin 'bad' did not start plugin_id="mine" error_class="Error" error="no" at="fluent.conf:1"`]);
    await agent.stop(100);
  });
});

describe('an end', () => {
  test.each(['stop', 'flush', 'close'] as const)('whose %s hangs goes on with the others after the deadline', async (step) => {
    const closed: string[] = [];
    const stuck = defineOutput({ type: 'stuck', doc: 'Stuck.', config: {}, create: () => ({ emit() {}, [step]: never }) });
    const fine = defineOutput({ type: 'fine', doc: 'Fine.', config: {}, create: () => ({ emit() {}, close: async () => void closed.push('fine') }) });
    const agent = await agentWith('<match a>\n@type stuck\n@id mine\n</match>\n<match b>\n@type fine\n</match>', stuck, fine);
    await agent.start();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    let ended = false;
    const stopping = agent.stop(0).then(() => (ended = true));
    while (!ended) {
      await new Promise((resolve) => setImmediate(resolve));
      await vi.advanceTimersByTimeAsync(100);
    }
    await stopping;
    expect(closed).toEqual(['fine']);
    expect(logged(/did not end/)[0]).toBe(`warn: output plugin 'stuck' did not end its ${step} in time and is left alone plugin_id="mine"`);
  });

  test('that throws does not keep the others from theirs', async () => {
    const closed: string[] = [];
    const bad = defineOutput({ type: 'bad', doc: 'Bad.', config: {}, create: () => ({ emit() {}, close: () => { throw new Error('no'); } }) });
    const fine = defineOutput({ type: 'fine', doc: 'Fine.', config: {}, create: () => ({ emit() {}, close: () => void closed.push('fine') }) });
    const agent = await agentWith('<match a>\n@type bad\n</match>\n<match b>\n@type fine\n</match>', bad, fine);
    await agent.start();
    await agent.stop(100);
    expect(closed).toEqual(['fine']);
    expect(logged(/^warn/)).toEqual(['warn: unexpected error in close error_class="Error" error="no"']);
  });

  test('frees what was deferred, even if the plugin did not start', async () => {
    const freed: string[] = [];
    const bad = defineOutput({ type: 'bad', doc: 'Bad.', config: {}, create: (_config, given) => ({
      start: () => {
        given.defer(() => void freed.push('freed'));
        throw new Error('no');
      },
      emit() {},
    }) });
    const agent = await agentWith('<match **>\n@type bad\n</match>', bad);
    await agent.start().catch(() => {});
    await agent.stop(100);
    expect(freed).toEqual(['freed']);
  });
});

describe('a filter', () => {
  const config = (type: string): string => `${SOURCE}<filter **>\n@type ${type}\n</filter>\n<match **>\n@type keep\n</match>\n<label @ERROR>\n<match **>\n@type keep\n</match>\n</label>`;

  test.each<[string, () => unknown]>([
    ['throws', () => { throw new Error('no'); }],
    ['rejects', () => Promise.reject(new Error('no'))],
    ['gives no batch', () => undefined],
    ['gives no batch later', async () => 42],
  ])('that %s: every event of its batch goes to @ERROR, and is acknowledged there', async (_, filter) => {
    const bad = defineFilter({ type: 'bad', doc: 'Bad.', config: {}, create: () => ({ filter: filter as never }) });
    const agent = await agentWith(config('bad'), bad);
    await agent.start();
    const settled = vi.fn();
    await context.router.emit(batch('a', 'x', new Ack(settled)));
    expect(received.map(({ tag, events }) => [tag, events[0]?.record.get('message')])).toEqual([['a', 'x']]);
    expect(settled).toHaveBeenCalledOnce();
    expect([...agent.metrics.read()].find(({ name }) => name === 'filter_error_records_total')?.value).toBe(1);
    await agent.stop(100);
  });

  test('that hangs for one tag holds back only the batches of that tag, and not the end', async () => {
    const stuck = defineFilter({ type: 'stuck', doc: 'Stuck.', config: {}, create: () => ({ filter: (b) => (b.tag === 'a' ? never() : b) }) });
    const agent = await agentWith(config('stuck'), stuck);
    await agent.start();
    const waits = context.router.emit(batch('a', 'one'));
    void context.router.emit(batch('a', 'two'));
    expect(waits).toBeInstanceOf(Promise);
    expect(context.router.emit(batch('b', 'three'))).toBeUndefined();
    expect(received.map(({ tag }) => tag)).toEqual(['b']);
    await agent.stop(100);
  });
});

describe('an output', () => {
  test('whose write throws is tried again, and delivers each event once it can', async () => {
    let tries = 0;
    const bad = defineOutput({ type: 'bad', doc: 'Bad.', buffer: { mode: 'always' }, config: {}, create: () => ({
      write: async (chunk) => {
        if (++tries < 3) throw new Error('not yet');
        received.push(new ObjectBatch('delivered', await chunk.events()));
      },
    }) });
    const agent = await agentWith(`${SOURCE}<match **>\n@type bad\n<buffer>\nflush_mode immediate\nretry_type periodic\nretry_wait 0.01\n</buffer>\n</match>`, bad);
    await agent.start();
    await context.router.emit(batch('a', 'x'));
    await until(() => received.some(({ tag }) => tag === 'delivered'));
    expect(tries).toBe(3);
    expect(received.flatMap(({ events }) => events.map(({ record }) => record.get('message')))).toEqual(['x']);
    await agent.stop(100);
  });

  test('whose write hangs does not hang the end, and its events are not acknowledged', async () => {
    let signal: AbortSignal | undefined;
    const stuck = defineOutput({ type: 'stuck', doc: 'Stuck.', buffer: { mode: 'always' }, config: {}, create: () => ({
      write: (_chunk, given) => {
        signal = given;
        return never();
      },
    }) });
    const agent = await agentWith(`${SOURCE}<match **>\n@type stuck\n<buffer>\nflush_mode immediate\n</buffer>\n</match>`, stuck);
    await agent.start();
    const settled = vi.fn();
    await context.router.emit(batch('a', 'x', new Ack(settled)));
    await until(() => signal !== undefined);
    await agent.stop(50);
    expect(settled).not.toHaveBeenCalled();
  });

  test('that throws without a buffer: the events stay those of the input, unless there is @ERROR', async () => {
    const bad = defineOutput({ type: 'bad', doc: 'Bad.', config: {}, create: () => ({ emit: () => { throw new Error('no'); } }) });
    const agent = await agentWith(`${SOURCE}<match **>\n@type bad\n</match>`, bad);
    await agent.start();
    const settled = vi.fn();
    expect(() => context.router.emit(batch('a', 'x', new Ack(settled)))).toThrow('no');
    expect(settled).not.toHaveBeenCalled();
    await agent.stop(100);
  });
});
