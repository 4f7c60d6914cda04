import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { builtProgram } from '../support/built-program.ts';
import { until } from '../support/agent.ts';

let folder: string;
let started: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'logferry-workers-'));
});
afterEach(() => {
  for (const child of started) child.kill('SIGKILL');
  started = [];
  rmSync(folder, { recursive: true, force: true });
});

/** Runs the program; `log` gives all that it wrote. */
function run(config: string): { child: ChildProcess; log(): string; ended: Promise<number | null> } {
  writeFileSync(path.join(folder, 'fluent.conf'), config);
  const child = spawn(process.execPath, [builtProgram(), '-c', path.join(folder, 'fluent.conf'), '--suppress-config-dump']);
  started.push(child);
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (log += data.toString()));
  return { child, log: () => log, ended: new Promise((resolve) => child.once('exit', resolve)) };
}

const CONFIG = `
<system>
  workers 2
</system>
<worker 1>
  <source>
    @type sample
    tag one
    rate 20
  </source>
</worker>
<source>
  @type sample
  tag both
  rate 20
</source>
<match fluent.**>
  @type null
</match>
<match **>
  @type file
  path FOLDER/out/\${tag}
  append true
  <buffer tag>
    path FOLDER/buffer
    flush_mode immediate
  </buffer>
</match>
`;

function written(tag: string): number {
  try {
    return readFileSync(path.join(folder, 'out', `${tag}.log`), 'utf8').split('\n').length - 1;
  } catch {
    return 0;
  }
}

describe('<system> workers', () => {
  test('runs a process for each, gives <worker N> to one of them, starts a dead one again and ends all in order', { timeout: 60_000 }, async () => {
    const { child, log, ended } = run(CONFIG.replaceAll('FOLDER', folder));
    const pids = (): number[] => [...log().matchAll(/#\d+ starting logferry-\S+ pid=(\d+)/g)].map(([, pid]) => Number(pid));
    await until(() => log().match(/worker is now running/g)?.length === 2, 20_000, log);
    await until(() => written('one') > 0 && written('both') > 0, 20_000, log);
    process.kill(pids()[0]!, 'SIGKILL');
    await until(() => log().match(/worker is now running/g)?.length === 3, 20_000, log);
    expect(log()).toContain('ended without being asked (signal SIGKILL); it is started again');
    child.kill('SIGHUP');
    await until(() => log().match(/the configuration was reloaded/g)?.length === 2, 20_000, log);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(log().match(/#[01] ledger: .*, balanced/g)).toHaveLength(2);
    expect(log()).toContain('all workers ended');
  });

  test('does not start when the configuration of one of them is wrong', { timeout: 30_000 }, async () => {
    const { log, ended } = run('<system>\n  workers 2\n</system>\n<worker 1>\n  <source>\n    @type nothing\n  </source>\n</worker>\n<match **>\n  @type null\n</match>\n');
    expect(await ended).toBe(1);
    expect(log()).toContain('the configuration of worker 1 cannot be used');
    expect(log()).toContain("Unknown input plugin 'nothing'");
  });

  test('the RPC tells when the new configuration of one of them is wrong, and none of them changes', { timeout: 60_000 }, async () => {
    const config = (input: string) => `<system>\n  workers 2\n  rpc_endpoint 127.0.0.1:0\n  enable_get_dump true\n</system>\n<worker 1>\n  <source>\n    @type ${input}\n    tag a\n  </source>\n</worker>\n<match **>\n  @type null\n</match>\n`;
    const { child, log, ended } = run(config('sample'));
    await until(() => log().match(/worker is now running/g)?.length === 2, 20_000, log);
    const port = /listening for RPC requests.* port=(\d+)/.exec(log())![1]!;
    const reload = async () => {
      const response = await fetch(`http://127.0.0.1:${port}/api/config.reload`);
      return [response.status, await response.json()];
    };
    writeFileSync(path.join(folder, 'fluent.conf'), config('nothing'));
    expect(await reload()).toEqual([500, {
      message: 'the new configuration is refused; the old one runs on', errors: [expect.stringContaining("fluent.conf:8:5: Unknown input plugin 'nothing'")], ok: false,
    }]);
    expect(log().match(/the new configuration is refused/g)).toHaveLength(1);
    writeFileSync(path.join(folder, 'fluent.conf'), config('sample').replace('tag a', 'tag b'));
    expect(await reload()).toEqual([200, { ok: true }]);
    expect(await (await fetch(`http://127.0.0.1:${port}/api/config.getDump`)).json()).toEqual({ conf: expect.stringContaining('tag b'), ok: true });
    await until(() => log().match(/the configuration was reloaded/g)?.length === 2, 20_000, log);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });
});
