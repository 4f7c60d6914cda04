import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { plugins } from '../../../plugins/index.ts';
import { run as check } from '../../../src/cli/check.ts';
import { run as doctor } from '../../../src/cli/doctor.ts';
import { run as explain } from '../../../src/cli/explain.ts';
import { run as runTests } from '../../../src/cli/test.ts';
import { Registry } from '../../../src/registry.ts';

const FOLDER = mkdtempSync(path.join(tmpdir(), 'logferry-packages-'));
afterAll(() => rmSync(FOLDER, { recursive: true }));

function write(name: string, text: string): string {
  const file = path.join(FOLDER, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

write('node_modules/logferry-plugin-mine/package.json', '{"name": "logferry-plugin-mine", "type": "module", "logferry": {"plugins": {"output/mine": "./mine.js"}}}');
write('node_modules/logferry-plugin-mine/mine.js', "export default { kind: 'output', type: 'mine', doc: 'Throws events away.', config: {}, create: () => ({ emit() {} }) };\n");
write('node_modules/logferry-plugin-broken/package.json', '{"name": "logferry-plugin-broken", "type": "module"}');
write('node_modules/logferry-plugin-broken/index.js', 'export default 42;');
const CONFIG = write('fluent.conf', '<match **>\n  @type mine\n</match>\n');
const CASES = write('cases.yaml', 'config: fluent.conf\ncases:\n  - name: it arrives\n    input: [{tag: a, events: [{m: 1}]}]\n    expect: [{tag: a, events: [{m: 1}]}]\n');
const PROBLEM = 'logferry-plugin-broken/index.js: expected the default export to be a plugin definition or a list of them';

test.each([
  ['check', check, ['-c', CONFIG]],
  ['explain', explain, ['-c', CONFIG, '--tag', 'a']],
  ['test', runTests, [CASES, CASES]],
] as const)('%s knows the plugins of packages beside the configuration, and names broken ones once', async (name, run, argv) => {
  let err = '';
  const io = { stdout: { write: () => true }, stderr: { write: (text: string) => void (err += text) } };
  expect(await run(argv, new Registry(plugins), io)).toBe(0);
  expect(err.trimEnd().split('\n')).toEqual([expect.stringContaining(PROBLEM)]);
  expect(err).toMatch(new RegExp(`^logferry ${name}: `));
});

test('doctor knows them, too', async () => {
  const [out, err]: string[][] = [[], []];
  const io = { stdout: { write: (text: string) => void out!.push(text) }, stderr: { write: (text: string) => void err!.push(text) } };
  await doctor(['-c', CONFIG, '--json', '-'], new Registry(plugins), io);
  const { checks } = JSON.parse(out!.join('')) as { checks: { id: string; message: string }[] };
  expect(checks.find(({ id }) => id === 'config.valid')!.message).toBe('the configuration is valid: 1 plugins');
  expect(err).toEqual([expect.stringMatching(/^logferry doctor: .*logferry-plugin-broken/)]);
});
