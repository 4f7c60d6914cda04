/** `logferry check`: what is wrong with a configuration, and what is doubtful, without starting it. */
import { createEnvironment } from '../dry-run/environment.ts';
import { createPaint, type Paint } from '../dry-run/layout.ts';
import { checkConfig, rules, type CheckResult, type Rule } from '../lint/index.ts';
import { suggest } from '../lib/suggest.ts';
import type { Registry } from '../registry.ts';
import { configFileType, ENVIRONMENT_HELP, ENVIRONMENT_OPTIONS, givenVariables } from './environment-options.ts';
import type { CommandIo } from './io.ts';
import { loadThirdParty } from './load-plugins.ts';
import { parseOptions } from './parse-options.ts';
import { wrapText } from './wrap-text.ts';

const HELP = `Usage: logferry check -c FILE [OPTIONS]

Checks a configuration: everything that a start would check, and doubtful things that a start
accepts. All of it at once, with file, line and column; nothing is opened.

  -c, --config FILE        the configuration
      --config-file-type T v1, yaml or guess (default)
  -i, --inline-config TEXT more configuration, as if it stood at the end of the file
${ENVIRONMENT_HELP}
  -p, --plugin DIR         load the plugins in DIR; may be repeated
      --strict             warnings fail, too
      --ignore ID          leave out findings with this id; may be repeated
      --no-hints           leave out hints
      --format FORMAT      text (default), json or github (annotations of a workflow)
      --explain ID         what a finding means, and what to do; without an ID the list
      --no-colour          as with NO_COLOR
      --help

A comment silences a finding where it stands: # logferry:ignore ID at the end of a line, or on a
line of its own above a line or section.

--format json: {"version": 1, "config": FILE, "valid": BOOLEAN, "errors": N, "warnings": N,
"hints": N, "suppressed": N, "findings": [{"id", "severity", "message", "file", "line", "column",
"hint"}]} where severity is error, warning or hint, and file, line, column and hint may be null.

Exit codes: 0 valid, 1 not valid, 2 valid with warnings, and --strict was given.
`;

const OPTIONS = {
  config: { type: 'string', short: 'c' },
  'config-file-type': { type: 'string' },
  'inline-config': { type: 'string', short: 'i' },
  ...ENVIRONMENT_OPTIONS,
  plugin: { type: 'string', short: 'p', multiple: true },
  strict: { type: 'boolean' },
  ignore: { type: 'string', multiple: true },
  'no-hints': { type: 'boolean' },
  format: { type: 'string' },
  explain: { type: 'string' },
  'no-colour': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Columns of explanations. */
const WIDTH = 96;

/** Grows when the JSON changes its meaning. */
const FORMAT_VERSION = 1;

interface Shown {
  readonly id: string;
  readonly severity: 'error' | 'warning' | 'hint';
  readonly message: string;
  readonly file: string | null;
  readonly line: number | null;
  readonly column: number | null;
  readonly hint: string | null;
}

export async function run(argv: readonly string[], registry: Registry, io: CommandIo): Promise<number> {
  // `--explain` alone asks for the list.
  const args = argv.at(-1) === '--explain' ? [...argv, 'all'] : [...argv];
  const values = parseOptions(args, OPTIONS, 'check');
  if (values.help) {
    io.stdout.write(HELP);
    return 0;
  }
  if (values.explain !== undefined) {
    io.stdout.write(explain(values.explain));
    return 0;
  }
  const format = values.format ?? 'text';
  if (!['text', 'json', 'github'].includes(format)) throw new Error(`--format: expected text, json or github, found '${format}'`);
  if (values.config === undefined) throw new Error("-c FILE is needed: the configuration. See 'logferry check --help'.");
  const ignore = new Set((values.ignore ?? []).flatMap((text) => text.split(',')));
  for (const id of ignore) ruleOf(id, '--ignore');
  for (const problem of await loadThirdParty({ folders: values.plugin, configFile: values.config }, registry)) io.stderr.write(`logferry check: ${problem}\n`);
  Object.assign(process.env, Object.fromEntries(givenVariables(values)));
  const environment = createEnvironment(process.env);
  const result = await checkConfig({
    configFile: values.config, configFileType: configFileType(values['config-file-type']), inlineConfig: values['inline-config'], registry,
    evaluate: environment.evaluate, ignore,
  });
  const missing = environment.missing().filter(({ hasDefault }) => !hasDefault);
  const shown: Shown[] = [
    ...missing.map(({ name, at }): Shown => ({
      id: 'missing-variable', severity: 'error', message: `the environment variable ${name} is not set`, ...at, hint: `set it, or give it with --env ${name}=...`,
    })),
    ...result.errors.map(({ message, at, hint }): Shown => ({
      id: 'invalid-configuration', severity: 'error', message, file: at?.file ?? null, line: at?.line ?? null, column: at?.column ?? null, hint: hint ?? null,
    })),
    ...result.findings.map(({ id, severity, message, at, hint }): Shown => ({ id, severity, message, file: at?.file ?? null, line: at?.line ?? null, column: at?.column ?? null, hint })),
  ].filter(({ severity }) => severity !== 'hint' || values['no-hints'] !== true);
  const count = (severity: Shown['severity']) => shown.filter((one) => one.severity === severity).length;
  const counts = { errors: count('error'), warnings: count('warning'), hints: count('hint'), suppressed: result.suppressed };
  if (format === 'json') {
    io.stdout.write(`${JSON.stringify({ version: FORMAT_VERSION, config: values.config, valid: counts.errors === 0, ...counts, findings: shown }, undefined, 2)}\n`);
  } else if (format === 'github') io.stdout.write(shown.map(githubLine).join(''));
  else io.stdout.write(text(values.config, shown, counts, result, createPaint(hasColour(values['no-colour'] === true, io))));
  if (counts.errors > 0) return 1;
  return values.strict && counts.warnings > 0 ? 2 : 0;
}

/** Whether text may have colours: on a terminal, unless somebody says otherwise. */
export function hasColour(without: boolean, io: CommandIo): boolean {
  return !without && (process.env['NO_COLOR'] ?? '') === '' && (io.stdout as { isTTY?: boolean }).isTTY === true;
}

/** Columns of the terminal; Infinity if the text goes elsewhere. */
export function columnsOf(io: CommandIo): number {
  const { isTTY, columns } = io.stdout as { isTTY?: boolean; columns?: number };
  return isTTY === true && columns !== undefined && columns > 0 ? columns : Infinity;
}

function text(config: string, shown: readonly Shown[], counts: Record<'errors' | 'warnings' | 'hints' | 'suppressed', number>, { model }: CheckResult, paint: Paint): string {
  const colours = { error: paint.red, warning: paint.yellow, hint: paint.cyan };
  const lines = shown.flatMap(({ id, severity, message, file, line, column, hint }) => [
    `${file === null ? '' : `${file}:${line}:${column}: `}${colours[severity](severity)}: ${message} ${paint.dim(`[${id}]`)}`,
    ...(hint === null ? [] : [paint.dim(`    ${hint}`)]),
  ]);
  const plural = (number: number, one: string) => `${number} ${one}${number === 1 ? '' : 's'}`;
  const found = [
    ...(counts.warnings > 0 ? [plural(counts.warnings, 'warning')] : []), ...(counts.hints > 0 ? [plural(counts.hints, 'hint')] : []),
    ...(counts.suppressed > 0 ? [`${counts.suppressed} ignored`] : []),
  ].join(', ');
  if (lines.length > 0) lines.push('');
  if (counts.errors > 0) lines.push(paint.red(`✘ ${config} is not valid: ${plural(counts.errors, 'error')}${found === '' ? '' : `, ${found}`}`));
  else {
    const rules = [...(model?.labels.values() ?? [])].flatMap((label) => label.rules);
    const size = model ? ` (${plural(model.sources.length, 'source')}, ${plural(rules.filter(({ kind }) => kind === 'filter').length, 'filter')}, ${plural(model.outputs.length, 'output')})` : '';
    lines.push(paint.green(`✔ ${config} is valid${size}${found === '' ? '' : `: ${found}`}`));
  }
  return `${lines.join('\n')}\n`;
}

/** An annotation; see 'workflow commands' of GitHub Actions. */
function githubLine({ id, severity, message, file, line, column, hint }: Shown): string {
  const escaped = (value: string) => value.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
  const property = (value: string) => escaped(value).replace(/:/g, '%3A').replace(/,/g, '%2C');
  const place = file === null ? '' : `file=${property(file)},line=${line},col=${column},`;
  const level = { error: 'error', warning: 'warning', hint: 'notice' }[severity];
  return `::${level} ${place}title=${property(id)}::${escaped(message + (hint === null ? '' : ` (${hint})`))}\n`;
}

function explain(id: string): string {
  if (id === 'all') {
    const width = Math.max(...rules.map((rule) => rule.id.length));
    return rules.map((rule) => `${rule.id.padEnd(width)}  ${rule.severity.padEnd(7)}  ${rule.summary}\n`).join('');
  }
  const rule = ruleOf(id, '--explain');
  return `${rule.id} (${rule.severity})\n${wrapText(rule.summary, WIDTH)}\n\n${wrapText(rule.doc, WIDTH)}\n\nTo silence it: --ignore ${rule.id}, or # logferry:ignore ${rule.id} in the configuration.\n`;
}

function ruleOf(id: string, option: string): Rule {
  const rule = rules.find((each) => each.id === id);
  if (rule) return rule;
  const near = suggest(id, rules.map((each) => each.id));
  throw new Error(`${option}: there is no rule '${id}'${near === undefined ? '; logferry check --explain lists them' : `; did you mean ${near}?`}`);
}
