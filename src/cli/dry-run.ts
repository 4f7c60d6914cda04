/** `logferry dry-run`: what a configuration would do to the logs of a node, without doing it. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { parseArgs } from 'node:util';
import {
  createEnvironment, dryRun, dryRunFingerprinted, fitted, isoTime, makePlan, parsePrices, readObjects, reportHtml, reportText, traceText,
  type ComparisonReport, type DryRunReport, type Fingerprinted, type MissingVariable, type Progress, type SavedObjects, type Scene, type SetupReport, type TraceReport,
} from '../dry-run/index.ts';
import { errorText } from '../errors.ts';
import { mountsOf, type Mount } from '../lib/mounts.ts';
import type { Registry } from '../registry.ts';
import { columnsOf, hasColour as mayHaveColour } from './check.ts';
import { createComparer } from './dry-run-compare.ts';
import { configFileType, ENVIRONMENT_HELP, ENVIRONMENT_OPTIONS, givenVariables, readInput } from './environment-options.ts';
import type { CommandIo } from './io.ts';
import { openSampleNode } from './dry-run-sample.ts';
import { traceFile, traceLine } from './dry-run-trace.ts';
import { loadThirdParty } from './load-plugins.ts';
import { parseOptions } from './parse-options.ts';
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
${ENVIRONMENT_HELP}
  -p, --plugin DIR         load the plugins in DIR; may be repeated
      --sample             a sample node in place of --root and of all that is not given
      --now TIME           the time that it is, such as 2024-05-14T10:00:00Z (default: now)
      --price NAME=USD     a price for the estimate of the cost: ingestion, ingestion-infrequent
                           or storage, for a GB (and month); may be repeated

What is shown:
      --show N             N events of each stream, as they would be stored
      --streams N          list N streams of each log group (default 20)
      --trace FILE:LINE    one line's way through every stage, instead of the report
      --trace-tag TAG      with a line from standard input: its way from this tag on
      --html FILE          the report as a page for browsers, complete in one file
      --json FILE          the report as JSON; - is standard output, in place of the text
      --text FILE          the text into a file
      --policy FILE        the IAM policy that the configuration needs; - is standard output
      --no-colour          as with NO_COLOR
      --help

What changes:
      --out PLAN           a plan, to compare with later
      --compare PLAN       what changes since that plan, for the same logs
      --compare-config FILE  what changes since that configuration: plays through both, and compares
                           every event of every file in which something differs
      --fail-on-change     exit code 2 if something changes

Counts and contents of streams are compared exactly, whatever their size. Single events are followed
from their line to their place: with --compare in the first 20,000 lines of each file (400,000 in
all), with --compare-config in 1,000,000 lines of the files in which something differs.

Without --root and --logs the logs of this machine are read. The agent's own log, whose events have
tags such as fluent.info, is not played through.

Exit codes: 0 nothing would be lost, 1 the configuration is not valid or something given cannot be
used, 2 the configuration is valid, and something would be lost or rejected (or it changes, and
--fail-on-change was given).
`;

const OPTIONS = {
  config: { type: 'string', short: 'c' },
  'config-file-type': { type: 'string' },
  root: { type: 'string' },
  logs: { type: 'string' },
  metadata: { type: 'string' },
  ...ENVIRONMENT_OPTIONS,
  plugin: { type: 'string', short: 'p', multiple: true },
  sample: { type: 'boolean' },
  now: { type: 'string' },
  show: { type: 'string' },
  streams: { type: 'string' },
  trace: { type: 'string' },
  'trace-tag': { type: 'string' },
  json: { type: 'string' },
  text: { type: 'string' },
  html: { type: 'string' },
  policy: { type: 'string' },
  price: { type: 'string', multiple: true },
  out: { type: 'string' },
  compare: { type: 'string' },
  'compare-config': { type: 'string' },
  'fail-on-change': { type: 'boolean' },
  'no-colour': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Sample events of each stream on a page. */
const HTML_SAMPLES = 2;
/** Streams of each group in the text. */
const STREAMS = 20;

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'] & {
  /** The folder that stands for / is a copy with a name of its own each time. */
  readonly isSample?: boolean;
};

export async function run(argv: readonly string[], registry: Registry, io: CommandIo): Promise<number> {
  const values = parseOptions(argv, OPTIONS, 'dry-run');
  if (values.help) {
    io.stdout.write(HELP);
    return 0;
  }
  if (!values.sample) return await play(values, registry, io);
  const sample = await openSampleNode(timeOf(values.now));
  try {
    for (const [name, value] of Object.entries(sample.env)) process.env[name] ??= value;
    const { config = nearby(sample.config), root = sample.root, metadata = nearby(sample.metadata) } = values;
    return await play({ ...values, config, root, metadata, isSample: root === sample.root }, registry, io);
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
    configFileType: configFileType(values['config-file-type']),
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
  const json = `${JSON.stringify(reports, undefined, 2)}\n`;
  if (values.json !== undefined && values.json !== '-') writeOutput('--json', values.json, json);
  if (values.text !== undefined) writeOutput('--text', values.text, reports.map((each) => traceText(each, false)).join('\n'));
  if (values.json === '-') io.stdout.write(json);
  else if (values.text === undefined) io.stdout.write(fitted(reports.map((each) => traceText(each, hasColour(values, io))).join('\n'), columnsOf(io)));
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
  return mayHaveColour(values['no-colour'] === true, io);
}

interface Given {
  readonly values: Values;
  readonly given: readonly string[];
  readonly objects: SavedObjects | undefined;
  readonly missing: () => readonly MissingVariable[];
}

async function report(scene: Scene, { values, given, objects, missing }: Given, io: CommandIo): Promise<number> {
  const bar = createProgressBar(io.stderr);
  const setupOf = (of: Scene, unset: Given['missing']) => (): SetupReport => ({
    configFile: of.configFile,
    now: isoTime(of.nowMs)!,
    mounts: of.mounts.map(({ path: from, folder }) => ({ path: from, folder: values.isSample ? '(the sample node, with its times moved to now)' : nearby(folder) })),
    environment: { given, unset: unset().filter(({ hasDefault }) => hasDefault).map(({ name }) => name) },
    metadata: objects && values.metadata !== undefined ? { file: values.metadata, pods: objects.pods, namespaces: objects.namespaces } : null,
  });
  const options = { samples: countOf(values.show, '--show', values.html === undefined ? 0 : HTML_SAMPLES), progress: (progress: Progress) => bar.show(progress), prices: parsePrices(values.price ?? []) };
  const comparer = createComparer(values, options, (configFile) => {
    const environment = createEnvironment(process.env);
    const other: Scene = { ...scene, configFile, evaluate: environment.evaluate };
    return { scene: other, setup: setupOf(other, () => environment.missing()), missing: () => environment.missing().filter(({ hasDefault }) => !hasDefault).map(({ name }) => name) };
  });
  let made: DryRunReport;
  let comparison: ComparisonReport | null = null;
  try {
    let run: Fingerprinted | undefined;
    if (comparer || values.out !== undefined) {
      run = await dryRunFingerprinted(scene, options, setupOf(scene, missing));
      made = run.report;
    } else made = await dryRun(scene, options, setupOf(scene, missing));
    if (run && made.verdict.status !== 'invalid' && missing().every(({ hasDefault }) => hasDefault)) {
      if (values.out !== undefined) writeOutput('--out', values.out, `${JSON.stringify(await makePlan(run))}\n`);
      comparison = (await comparer?.(run)) ?? null;
    }
  } finally {
    bar.end();
  }
  if (tellMissing(missing(), io)) return 1;
  write(made, comparison, values, io);
  if (made.verdict.exitCode !== 0) return made.verdict.exitCode;
  return values['fail-on-change'] && comparison?.differs ? 2 : 0;
}

function write(full: DryRunReport, comparison: ComparisonReport | null, values: Values, io: CommandIo): void {
  // A page has samples in any case.
  const made = values.show === undefined ? withoutSamples(full) : full;
  const json = `${JSON.stringify(comparison === null ? made : { ...made, comparison }, undefined, 2)}\n`;
  if (values.json !== undefined && values.json !== '-') writeOutput('--json', values.json, json);
  if (values.html !== undefined) writeOutput('--html', values.html, reportHtml(full, comparison));
  const textOptions = { colour: false, streams: countOf(values.streams, '--streams', STREAMS), comparison };
  if (values.text !== undefined) writeOutput('--text', values.text, reportText(made, textOptions));
  const policy = `${JSON.stringify(made.iam?.policy ?? null, undefined, 2)}\n`;
  if (values.policy !== undefined && values.policy !== '-') writeOutput('--policy', values.policy, policy);
  if (values.json === '-') io.stdout.write(json);
  else if (values.policy === '-') io.stdout.write(policy);
  else if (values.text === undefined) io.stdout.write(fitted(reportText(made, { ...textOptions, colour: hasColour(values, io) }), columnsOf(io)));
}

/** Throws an Error that begins with the option. */
function writeOutput(option: string, file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new Error(`${option}: ${errorText(error)}`, { cause: error });
  }
}

function withoutSamples(made: DryRunReport): DryRunReport {
  const groups = made.cloudwatch.groups.map((each) => ({ ...each, streams: each.streams.map((stream) => ({ ...stream, samples: [] })) }));
  return { ...made, cloudwatch: { ...made.cloudwatch, groups }, destinations: made.destinations.map((each) => ({ ...each, samples: [] })) };
}

/** What a pod finds in its environment: it is part of `master_url` in records. */
const IN_CLUSTER = { KUBERNETES_SERVICE_HOST: '10.100.0.1', KUBERNETES_SERVICE_PORT: '443' };

function missingText(needed: readonly MissingVariable[]): string {
  const width = Math.max(...needed.map(({ name }) => name.length));
  const lines = needed.map(({ name, at }) => `  ${name.padEnd(width)}  ${at.file}:${at.line}\n`);
  const example = needed.map(({ name }) => `--env ${name}=...`).join(' ');
  return `logferry: the configuration needs environment variables that are not set:\n${lines.join('')}Give them with ${example}, or with --env-file FILE.\n`;
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

/** From the working directory, if it is in it. */
function nearby(file: string): string {
  const relative = path.relative(process.cwd(), file) || '.';
  return relative.startsWith('..') ? file : relative;
}
