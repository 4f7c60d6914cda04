/** Checks a configuration that is given as a text. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { plugins } from '../../plugins/index.ts';
import { createEnvironment } from '../../src/dry-run/environment.ts';
import { checkConfig, type CheckResult } from '../../src/lint/index.ts';
import { Registry } from '../../src/registry.ts';

export const registry = new Registry(plugins);

/** `env` is all of the environment that the configuration sees. */
export async function checkText(text: string, env: Record<string, string> = {}): Promise<CheckResult> {
  const folder = mkdtempSync(path.join(tmpdir(), 'logferry-check-'));
  try {
    const configFile = path.join(folder, 'fluent.conf');
    writeFileSync(configFile, text);
    return await checkConfig({ configFile, registry, evaluate: createEnvironment(env).evaluate });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `ID LINE` of each finding. */
export async function findings(text: string, env?: Record<string, string>): Promise<string[]> {
  const { findings: found, errors } = await checkText(text, env);
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
  return found.map(({ id, at }) => `${id} ${at?.line}`);
}

/** Output and texts of a command. */
export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

type Command = (argv: readonly string[], registry: Registry, io: { stdout: { write(text: string): void }; stderr: { write(text: string): void } }) => Promise<number>;

export async function say(run: Command, ...argv: string[]): Promise<Said> {
  let out = '';
  let err = '';
  const code = await run(argv, registry, { stdout: { write: (text) => void (out += text) }, stderr: { write: (text) => void (err += text) } });
  return { code, out, err };
}
