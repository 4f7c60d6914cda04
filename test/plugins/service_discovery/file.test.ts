import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import file from '../../../plugins/service_discovery/file.ts';
import { createPlugin, testContext } from '../../support/context.ts';

let folder: string;
let context = testContext();
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'logferry-sd-'));
  context = testContext({ kind: 'service_discovery' });
});
afterEach(async () => {
  vi.useRealTimers();
  await context.close();
  rmSync(folder, { recursive: true });
});

async function start(name: string, text: string, encoding = 'utf-8') {
  const at = path.join(folder, name);
  writeFileSync(at, text);
  const discovery = createPlugin(file, { path: at, conf_encoding: encoding }, context);
  await discovery.start!();
  return { discovery, at };
}

const plain = { name: undefined, weight: 60, standby: false, username: '', password: '', sharedKey: undefined };

it('servers come from YAML with their defaults', async () => {
  const { discovery } = await start('sd.yaml', '- host: a\n  port: 1\n- host: b\n  port: 2\n  name: bb\n  weight: 5\n  standby: true\n  username: u\n  password: p\n  shared_key: k\n');
  expect(discovery.services()).toEqual([
    { ...plain, host: 'a', port: 1 },
    { host: 'b', port: 2, name: 'bb', weight: 5, standby: true, username: 'u', password: 'p', sharedKey: 'k' },
  ]);
});

it('servers come from JSON, and from YAML under any other name', async () => {
  expect((await start('sd.json', '[{"host":"a","port":1}]')).discovery.services()).toEqual([{ ...plain, host: 'a', port: 1 }]);
  expect((await start('servers', '- {host: a, port: 1}')).discovery.services()).toEqual([{ ...plain, host: 'a', port: 1 }]);
});

it('a changed file changes the servers; a broken one does not', async () => {
  vi.useFakeTimers();
  const { discovery, at } = await start('sd.yaml', '- {host: a, port: 1}');
  const changed = vi.fn<() => void>();
  discovery.onChange!(changed);
  writeFileSync(at, '- {host: a, port: 1}\n- {host: b, port: 2}\n');
  vi.advanceTimersByTime(4000);
  expect(changed).toHaveBeenCalledTimes(1);
  expect(discovery.services().map(({ host }) => host)).toEqual(['a', 'b']);
  writeFileSync(at, '- {port: 2}');
  vi.advanceTimersByTime(6000);
  expect(context.log.lines.map(({ message }) => message)).toEqual([
    'sd_file: server 1: host: expected a name or an address, found nothing. Service must have `host` and `port`',
  ]);
  expect(discovery.services()).toHaveLength(2);
});

it.each([
  ['- {host: a}', 'server 1: port: expected a whole number from 1 to 65535, found nothing'],
  ['- {host: a, port: 1}\n- {host: [], port: 1}', 'server 2: host: expected text, found []'],
  ['host: a', 'expected a list of servers'],
  ['- 5', 'server 1: host'],
])('%j is an error at the start', async (text, problem) => {
  await expect(start('sd.yaml', text)).rejects.toThrow(problem);
});

it('a missing file and an unknown encoding are configuration errors', async () => {
  await expect(async () => createPlugin(file, { path: path.join(folder, 'none.yaml') }, context).start!()).rejects.toThrow(/sd_file: path=.*none\.yaml ENOENT/s);
  expect(() => createPlugin(file, { conf_encoding: 'nope' }, context)).toThrow("the encoding 'nope' is not known");
});
