/** `logferry test`: example cases of a configuration, run without network and state. */
import { writeFileSync } from 'node:fs';
import { createPaint, oneLine, type Paint } from '../dry-run/layout.ts';
import { ConfigError, errorText, problemText } from '../errors.ts';
import type { Registry } from '../registry.ts';
import { hasColour } from './check.ts';
import { configFileType, ENVIRONMENT_HELP, ENVIRONMENT_OPTIONS, givenVariables, readInput } from './environment-options.ts';
import type { CommandIo } from './io.ts';
import { junitXml, type JunitCase } from './junit.ts';
import { loadThirdParty } from './load-plugins.ts';
import { parseOptionsAndNames } from './parse-options.ts';
import { readCases, type CaseFile, type TestCase } from './test-cases.ts';
import { compareCase, type Mismatch } from './test-compare.ts';
import { runCase, type TestScene } from './test-run.ts';
import { updateExpectations } from './test-update.ts';

const HELP = `Usage: logferry test [-c FILE] [OPTIONS] CASES.yaml ...

Runs example cases of a configuration: lines or events go in, and what leaves is compared with what
is expected. Lines pass the parser and the filters of the source that reads their path; nothing is
connected to, and nothing is kept.

  -c, --config FILE        the configuration; else the one that the file of cases names
      --config-file-type T v1, yaml or guess (default)
${ENVIRONMENT_HELP}
  -p, --plugin DIR         load the plugins in DIR; may be repeated
      --filter TEXT        only cases with TEXT in their names
      --update             write what left into the expectations of cases that fail
      --junit FILE         write the results as JUnit XML
      --no-colour          as with NO_COLOR
      --help

A file of cases:

  config: fluent.conf              # beside this file
  env: {CLUSTER_NAME: demo}        # env, now, metadata and compare count for all cases, or stand in one
  cases:
    - name: a stack trace is one event
      now: 2024-05-14T10:00:00Z    # without it, the age of events is not looked at
      metadata: pods.json          # kubectl get pods,namespaces -A -o json; or the objects themselves
      compare: subset              # of records: subset (default) or exact
      input:
        - path: /var/log/app.log   # lines of a file, as a list or a text
          lines: [first, second]
        - tag: app.web             # events, to the top level or to a label
          label: '@NORMAL'
          events: [{message: hello, $time: 2024-05-14T09:59:00Z}]
      expect:                      # everything that leaves, [] if nothing does
        - group: app               # CloudWatch Logs
          stream: web
          events: [{log: first}, {log: second, $without: [secret]}]
        - tag: app.web             # any output; output: ID where several get the tag
          events: [{message: hello}]
      lost: {unmatched-line: 1}    # what is lost, by its id in a dry run; else nothing may be

Exit codes: 0 all pass, 1 something given cannot be used, 2 a case fails.
`;

const OPTIONS = {
  config: { type: 'string', short: 'c' },
  'config-file-type': { type: 'string' },
  ...ENVIRONMENT_OPTIONS,
  plugin: { type: 'string', short: 'p', multiple: true },
  filter: { type: 'string' },
  update: { type: 'boolean' },
  junit: { type: 'string' },
  'no-colour': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

interface Result {
  readonly file: CaseFile;
  readonly test: TestCase;
  readonly mismatches: readonly Mismatch[];
  readonly seconds: number;
  readonly updated: boolean;
}

export async function run(argv: readonly string[], registry: Registry, io: CommandIo): Promise<number> {
  const { values, positionals } = parseOptionsAndNames(argv, OPTIONS, 'test');
  if (values.help) {
    io.stdout.write(HELP);
    return 0;
  }
  if (positionals.length === 0) throw new Error("a file of test cases is needed. See 'logferry test --help'.");
  Object.assign(process.env, Object.fromEntries(givenVariables(values)));
  const type = configFileType(values['config-file-type']);
  const paint = createPaint(hasColour(values['no-colour'] === true, io));
  const results: Result[] = [];
  try {
    const files = positionals.map((name) => readCases(readInput(name, 'test'), name));
    const configFiles = files.map(({ file, config }) => {
      const configFile = values.config ?? config;
      if (configFile === undefined) throw new Error(`${file}: no configuration: give -c FILE, or config in the file`);
      return configFile;
    });
    for (const problem of await loadThirdParty({ folders: values.plugin, configFile: configFiles }, registry)) io.stderr.write(`logferry test: ${problem}\n`);
    for (const [i, file] of files.entries()) results.push(...(await runFile(file, { configFile: configFiles[i]!, configFileType: type, registry }, values, paint, io)));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) io.stderr.write(`${problemText(problem)}\n`);
    return 1;
  }
  if (values.junit !== undefined) writeJunit(values.junit, results);
  return summary(results, paint, io);
}

function writeJunit(file: string, results: readonly Result[]): void {
  try {
    writeFileSync(file, junitXml(results.map(toJunit)));
  } catch (error) {
    throw new Error(`--junit: ${errorText(error)}`, { cause: error });
  }
}

async function runFile(
  file: CaseFile, scene: TestScene, { filter, update }: { readonly filter?: string | undefined; readonly update?: boolean | undefined }, paint: Paint, io: CommandIo,
): Promise<Result[]> {
  const results: Result[] = [];
  const wanted = file.cases.filter(({ name }) => filter === undefined || name.includes(filter));
  if (wanted.length > 0) io.stdout.write(`${paint.bold(file.file)}\n`);
  for (const test of wanted) {
    const began = performance.now();
    let outcome;
    try {
      outcome = await runCase(test, scene);
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      throw new Error(`${file.file}: '${test.name}': ${errorText(error)}`, { cause: error });
    }
    const mismatches = compareCase(test, outcome);
    const updated = mismatches.length > 0 && update === true;
    if (updated) updateExpectations(file.document, test, outcome);
    const result: Result = { file, test, mismatches, seconds: (performance.now() - began) / 1000, updated };
    results.push(result);
    io.stdout.write(resultText(result, paint));
  }
  if (results.some(({ updated }) => updated)) writeFileSync(file.file, file.document.toString({ lineWidth: 0 }));
  return results;
}

function resultText({ test, mismatches, updated }: Result, paint: Paint): string {
  if (mismatches.length === 0) return `  ${paint.green('✔')} ${test.name}\n`;
  if (updated) return `  ${paint.yellow('✎')} ${test.name}: expectations written anew\n`;
  const colour = { '-': paint.red, '+': paint.green, ' ': (text: string) => text };
  const lines = [`  ${paint.red('✘')} ${test.name} ${paint.dim(`${test.at.file}:${test.at.line}`)}`];
  for (const { title, lines: diff } of mismatches) {
    lines.push(`      ${title}`);
    for (const { mark, text } of diff) lines.push(`      ${colour[mark](`${mark} ${oneLine(text)}`)}`);
  }
  return `${lines.join('\n')}\n`;
}

function summary(results: readonly Result[], paint: Paint, io: CommandIo): number {
  const failed = results.filter(({ mismatches, updated }) => mismatches.length > 0 && !updated).length;
  const updated = results.filter((result) => result.updated).length;
  const passed = results.length - failed - updated;
  const rest = updated > 0 ? `, ${updated} updated` : '';
  if (results.length === 0) io.stdout.write('no case fits\n');
  else if (failed > 0) io.stdout.write(`\n${paint.red(`✘ ${failed} of ${results.length} cases ${failed === 1 ? 'fails' : 'fail'}${rest}`)}  ${paint.dim('(- expected, + found)')}\n`);
  else io.stdout.write(`\n${paint.green(`✔ ${passed} of ${results.length} cases pass${rest}`)}\n`);
  return failed > 0 ? 2 : results.length === 0 ? 1 : 0;
}

function toJunit({ file, test, mismatches, seconds, updated }: Result): JunitCase {
  const failure = mismatches.map(({ title, lines }) => [title, ...lines.map(({ mark, text }) => `${mark} ${text}`)].join('\n')).join('\n');
  return { name: test.name, file: file.file, line: test.at.line, seconds, failure: mismatches.length === 0 || updated ? undefined : failure };
}
