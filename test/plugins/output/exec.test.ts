import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import plugin from '../../../plugins/output/exec.ts';
import type { BufferedOutput, Chunk, DelayedCommit } from '../../../src/plugin.ts';
import { until } from '../../support/agent.ts';
import { configOf, testContext } from '../../support/context.ts';

const never = new AbortController().signal;

function place(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'logferry-out-exec-test-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}

function create(given: Readonly<Record<string, unknown>>) {
  const base = testContext({ kind: 'output', type: 'exec' });
  const context = { ...base, create: () => ({ format: (tag: string) => `${tag}\n` }) as never };
  const output = plugin.create(configOf(plugin.config, { format: {}, ...given } as never), context) as BufferedOutput;
  const write = async (chunk: Partial<Chunk>, signal = never): Promise<void> => {
    const result = (await output.write({ id: 'ab', read: () => Buffer.from('events\n'), ...chunk } as Chunk, signal)) as DelayedCommit;
    await result.committed;
  };
  return { context, output, write };
}

/** Files of the plugin that are left in the folder for temporary files. */
const leftOver = (id: string): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith(`logferry-out-exec-${id}-`));

describe('the output exec', () => {
  it('gives the path of a temporary file with the events as the last word, and removes it', async () => {
    const dir = place();
    const { write } = create({ command: `sh -c 'cat "$0" > ${dir}/out; echo "$0" > ${dir}/name'` });
    await write({ id: 'cd02' });
    expect(readFileSync(path.join(dir, 'out'), 'utf8')).toBe('events\n');
    const name = readFileSync(path.join(dir, 'name'), 'utf8').trim();
    expect(path.basename(name)).toMatch(/^logferry-out-exec-cd02-[0-9a-f]{8}$/);
    expect([existsSync(name), leftOver('cd02')]).toEqual([false, []]);
  });

  it("gives the path of the buffer's own file, unless that is compressed", async () => {
    const dir = place();
    const file = path.join(dir, "it's a chunk.log");
    writeFileSync(file, 'from the file\n');
    const { write: cat } = create({ command: `sh -c 'cat "$0" >> ${dir}/out'` });
    await cat({ path: file, stored: () => ({ compress: 'text', bytes: Buffer.alloc(0) }) });
    await cat({ path: file, stored: () => ({ compress: 'gzip', bytes: Buffer.alloc(0) }) });
    expect(readFileSync(path.join(dir, 'out'), 'utf8')).toBe('from the file\nevents\n');
    expect(existsSync(file)).toBe(true);
  });

  it('fails if the command does, with its status', async () => {
    const { write, context } = create({ command: 'exit 3;' });
    await expect(write({})).rejects.toThrow('the command exited with status 3: exit 3;');
    expect(context.log.lines.map(({ message, fields }) => [message, fields?.['status']])).toEqual([['command exits with error code', 3]]);
  });

  it('ends a command that takes too long', async () => {
    const { write } = create({ command: 'sleep 60;', command_timeout: 0.05 });
    await expect(write({})).rejects.toThrow('the command was ended as it ran for more than 0.05 seconds: sleep 60;');
  });

  it('ends a command when the agent has no more time', async () => {
    const stop = new AbortController();
    const started = path.join(place(), 'started');
    const { write } = create({ command: `touch ${started}; sleep 60;` });
    const writing = write({ id: 'ef03' }, stop.signal);
    writing.catch(() => {});
    await until(() => existsSync(started));
    stop.abort();
    await expect(writing).rejects.toThrow('the command was ended by SIGTERM');
    await expect(write({ id: 'ef03' }, stop.signal)).rejects.toThrow('the agent ends: the command was not run');
    expect(leftOver('ef03')).toEqual([]);
  });

  it('adds the time in UTC by default', () => {
    const { output } = create({
      command: 'true',
      inject: { tag_key: 'tag', time_key: 'time', time_type: 'string', time_format: '%H:%M', localtime: false, utc: false },
    });
    expect(output.format!('t', { sec: 0, nsec: 0 }, new Map())).toBe('t\n');
  });
});
