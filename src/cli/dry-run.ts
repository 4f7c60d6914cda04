/** `logferry dry-run`: what a configuration would do to the logs of a node, without doing it. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import {
  createEnvironment, dryRun, isoTime, parseEnvironment, parseVariable, readObjects, reportText, type DryRunReport, type MissingVariable, type Progress,
  traceText, type SavedObjects, type Scene, type TraceReport,
} from '../dry-run/index.ts';
import { errorText } from '../errors.ts';
import { mountsOf, type Mount } from '../lib/mounts.ts';
import type { Registry } from '../registry.ts';
import type { CommandIo } from './io.ts';
import { openSampleNode } from './dry-run-sample.ts';
import { traceFile, traceLine } from './dry-run-trace.ts';
import { loadThirdParty } from './load-plugins.ts';
import { createProgressBar } from './progress-bar.ts';

const HELP = `Usage: logferry dry-run -c FILE --root DIR [OPTIONS]
       logferry dry-run --sample

Plays a configuration through over a copy of a node's logs and tells what it would do: which files
it reads, which way their lines take, what would arrive where, and what would be lost and why. It
writes nothing, connects to nothing, and needs no AWS credentials.

What is read:
  -c, --config FILE        the configuration, as it is
      --config-file-type T v1, yaml or guess (default)
      --root DIR           stands for / : /var/log is DIR/var/log
      --logs DIR           stands for /var/log alone
      --metadata FILE      Kubernetes objects: kubectl get pods,namespaces -A -o json
  -e, --env NAME=VALUE     an environment variable of the agent; may be repeated
      --env-file FILE      more of them, one on each line
  -p, --plugin DIR         load the plugins in DIR; may be repeated
      --sample             a sample node in place of --root and of all that is not given
      --now TIME           the time that it is, such as 2024-05-14T10:00:00Z (default: now)

What is shown:
      --show N             N events of each stream, as they would be stored
      --streams N          list N streams of each log group (default 20)
      --trace FILE:LINE    one line's way through every stage, instead of the report
      --trace-tag TAG      with a line from standard input: its way from this tag on
      --json FILE          the report as JSON; - is standard output, in place of the text
      --out FILE           the text into a file
      --no-colour          as with NO_COLOR
      --help

Without --root and --logs the logs of this machine are read.

Exit codes: 0 nothing would be lost, 1 the configuration is not valid or something given cannot be
used, 2 the configuration is valid, and something would be lost or rejected.
`;

const OPTIONS = {
  config: { type: 'string', short: 'c' },
  'config-file-type': { type: 'string' },
  root: { type: 'string' },
  logs: { type: 'string' },
  metadata: { type: 'string' },
  env: { type: 'string', short: 'e', multiple: true },
  'env-file': { type: 'string', multiple: true },
  plugin: { type: 'string', short: 'p', multiple: true },
  sample: { type: 'boolean' },
  now: { type: 'string' },
  show: { type: 'string' },
  streams: { type: 'string' },
  trace: { type: 'string' },
  'trace-tag': { type: 'string' },
  json: { type: 'string' },
  out: { type: 'string' },
  'no-colour': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Streams of each group in the text. */
const STREAMS = 20;

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

export async function run(argv: readonly string[], registry: Registry, io: CommandIo): Promise<number> {
  const { values } = parseArgs({ args: [...argv], options: OPTIONS, strict: true });
  if (values.help) {
    io.stdout.write(HELP);
    return 0;
  }
  if (!values.sample) return await play(values, registry, io);
  const sample = await openSampleNode(timeOf(values.now));
  try {
    for (const [name, value] of Object.entries(sample.env)) process.env[name] ??= value;
    const { config = sample.config, root = sample.root, metadata = sample.metadata } = values;
    return await play({ ...values, config, root, metadata }, registry, io);
  } finally {
    await sample.remove();
  }
}

async function play(values: Values, registry: Registry, io: CommandIo): Promise<number> {
  if (values.config === undefined) throw new Error("-c FILE is needed: the configuration. See 'logferry dry-run --help'.");
  for (const problem of await loadThirdParty({ folders: values.plugin, configFile: values.config }, registry)) io.stderr.write(`logferry: ${problem}\n`);
  const given = givenVariables(values);
  Object.assign(process.env, Object.fromEntries(given));
  const objects = values.metadata === undefined ? undefined : readObjects(readInput(values.metadata, '--metadata'), values.metadata);
  // Pods have been read from an API: the agent has run in a cluster.
  if (objects) for (const [name, value] of Object.entries(IN_CLUSTER)) process.env[name] ??= value;
  const environment = createEnvironment(process.env);
  const scene: Scene = {
    configFile: values.config,
    configFileType: typeOf(values['config-file-type']),
    registry,
    mounts: mountsFrom(values),
    evaluate: environment.evaluate,
    nowMs: timeOf(values.now),
    objects: objects && ((each) => objects.get(each)),
  };
  if (values.trace !== undefined || values['trace-tag'] !== undefined) return trace(scene, values, () => environment.missing(), io);
  return report(scene, { values, given: [...given.keys()].sort(), objects, missing: () => environment.missing() }, io);
}

async function trace(scene: Scene, values: Values, missing: Given['missing'], io: CommandIo): Promise<number> {
  const { 'trace-tag': tag, trace: place } = values;
  let reports: TraceReport[];
  try {
    reports = tag === undefined ? await traceFile(scene, place!) : [await traceLine(scene, lineFor(place), tag)];
  } catch (error) {
    if (tellMissing(missing(), io)) return 1;
    throw error;
  }
  if (tellMissing(missing(), io)) return 1;
  const text = reports.map((each) => traceText(each, false)).join('\n');
  const json = `${JSON.stringify(reports, undefined, 2)}\n`;
  if (values.json !== undefined && values.json !== '-') writeFileSync(values.json, json);
  if (values.out !== undefined) writeFileSync(values.out, text);
  if (values.json === '-') io.stdout.write(json);
  else if (values.out === undefined) io.stdout.write(reports.map((each) => traceText(each, hasColour(values, io))).join('\n'));
  return reports.some(({ delivered }) => delivered) ? 0 : 2;
}

/** A line of FILE:LINE, or the first one of standard input. */
function lineFor(place: string | undefined): string {
  if (place === undefined) return readFileSync(0, 'utf8').split('\n', 1)[0]!;
  const [, file, line] = /^(.+):(\d+)$/.exec(place) ?? [];
  const text = file === undefined ? undefined : readInput(file, '--trace').split('\n')[Number(line) - 1];
  if (text === undefined) throw new Error(`--trace: there is no such line: ${place}`);
  return text;
}

function tellMissing(missing: readonly MissingVariable[], io: CommandIo): boolean {
  const needed = missing.filter(({ hasDefault }) => !hasDefault);
  if (needed.length > 0) io.stderr.write(missingText(needed));
  return needed.length > 0;
}

function hasColour(values: Values, io: CommandIo): boolean {
  return !values['no-colour'] && process.env['NO_COLOR'] === undefined && (io.stdout as { isTTY?: boolean }).isTTY === true;
}

interface Given {
  readonly values: Values;
  readonly given: readonly string[];
  readonly objects: SavedObjects | undefined;
  readonly missing: () => readonly MissingVariable[];
}

async function report(scene: Scene, { values, given, objects, missing }: Given, io: CommandIo): Promise<number> {
  const toStdout = values.json === '-';
  const bar = createProgressBar(io.stderr);
  const made = await dryRun(scene, { samples: countOf(values.show, '--show', 0), progress: (progress: Progress) => bar.show(progress) }, () => ({
    configFile: scene.configFile,
    now: isoTime(scene.nowMs)!,
    mounts: scene.mounts.map(({ path: from, folder }) => ({ path: from, folder: path.relative(process.cwd(), folder) || '.' })),
    environment: { given, unset: missing().filter(({ hasDefault }) => hasDefault).map(({ name }) => name) },
    metadata: objects && values.metadata !== undefined ? { file: values.metadata, pods: objects.pods, namespaces: objects.namespaces } : null,
  })).finally(() => bar.end());
  if (tellMissing(missing(), io)) return 1;
  write(made, toStdout, values, io);
  return made.verdict.exitCode;
}

function write(made: DryRunReport, toStdout: boolean, values: Values, io: CommandIo): void {
  const json = `${JSON.stringify(made, undefined, 2)}\n`;
  if (values.json !== undefined && !toStdout) writeFileSync(values.json, json);
  if (values.out !== undefined) writeFileSync(values.out, reportText(made, { colour: false, streams: countOf(values.streams, '--streams', STREAMS) }));
  if (toStdout) io.stdout.write(json);
  else if (values.out === undefined) {
    io.stdout.write(reportText(made, { colour: hasColour(values, io), streams: countOf(values.streams, '--streams', STREAMS) }));
  }
}

/** What a pod finds in its environment: it is part of `master_url` in records. */
const IN_CLUSTER = { KUBERNETES_SERVICE_HOST: '10.100.0.1', KUBERNETES_SERVICE_PORT: '443' };

function missingText(needed: readonly MissingVariable[]): string {
  const width = Math.max(...needed.map(({ name }) => name.length));
  const lines = needed.map(({ name, at }) => `  ${name.padEnd(width)}  ${at.file}:${at.line}\n`);
  const example = needed.map(({ name }) => `--env ${name}=...`).join(' ');
  return `logferry: the configuration needs environment variables that are not set:\n${lines.join('')}Give them with ${example}, or with --env-file FILE.\n`;
}

function givenVariables(values: Values): Map<string, string> {
  const all = new Map<string, string>();
  for (const file of values['env-file'] ?? []) for (const [name, value] of parseEnvironment(readInput(file, '--env-file'), file)) all.set(name, value);
  for (const text of values.env ?? []) all.set(...parseVariable(text, '--env'));
  return all;
}

function mountsFrom(values: Values): Mount[] {
  const mounts: Mount[] = [];
  if (values.logs !== undefined) mounts.push({ path: '/var/log', folder: folderOf(values.logs, '--logs') });
  return mountsOf(mounts, values.root === undefined ? undefined : folderOf(values.root, '--root'));
}

function folderOf(folder: string, option: string): string {
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) throw new Error(`${option}: expected a folder, ${stat ? `${folder} is none` : `there is no ${folder}`}`);
  return path.resolve(folder);
}

function readInput(file: string, option: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`${option}: ${errorText(error)}`, { cause: error });
  }
}

function timeOf(text: string | undefined): number {
  if (text === undefined) return Date.now();
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new Error(`--now: expected a time such as 2024-05-14T10:00:00Z, found '${text}'`);
  return ms;
}

function countOf(text: string | undefined, option: string, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (!/^\d+$/.test(text)) throw new Error(`${option}: expected a whole number, found '${text}'`);
  return Number(text);
}

function typeOf(text: string | undefined): Scene['configFileType'] {
  if (text === undefined || text === 'v1' || text === 'yaml' || text === 'guess') return text;
  throw new Error(`--config-file-type: expected v1, yaml or guess, found '${text}'`);
}
