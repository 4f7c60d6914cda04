import { describe, expect, it, onTestFinished } from 'vitest';
import plugin from '../../../../plugins/output/exec_filter/index.ts';
import type { Value } from '../../../../src/lib/value.ts';
import type { BufferedOutput, Chunk, Parsed } from '../../../../src/plugin.ts';
import { until } from '../../../support/agent.ts';
import { plain } from '../../../support/batches.ts';
import { configOf, testContext } from '../../../support/context.ts';

const never = new AbortController().signal;

/** `key=value` pairs; a text without one does not fit. */
function parse(text: string): Parsed | undefined {
  if (!text.includes('=')) return undefined;
  return { time: { sec: 5, nsec: 0 }, record: new Map<string, Value>(text.split(',').map((pair) => pair.split('=', 2) as [string, string])) };
}

async function create(given: Readonly<Record<string, unknown>>) {
  const base = testContext({ kind: 'output', type: 'exec_filter' });
  const format = (tag: string, _time: unknown, record: ReadonlyMap<string, Value>): string => `${tag} ${plain(record)}\n`;
  const context = { ...base, create: (owned: unknown) => (owned === 'format' ? { format } : { parse }) as never };
  const config = configOf(plugin.config, { command: 'cat', tag: 'out', format: 'format', parse: { type: 'pairs' }, ...given } as never);
  const output = plugin.create(config, context) as BufferedOutput;
  await output.start!();
  onTestFinished(async () => {
    await output.close!();
    await context.close();
  });
  const write = async (text: string): Promise<unknown> => output.write({ read: () => Buffer.from(text) } as unknown as Chunk, never);
  const emitted = (): string[] => context.router.batches.flatMap(({ tag, events }) => events.map(({ record }) => `${tag} ${plain(record)}`));
  const logged = (): string[] => context.log.lines.filter(({ level }) => level !== 'debug').map(({ level, message }) => `${level}: ${message}`);
  return { context, output, write, emitted, logged };
}

describe('the output exec_filter', () => {
  it('sends events through a command that keeps running', async () => {
    const { write, emitted } = await create({ command: 'while read -r l; do echo "$l,p=$$"; done' });
    await write('a=1\n');
    await until(() => emitted().length === 1);
    await write('a=2\na=3\n');
    await until(() => emitted().length === 3);
    const pid = /"p":"(\d+)"/.exec(emitted()[0]!)![1];
    expect(emitted()).toEqual([`out {"a":"1","p":"${pid}"}`, `out {"a":"2","p":"${pid}"}`, `out {"a":"3","p":"${pid}"}`]);
  });

  it('reads all that a command prints when its input ends', async () => {
    const { write, emitted, output } = await create({ command: 'sort -r' });
    await write('a=1\na=2\n');
    await output.flush!(never);
    expect(emitted()).toEqual(['out {"a":"2"}', 'out {"a":"1"}']);
    // Another output may have sent events in the meantime.
    await write('a=3\n');
    expect(emitted().at(-1)).toBe('out {"a":"3"}');
  });

  it('lets several commands take turns', async () => {
    const { write, emitted } = await create({ command: 'while read -r l; do echo "$l,p=$$"; done', num_children: 2 });
    for (let i = 0; i < 4; i++) await write(`a=${i}\n`);
    await until(() => emitted().length === 4);
    expect(new Set(emitted().map((line) => /"p":"(\d+)"/.exec(line)![1])).size).toBe(2);
  });

  it('starts a command again, as often as it may', async () => {
    const { write, emitted, logged } = await create({ command: 'read -r l; echo "$l"', child_respawn: '1' });
    await write('a=1\n');
    await until(() => logged().length === 1 && emitted().length === 1);
    await expect(write('a=2\n')).rejects.toThrow('no command is running');
    await until(() => logged().length === 2);
    await write('a=3\n');
    await until(() => emitted().length === 2);
    expect(logged().slice(0, 2)).toEqual(['warn: exec_filter process exited', 'info: exec_filter starts a process again']);
    expect(emitted()).toEqual(['out {"a":"1"}', 'out {"a":"3"}']);
  });

  it('takes tags off and puts them on, and tells the bad lines', async () => {
    const { output, write, emitted, logged } = await create({
      remove_prefix: 'raw', add_prefix: 'new', tag_key: 'to', suppress_error_log_interval: 60,
    });
    expect([output.format!('raw.a', { sec: 7, nsec: 0 }, new Map()), output.format!('rawer', { sec: 7, nsec: 0 }, new Map())]).toEqual([
      'a {"to":"a"}\n', 'rawer {"to":"rawer"}\n',
    ]);
    await write('a=1,to=x\nbad\nworse\na=2\n');
    await until(() => emitted().length === 2);
    expect(emitted()).toEqual(['new.x {"a":"1"}', 'out {"a":"2"}']);
    expect(logged()).toEqual(['error: exec_filter failed to emit: the output does not fit the parser']);
  });

  it.each<[Record<string, unknown>, string]>([
    [{ tag: undefined }, "'tag' or '<extract> tag_key' option is required on exec_filter output"],
    [{ child_respawn: 'often' }, "child_respawn: expected none (or 0), inf (or -1) or a positive number, found 'often'"],
    [{ num_children: 0 }, 'num_children: expected 1 or more, found 0'],
  ])('refuses %j', async (given, message) => {
    await expect(create(given)).rejects.toThrow(message);
  });
});
