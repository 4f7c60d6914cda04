/** What `logferry create-plugin` writes is built, tested and run, by a program that was built for this test. */
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TEMPLATES } from '../../../src/cli/create-plugin-templates.ts';
import type { Kind } from '../../../src/plugin.ts';
import { until } from '../../support/agent.ts';
import { builtProgram } from '../../support/built-program.ts';

const PROJECT = path.join(import.meta.dirname, '../../..');
const TSC = path.join(PROJECT, 'node_modules/typescript/bin/tsc');
const execute = promisify(execFile);
const kinds = Object.keys(TEMPLATES) as Kind[];

let place: string;
const at = (...names: string[]): string => path.join(place, ...names);
const main = builtProgram;
/** The package as it would be installed. */
const program = (): string => path.resolve(main(), '../../..');

beforeAll(() => {
  place = mkdtempSync(path.join(tmpdir(), 'logferry-create-'));
}, 60_000);

afterAll(() => rmSync(place, { recursive: true, force: true }));

async function create(kind: Kind, name: string, folder: string, ...more: string[]): Promise<string> {
  const { stdout } = await execute(process.execPath, [main(), 'create-plugin', kind, name, '--dir', folder, ...more]);
  return stdout;
}

/** Runs the program until its output, or a file, has a text; then ends it. Gives the exit code. */
async function runUntil(args: readonly string[], text: RegExp, { file, env = {}, cwd = place }: { file?: string; env?: NodeJS.ProcessEnv; cwd?: string } = {}): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [main(), ...args], { cwd, env: { ...process.env, ...env } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (output += bytes.toString()));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  let over = false;
  void ended.then(() => (over = true));
  await until(() => over || text.test(file === undefined ? output : existsSync(file) ? readFileSync(file, 'utf8') : ''), 10_000, () => output);
  child.kill('SIGTERM');
  return { code: await ended, output };
}

/** Where what each plugin does is seen. */
const SEEN: Readonly<Record<Kind, RegExp>> = {
  input: /demo: \{"message":"hello"\}/,
  filter: /"seen_by":"my_filter"/,
  output: /\{"message":"hello"\}\n/,
  parser: /demo: \{"level":"warn","user":"42"\}/,
  formatter: /message=hello\n/,
  buffer: /demo: \{"message":"hello"\}/,
  storage: /demo: .*"n":1/,
  service_discovery: /worker is now running/,
};

describe('a plugin of each kind', () => {
  test('in JavaScript passes its test', async () => {
    await Promise.all(kinds.map((kind) => create(kind, `my_${kind}`, at(kind))));
    await execute(process.execPath, ['--test', ...kinds.map((kind) => at(kind, 'test/index.test.js'))]);
    for (const kind of kinds) expect(readFileSync(at(kind, 'README.md'), 'utf8')).toMatch(/<!-- logferry:parameters -->\n\n(\| Parameter|It takes)/);
  }, 60_000);

  test('in TypeScript compiles and passes its test', async () => {
    await Promise.all(kinds.map((kind) => create(kind, `my_${kind}`, at('ts', kind), '--typescript')));
    // All in one go, with the options of each.
    const config = JSON.parse(readFileSync(at('ts', kinds[0]!, 'tsconfig.json'), 'utf8')) as { compilerOptions: object };
    for (const kind of kinds) expect(JSON.parse(readFileSync(at('ts', kind, 'tsconfig.json'), 'utf8'))).toEqual(config);
    writeFileSync(at('ts/package.json'), '{"type":"module"}');
    writeFileSync(at('ts/tsconfig.json'), JSON.stringify({ ...config, include: kinds.flatMap((kind) => [`${kind}/src`, `${kind}/test`]) }));
    mkdirSync(at('ts/node_modules/@types'), { recursive: true });
    symlinkSync(path.join(PROJECT, 'node_modules/@types/node'), at('ts/node_modules/@types/node'));
    symlinkSync(program(), at('ts/node_modules/logferry'));
    const { stdout } = await execute(process.execPath, [TSC, '-p', at('ts')]).catch((error: { stdout: string }) => error);
    expect(stdout).toBe('');
    await execute(process.execPath, ['--test', ...kinds.map((kind) => at('ts/dist', kind, 'test/index.test.js'))], { cwd: at('ts') });
  }, 60_000);

  test.each(kinds)('of the kind %s runs', async (kind) => {
    const file = kind === 'output' ? at('out.log') : undefined;
    const { code, output } = await runUntil(['-p', at(kind, 'src'), '-c', at(kind, 'example.conf'), '--suppress-config-dump'], SEEN[kind], {
      ...(file !== undefined && { file }), env: { OUT: at('out.log') },
    });
    expect(output).not.toMatch(/\[error\]|\[fatal\]/);
    expect(code).toBe(0);
  }, 30_000);
});

describe('an installed package', () => {
  const install = async (name: string, from: string, to: string): Promise<void> => {
    await cp(at(from), path.join(to, 'node_modules', name), { recursive: true, filter: (file) => path.basename(file) !== 'node_modules' });
  };

  test('is found beside the configuration, and uses the API of the program that runs', async () => {
    const folder = at('installed');
    await create('filter', 'pack', at('pack'));
    await install('logferry-plugin-pack', 'pack', folder);
    await cp(at('pack/example.conf'), path.join(folder, 'fluent.conf'));
    const { code } = await runUntil(['-c', path.join(folder, 'fluent.conf')], /"seen_by":"pack"/);
    expect(code).toBe(0);
  }, 20_000);

  test('that has a copy of the API in its own node_modules uses the one of the program all the same', async () => {
    const folder = at('copied');
    await create('filter', 'twin', at('twin'));
    await install('@me/logferry-plugin-twin', 'twin', folder);
    const copy = path.join(folder, 'node_modules/@me/logferry-plugin-twin/node_modules/logferry');
    mkdirSync(copy, { recursive: true });
    writeFileSync(path.join(copy, 'package.json'), '{"name":"logferry","type":"module","exports":"./index.js"}');
    writeFileSync(path.join(copy, 'index.js'), 'throw new Error("this copy must not be loaded");');
    await cp(at('twin/example.conf'), path.join(folder, 'fluent.conf'));
    const { code } = await runUntil(['-c', path.join(folder, 'fluent.conf')], /"seen_by":"twin"/);
    expect(code).toBe(0);
  }, 20_000);

  test('that is broken harms nobody who does not use it, and is named', async () => {
    const folder = at('broken');
    mkdirSync(path.join(folder, 'node_modules/logferry-plugin-broken'), { recursive: true });
    writeFileSync(path.join(folder, 'node_modules/logferry-plugin-broken/package.json'), '{"name":"logferry-plugin-broken","type":"module"}');
    writeFileSync(path.join(folder, 'node_modules/logferry-plugin-broken/index.js'), 'export default 42;');
    writeFileSync(path.join(folder, 'fluent.conf'), '<match **>\n@type null\n</match>\n');
    const { code, output } = await runUntil(['-c', path.join(folder, 'fluent.conf')], /worker is now running/);
    expect(code).toBe(0);
    expect(output).toContain('logferry-plugin-broken/index.js: expected the default export to be a plugin definition or a list of them');
  }, 20_000);
});

describe('a plugin that misbehaves in the program', () => {
  const plugin = async (name: string, start: string, signal: RegExp): Promise<{ code: number | null; output: string }> => {
    const folder = at(`bad-${name}`);
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'bad.js'), `import { defineOutput } from 'logferry';\nexport default defineOutput({ type: 'bad', doc: 'Bad.', config: {}, create: (_, context) => ({ ${start}, emit() {} }) });\n`);
    writeFileSync(path.join(folder, 'fluent.conf'), '<match **>\n@type bad\n</match>\n');
    return runUntil(['-p', folder, '-c', path.join(folder, 'fluent.conf'), '--shutdown-timeout', '1'], signal);
  };

  test('a timer that is never cleared does not keep the process', async () => {
    expect((await plugin('timer', 'start() { setInterval(() => {}, 10); }', /now running/)).code).toBe(0);
  }, 20_000);

  test('a stop that hangs ends with the deadline', async () => {
    const { code, output } = await plugin('stop', 'stop: () => new Promise(() => {})', /now running/);
    expect(code).toBe(0);
    expect(output).toContain("output plugin 'bad' did not end its stop in time and is left alone");
  }, 20_000);

  test.each([
    ['throws in a timer', 'start() { setTimeout(() => { throw new Error("oops"); }, 50); }'],
    ['leaves a promise unhandled', 'start() { setTimeout(() => { Promise.reject(new Error("oops")); }, 50); }'],
  ])('one that %s ends the agent in order, to be started again', async (name, start) => {
    const { code, output } = await plugin(name.replaceAll(' ', '-'), start, /worker finished/);
    expect(output).toContain('unexpected error outside of any call, in a timer or a promise of a plugin');
    expect(output).toContain('oops');
    expect(code).toBe(1);
  }, 20_000);
});

test('wrong arguments are said with what is right', async () => {
  const fails = async (...args: string[]): Promise<string> => {
    const error = (await execute(process.execPath, [main(), 'create-plugin', ...args]).catch((thrown: unknown) => thrown)) as { code: number; stderr: string };
    return `${error.code}: ${error.stderr.split('\n', 1)[0]}`;
  };
  expect(await fails()).toBe('2: logferry create-plugin: expected a kind and a name, found nothing');
  expect(await fails('inpt', 'x')).toContain("2: logferry create-plugin: there is no kind 'inpt'; did you mean 'input'?");
  expect(await fails('input', 'My-Thing')).toBe("2: logferry create-plugin: expected a name of small letters, digits and '_', found 'My-Thing'");
  mkdirSync(at('full/x'), { recursive: true });
  expect(await fails('input', 'x', '--dir', at('full'))).toBe(`1: logferry create-plugin: ${at('full')} is there already, and not empty: choose another folder with --dir`);
}, 20_000);
