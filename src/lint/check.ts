/** Everything that can be said of a configuration without starting it: what is wrong, and what is doubtful. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Agent } from '../app.ts';
import type { Evaluate } from '../config/embedded.ts';
import type { ConfigElement } from '../config/element.ts';
import { addConfigDirectory, readConfig, type ReadOptions } from '../config/read.ts';
import { ConfigError, errorText, type ConfigProblem } from '../errors.ts';
import { systemClock } from '../lib/clock.ts';
import { decodeText } from '../lib/text.ts';
import type { Registry } from '../registry.ts';
import type { Finding } from './finding.ts';
import { lintConfig, type ConfigFile } from './lint.ts';
import type { LintModel } from './model.ts';

export interface CheckOptions {
  readonly configFile: string;
  readonly configFileType?: 'v1' | 'yaml' | 'guess' | undefined;
  readonly inlineConfig?: string | undefined;
  readonly registry: Registry;
  /** Evaluates `"#{...}"`. */
  readonly evaluate: Evaluate;
  readonly ignore?: ReadonlySet<string> | undefined;
  /** Folders of another place: see `--root`. */
  readonly root?: string | undefined;
}

export interface CheckResult {
  /** What a start would fail with; each once. */
  readonly errors: readonly ConfigProblem[];
  readonly findings: readonly Finding[];
  readonly suppressed: number;
  readonly files: readonly string[];
  /** undefined if the files cannot be read as a configuration. */
  readonly model: LintModel | undefined;
}

/** Never throws for what is wrong with the configuration. */
export async function checkConfig(options: CheckOptions): Promise<CheckResult> {
  const read = readAll(options);
  const log: string[] = [];
  let errors: readonly ConfigProblem[] = [];
  try {
    await loadOnly(options, (line) => void log.push(line));
  } catch (error) {
    errors = error instanceof ConfigError ? error.problems : [{ message: errorText(error) }];
  }
  const { root, files, early } = read;
  if (!root) return { errors, findings: [], suppressed: 0, files: files.map(({ name }) => name), model: undefined };
  const { findings, suppressed, model } = await lintConfig(root, { registry: options.registry, files, ignore: options.ignore, early, logged: createWarnings(log) });
  return { errors, findings, suppressed, files: files.map(({ name }) => name), model };
}

/** Reads the files as the agent does. */
export function readAll(options: Pick<CheckOptions, 'configFile' | 'configFileType' | 'inlineConfig' | 'evaluate' | 'root'>): {
  readonly root: ConfigElement | undefined; readonly files: readonly ConfigFile[]; readonly early: readonly ConfigProblem[];
} {
  const files: ConfigFile[] = [];
  const early: ConfigProblem[] = [];
  const read: ReadOptions = {
    configFileType: options.configFileType,
    inlineConfig: options.inlineConfig,
    evaluate: options.evaluate,
    warn: (message, at) => void early.push({ message, at }),
    readFile: undefined,
    onFile: (file) => {
      const main = files.length === 0;
      // The main file's name is as given; that of others begins with its folder.
      const folder = path.dirname(options.configFile);
      const name = main ? options.configFile : path.isAbsolute(folder) ? file : path.join(folder, path.relative(path.resolve(folder), file));
      files.push({ name, text: decodeText(readFileSync(file)) });
    },
  };
  try {
    let root = readConfig(options.configFile, read);
    const directory = root.elements.find(({ name }) => name === 'system')?.params.get('config_include_dir')?.text ?? '/etc/fluent/conf.d';
    if (directory !== '') root = addConfigDirectory(root, options.root === undefined ? directory : path.join(options.root, directory), { ...read, inlineConfig: undefined });
    return { root, files, early };
  } catch {
    return { root: undefined, files, early };
  }
}

/** Creates every plugin; nothing is opened. */
async function loadOnly(options: CheckOptions, write: (line: string) => void): Promise<void> {
  const agent = new Agent({
    ...options,
    suppressConfigDump: true,
    write,
    ownLogFile: true,
    colour: false,
    rehearsal: { clock: systemClock, evaluate: options.evaluate, standIn: () => undefined, shared: new Map() },
  });
  await agent.load();
}

/** Warnings of plugins: lines of the log, without time and level. */
function createWarnings(log: readonly string[]): string[] {
  const skipped = /pos_file PATH|highly recommended to save the position/;
  return log.flatMap((line) => {
    const message = /\[warn\]: (?:#\d+ )?([^]*?)\n?$/.exec(line)?.[1];
    return message === undefined || skipped.test(message) ? [] : [message];
  });
}
