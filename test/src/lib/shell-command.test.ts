import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { describeEnd, startShellCommand } from '../../../src/lib/shell-command.ts';

async function outputOf(line: string, mergeErrors = false): Promise<string> {
  const command = startShellCommand(line, { output: true, mergeErrors });
  const parts: Buffer[] = [];
  for await (const part of command.output as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts).toString();
}

/** Whether a process exists and is no zombie. */
function isAlive(pid: number): boolean {
  const file = `/proc/${pid}/stat`;
  return existsSync(file) && !/\) Z /.test(readFileSync(file, 'utf8'));
}

describe('a shell command', () => {
  it('prints, with its errors if they are wanted', async () => {
    expect(await outputOf('echo a; echo b | tr b c')).toBe('a\nc\n');
    expect(await outputOf('echo a; echo b 1>&2', true)).toBe('a\nb\n');
  });

  it('takes input', async () => {
    const command = startShellCommand('cat', { input: true, output: true });
    command.input!.end('hello');
    const parts: Buffer[] = [];
    for await (const part of command.output as AsyncIterable<Buffer>) parts.push(part);
    expect(Buffer.concat(parts).toString()).toBe('hello');
  });

  it.each([['exit 3', 'exited with status 3'], ['no-such-program 2>/dev/null', 'exited with status 127'], ['kill -9 $$', 'was ended by SIGKILL']])(
    '%s: %s',
    async (line, end) => {
      expect(describeEnd(await startShellCommand(line).ended)).toBe(end);
    },
  );

  it('ends with all that it started, also what takes no notice of SIGTERM', async () => {
    const command = startShellCommand("trap '' TERM; sleep 60 & echo $!; wait; sleep 60", { output: true });
    const first = await new Promise<Buffer>((resolve) => command.output!.once('data', resolve));
    const child = Number(first.toString());
    expect(isAlive(child)).toBe(true);
    await command.stop(50);
    expect(describeEnd(await command.ended)).toBe('was ended by SIGKILL');
    expect([isAlive(command.pid!), isAlive(child)]).toEqual([false, false]);
  });

  it('does not wait for ever for a process that left its group and holds the pipe', async () => {
    const command = startShellCommand('setsid sleep 2 & exit 0', { output: true });
    await command.ended;
    await command.stop(50);
    expect(command.output!.destroyed).toBe(true);
  });
});
