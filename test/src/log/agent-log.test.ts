import { describe, expect, test } from 'vitest';
import { testClock } from '../../support/context.ts';
import { AgentLog, type AgentLogOptions } from '../../../src/log/agent-log.ts';

function open(options: Partial<AgentLogOptions> = {}) {
  const lines: string[] = [];
  const clock = testClock();
  const log = new AgentLog({ level: 'info', format: 'text', formatTime: () => 'T', write: (line) => void lines.push(line.trimEnd()), clock, workerId: 0, ...options });
  return { log, lines, clock };
}

function failure(): Error {
  const error = new Error('it broke');
  error.stack = 'Error: it broke\n    at first (a.ts:1:2)\n    at second (b.ts:3:4)';
  return error;
}

const FRAMES = ['  T [warn]: #0 at first (a.ts:1:2)', '  T [warn]: #0 at second (b.ts:3:4)'];
const SUPPRESSED = '  T [warn]: #0 suppressed same stacktrace';

describe('@log_level', () => {
  test('of a plugin is its own: it shows more or less than the agent', () => {
    const { log, lines } = open({ level: 'warn' });
    const more = log.forPlugin({ id: 'a', named: true, level: 'debug' });
    const less = log.forPlugin({ id: 'b', named: true, level: 'error' });
    const same = log.forPlugin({ id: 'object:1', named: false, level: undefined });
    for (const plugin of [more, less, same]) {
      plugin.debug('fine');
      plugin.warn('odd');
    }
    expect(lines).toEqual(['T [debug]: #0 [a] fine', 'T [warn]: #0 [a] odd', 'T [warn]: #0 odd']);
    expect([more.enabled('debug'), less.enabled('warn'), same.enabled('warn')]).toEqual([true, false, true]);
  });

  test('follows the agent where a plugin has none, also when that changes', () => {
    const { log, lines } = open();
    const plugin = log.forPlugin({ id: 'object:1', named: false, level: undefined });
    log.configure({ level: 'error' });
    plugin.warn('odd');
    expect([lines, plugin.level]).toEqual([[], 'error']);
  });
});

describe('ignore_repeated_log_interval', () => {
  test('leaves the same line out until the time is over, counted from the line that was printed', () => {
    const { log, lines, clock } = open({ ignoreRepeatedMs: 10_000 });
    for (let i = 0; i < 4; i++) {
      log.warn('slow', { chunk: 'x' });
      clock.advance(6000);
    }
    expect(lines).toEqual(['T [warn]: #0 slow chunk="x"', 'T [warn]: #0 slow chunk="x"']);
  });

  test('another line in between ends it', () => {
    const { log, lines } = open({ ignoreRepeatedMs: 10_000 });
    for (const sentence of ['one', 'one', 'two', 'one']) log.warn(sentence);
    expect(lines).toEqual(['T [warn]: #0 one', 'T [warn]: #0 two', 'T [warn]: #0 one']);
  });

  test('lines that are left out are no events, and are not counted', () => {
    const { log } = open({ ignoreRepeatedMs: 10_000 });
    const events: string[] = [];
    log.routeEvents((_level, _time, record) => void events.push(String(record.get('message'))));
    for (const sentence of ['one', 'one']) log.warn(sentence);
    expect([events, log.counts.warn]).toEqual([['one'], 1]);
  });
});

describe('ignore_same_log_interval', () => {
  test('leaves a line out whatever came in between', () => {
    const { log, lines, clock } = open({ ignoreSameMs: 10_000 });
    for (const sentence of ['one', 'two', 'one', 'two']) log.warn(sentence);
    clock.advance(10_001);
    log.warn('one');
    expect(lines).toEqual(['T [warn]: #0 one', 'T [warn]: #0 two', 'T [warn]: #0 one']);
  });
});

describe('stack traces', () => {
  test('are shown at level debug: a log at info has the error alone', () => {
    const { log, lines } = open();
    log.warn('failed', { error: failure() });
    expect(lines).toEqual(['T [warn]: #0 failed error_class="Error" error="it broke"']);
  });

  test('of a plugin whose level is debug are shown', () => {
    const { log, lines } = open();
    log.forPlugin({ id: 'a', named: true, level: 'debug' }).warn('failed', { error: failure() });
    expect(lines.slice(1)).toEqual(['  T [debug]: #0 at first (a.ts:1:2)', '  T [debug]: #0 at second (b.ts:3:4)']);
  });

  test('forced_stacktrace_level is their level whatever the line has', () => {
    const { log, lines } = open({ stackLevel: 'warn' });
    log.info('failed', { error: failure() });
    expect(lines.slice(1)).toEqual(FRAMES);
  });

  test('suppress_repeated_stacktrace tells of the same one in a line, as it does without being set', () => {
    for (const suppressRepeatedStacks of [undefined, true]) {
      const { log, lines } = open({ stackLevel: 'warn', suppressRepeatedStacks });
      for (let i = 0; i < 2; i++) log.warn(`failed ${i}`, { error: failure() });
      expect(lines.slice(1)).toEqual([...FRAMES, 'T [warn]: #0 failed 1 error_class="Error" error="it broke"', SUPPRESSED]);
    }
  });

  test('suppress_repeated_stacktrace false prints each', () => {
    const { log, lines } = open({ stackLevel: 'warn', suppressRepeatedStacks: false });
    for (let i = 0; i < 2; i++) log.warn(`failed ${i}`, { error: failure() });
    expect(lines.slice(4)).toEqual(FRAMES);
  });

  test('with ignore_repeated_log_interval the same one is left out, and told of when the time is over', () => {
    const { log, lines, clock } = open({ stackLevel: 'warn', ignoreRepeatedMs: 1000 });
    log.warn('failed 0', { error: failure() });
    log.warn('failed 1', { error: failure() });
    clock.advance(2000);
    log.warn('failed 2', { error: failure() });
    expect(lines.filter((line) => line.startsWith('  '))).toEqual([...FRAMES, SUPPRESSED]);
  });

  test('of causes come behind those of the error', () => {
    const { log, lines } = open({ stackLevel: 'warn' });
    const outer = new Error('outer', { cause: failure() });
    outer.stack = 'Error: outer\n    at top (t.ts:1:1)';
    log.warn('failed', { error: outer });
    expect(lines.slice(1)).toEqual(['  T [warn]: #0 at top (t.ts:1:1)', '  T [warn]: #0 caused by Error', ...FRAMES]);
  });

  test('in the form json are one object', () => {
    const { log, lines } = open({ stackLevel: 'warn', format: 'json', workerId: 2 });
    log.warn('failed', { error: failure() });
    expect(JSON.parse(lines[1]!)).toEqual({ time: 'T', level: 'warn', message: 'at first (a.ts:1:2)\nat second (b.ts:3:4)', worker_id: 2 });
  });
});
