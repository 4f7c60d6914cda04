/** `logferry explain`: which way events with a tag take through a configuration, and why. */
import { createEnvironment } from '../dry-run/environment.ts';
import { clip, createPaint, fitted, spread, WIDTH, type Paint } from '../dry-run/layout.ts';
import { placeName } from '../dry-run/step-name.ts';
import { ConfigError, problemText } from '../errors.ts';
import { checkConfig } from '../lint/index.ts';
import { explainTag, labelText, type Ending, type LabelStep, type RuleStep, type TagExplanation } from '../lint/explain.ts';
import { suggest } from '../lib/suggest.ts';
import type { Registry } from '../registry.ts';
import { columnsOf, hasColour } from './check.ts';
import { configFileType, ENVIRONMENT_HELP, ENVIRONMENT_OPTIONS, givenVariables } from './environment-options.ts';
import type { CommandIo } from './io.ts';
import { loadThirdParty } from './load-plugins.ts';
import { parseOptions } from './parse-options.ts';

const HELP = `Usage: logferry explain -c FILE --tag TAG [OPTIONS]

Shows which way events with a tag take: the sources that give it, every filter and match that is
tried, in order, with the reason why it takes the tag or not, through all labels, to the log group
and stream. Nothing is run; for what depends on the data of an event, trace a line with dry-run.

  -c, --config FILE        the configuration
      --config-file-type T v1, yaml or guess (default)
  -t, --tag TAG            the tag, such as var.log.containers.POD_NAMESPACE_NAME-ID.log
      --label NAME         begin in this label; else where the sources send the tag
${ENVIRONMENT_HELP}
  -p, --plugin DIR         load the plugins in DIR; may be repeated
      --json               as JSON
      --no-colour          as with NO_COLOR
      --help

Exit codes: 0 every way ends in an output, 1 the configuration is not valid, 2 no match takes the tag.
`;

const OPTIONS = {
  config: { type: 'string', short: 'c' },
  'config-file-type': { type: 'string' },
  tag: { type: 'string', short: 't' },
  label: { type: 'string' },
  ...ENVIRONMENT_OPTIONS,
  plugin: { type: 'string', short: 'p', multiple: true },
  json: { type: 'boolean' },
  'no-colour': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

export async function run(argv: readonly string[], registry: Registry, io: CommandIo): Promise<number> {
  const values = parseOptions(argv, OPTIONS, 'explain');
  if (values.help) {
    io.stdout.write(HELP);
    return 0;
  }
  if (values.config === undefined || values.tag === undefined || values.tag === '') throw new Error("-c FILE and --tag TAG are needed. See 'logferry explain --help'.");
  for (const problem of await loadThirdParty({ folders: values.plugin, configFile: values.config }, registry)) io.stderr.write(`logferry explain: ${problem}\n`);
  Object.assign(process.env, Object.fromEntries(givenVariables(values)));
  const environment = createEnvironment(process.env);
  const { errors, model } = await checkConfig({ configFile: values.config, configFileType: configFileType(values['config-file-type']), registry, evaluate: environment.evaluate });
  const missing = environment.missing().filter(({ hasDefault }) => !hasDefault);
  const problems = [...missing.map(({ name, at }) => ({ message: `the environment variable ${name} is not set`, at, hint: `give it with --env ${name}=...` })), ...errors];
  if (problems.length > 0 || !model) {
    for (const problem of new ConfigError(problems).problems) io.stderr.write(`${problemText(problem)}\n`);
    return 1;
  }
  const { label } = values;
  if (label !== undefined && !model.labels.has(label)) {
    const near = suggest(label, model.labels.keys());
    throw new Error(`--label: there is no label ${label}${near === undefined ? `; there are ${[...model.labels.keys()].join(', ')}` : `; did you mean ${near}?`}`);
  }
  const found = explainTag(model, values.tag, label);
  if (values.json) io.stdout.write(`${JSON.stringify(found, undefined, 2)}\n`);
  else io.stdout.write(fitted(explanationText(found, createPaint(hasColour(values['no-colour'] === true, io))), columnsOf(io)));
  return found.labels.every(({ taken }) => taken) ? 0 : 2;
}

function explanationText({ tag, sources, labels }: TagExplanation, paint: Paint): string {
  const lines = [paint.bold(`tag ${tag}`), '', paint.bold('SOURCES')];
  for (const { type, id, at, gives, tags, label } of sources) {
    const mark = gives === true ? paint.green('✔') : gives === null ? paint.yellow('?') : paint.dim('·');
    const name = `${id ?? type}`;
    lines.push(spread(`  · ${name}`, placeName(at), WIDTH, `  ${mark} ${gives === false ? paint.dim(name) : name}`, paint.dim(placeName(at))));
    lines.push(paint.dim(`      ${gives === true ? `gives it, to ${labelText(label)}` : `its tags: ${clip(tags, WIDTH - 17)}`}`));
  }
  if (sources.length === 0) lines.push('  there is none');
  else if (!sources.some(({ gives }) => gives !== false)) lines.push(`  ${paint.yellow('no source gives this tag')}`);
  for (const one of labels) lines.push('', ...labelLines(one, tag, paint));
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

function labelLines({ label, tag, by, condition, rules, taken }: LabelStep, first: string, paint: Paint): string[] {
  const from = by === null ? '' : `  from ${by}`;
  const lines = [paint.bold(`${labelText(label)}${from}`) + (tag === first ? '' : `  tag ${tag}`)];
  if (condition !== null) lines.push(paint.dim(`  ${clip(condition, WIDTH - 2)}`));
  for (const rule of rules) lines.push(...ruleLines(rule, paint));
  if (!taken) lines.push(`  ${paint.red('✘ no <match> takes the tag: its events are dropped')}`);
  return lines;
}

function ruleLines({ kind, type, id, pattern, at, matches, tried, reason, ends }: RuleStep, paint: Paint): string[] {
  const name = `<${kind} ${pattern}> ${id ?? type ?? ''}`;
  const mark = !tried || !matches ? paint.dim('·') : kind === 'match' ? paint.green('→') : paint.cyan('│');
  const shown = tried && matches ? name : paint.dim(name);
  const lines = [spread(`  · ${name}`, placeName(at), WIDTH, `  ${mark} ${shown}`, paint.dim(placeName(at))), paint.dim(`      ${clip(reason, WIDTH - 6)}`)];
  for (const end of ends) lines.push(...endLines(end, paint));
  return lines;
}

function endLines({ text, group, stream, next }: Ending, paint: Paint): string[] {
  if (group !== null) return [`      ${paint.green('✔')} log group  ${group}`, `        log stream ${stream}`];
  if (next !== null && next.tag === null) return [`      ${paint.cyan('⤷')} ${clip(text, WIDTH - 8)}`, paint.dim('        (the new tag depends on the event)')];
  return [`      ${next === null ? paint.green('✔') : paint.cyan('⤷')} ${clip(text, WIDTH - 8)}`];
}
