import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import plugin from '../../../../plugins/input/exec/index.ts';
import { BufferOverflowError } from '../../../../src/errors.ts';
import type { Value } from '../../../../src/lib/value.ts';
import type { Input, Parsed } from '../../../../src/plugin.ts';
import { until } from '../../../support/agent.ts';
import { plain } from '../../../support/batches.ts';
import { configOf, testContext } from '../../../support/context.ts';

/** `key=value` pairs, separated by commas; a text without one does not fit. */
function parse(text: string): Parsed | undefined {
  if (!text.includes('=')) return undefined;
  return { time: undefined, record: new Map<string, Value>(text.split(',').map((pair) => pair.split('=', 2) as [string, string])) };
}

function create(given: Readonly<Record<string, unknown>>) {
  const base = testContext({ kind: 'input', type: 'exec' });
  const context = { ...base, create: () => ({ parse }) as never };
  const config = configOf(plugin.config, { tag: 't', parse: { type: 'pairs', element: base.element, config: {} }, ...given } as never);
  const input = plugin.create(config, context) as Input;
  const emitted = (): string[] => context.router.batches.flatMap(({ tag, events }) => events.map(({ time, record }) => `${tag} ${time.sec} ${plain(record)}`));
  const count = (name: string, reason?: string): number =>
    [...context.metrics.read()].find((series) => series.name === name && series.labels['reason'] === reason)?.value ?? 0;
  const logged = (): string[] => context.log.lines.filter(({ level }) => level !== 'debug').map(({ level, message }) => `${level}: ${message}`);
  onTestFinished(async () => {
    await input.stop!();
    await context.close();
  });
  return { context, input, emitted, count, logged };
}

const extract = {
  tag_key: 'to', keep_tag_key: false, time_key: 'at', keep_time_key: false, time_type: 'unixtime', time_format: undefined, localtime: true, utc: false, timezone: undefined,
};

describe('the input exec', () => {
  it('runs a command once and reads its lines', async () => {
    const { input, emitted, count, logged, context } = create({ command: 'echo a=1; echo bad; printf b=2' });
    await input.start!();
    await until(() => emitted().length === 2);
    const now = context.clock.time().sec;
    expect(emitted()).toEqual([`t ${now} {"a":"1"}`, `t ${now} {"b":"2"}`]);
    expect([count('input_lines_total'), count('input_bytes_total'), count('input_dropped_lines_total', 'unparsed')]).toEqual([3, 11, 1]);
    expect(logged()).toEqual(['warn: output of the command does not fit the parser']);
  });

  it('takes tag and time from fields', async () => {
    const { input, emitted, count } = create({ command: 'echo a=1,to=x,at=5; echo a=2,to=x,at=6; echo a=3,at=7; echo a=4,to=y', extract, tag: undefined });
    await input.start!();
    await until(() => emitted().length === 3);
    expect(emitted().slice(0, 2)).toEqual(['x 5 {"a":"1"}', 'x 6 {"a":"2"}']);
    expect(count('input_dropped_lines_total', 'no_tag')).toBe(1);
  });

  it('drops an event whose time cannot be read, and no other', async () => {
    const { input, emitted, count } = create({ command: 'echo a=1,at=no; echo a=2,at=2', extract: { ...extract, time_type: 'string', time_format: '%s' } });
    await input.start!();
    await until(() => emitted().length === 1);
    expect(emitted()).toEqual(['t 2 {"a":"2"}']);
    expect(count('input_dropped_lines_total', 'invalid_time')).toBe(1);
  });

  it('runs a command again and again, the first time after one interval', async () => {
    const dir = mkdtempSync(path.join(tmpdir(), 'logferry-exec-'));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    writeFileSync(path.join(dir, 'n'), '0');
    const { input, emitted } = create({ command: `cd ${dir} && n=$(cat n) && echo $((n + 1)) > n && echo n=$n`, run_interval: 0.03 });
    await input.start!();
    expect(readFileSync(path.join(dir, 'n'), 'utf8')).toBe('0');
    await until(() => emitted().length >= 3);
    expect(emitted().slice(0, 3).map((line) => line.slice(-9))).toEqual(['{"n":"0"}', '{"n":"1"}', '{"n":"2"}']);
  });

  it('does not start a command again that still runs, and ends it when it is stopped', async () => {
    const { input, logged, emitted } = create({ command: 'echo a=$$; sleep 60', run_interval: 0.03 });
    await input.start!();
    await until(() => logged().length > 1 && emitted().length === 1);
    expect(logged()[0]).toBe('warn: previous child process is still running. skipped.');
    const pid = Number(/"a":"(\d+)"/.exec(emitted()[0]!)![1]);
    expect(() => process.kill(pid, 0)).not.toThrow();
    await input.stop!();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('reads standard error as well, if it is to', async () => {
    const { input, emitted } = create({ command: 'echo a=1 1>&2; echo b=2', connect_mode: 'read_with_stderr' });
    await input.start!();
    await until(() => emitted().length === 2);
    expect(emitted().map((line) => line.slice(-9))).toEqual(['{"a":"1"}', '{"b":"2"}']);
  });

  it('reads text in its encoding', async () => {
    const { input, emitted } = create({ command: "printf 'a=\\344\\n'", encoding: 'iso-8859-1' });
    await input.start!();
    await until(() => emitted().length === 1);
    expect(emitted()[0]).toContain('{"a":"ä"}');
  });

  it('lets the command wait while buffers are full, and loses nothing', async () => {
    const { input, emitted, context } = create({ command: 'seq -f n=%g 1 3000' });
    context.router.fail = new BufferOverflowError('full');
    await input.start!();
    await until(() => context.log.lines.length > 0);
    context.router.fail = undefined;
    await until(() => emitted().length === 3000);
    expect(emitted().at(-1)).toContain('{"n":"3000"}');
  });

  it('tells of a command that cannot be run', async () => {
    const { input, logged } = create({ command: 'no-such-command 2>/dev/null' });
    await input.start!();
    await until(() => logged().length > 0);
    expect(logged()).toEqual(['error: the command could not be run']);
  });

  it.each<[Record<string, unknown>, string]>([
    [{ tag: undefined }, "'tag' or 'tag_key' option is required on exec input (add a tag, or tag_key in <extract>)"],
    [{ encoding: 'klingon' }, 'unknown encoding name - klingon'],
    [{ run_interval: 0 }, 'run_interval: expected more than 0 seconds, found 0'],
  ])('refuses %j', (given, message) => {
    expect(() => create({ command: 'true', ...given })).toThrow(message);
  });
});
