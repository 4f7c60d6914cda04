/** `logferry compat`: what somebody who comes from Fluentd has to know before going over. */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parseVariable } from '../dry-run/index.ts';
import { errorText, type Location } from '../errors.ts';
import type { Registry } from '../registry.ts';
import { examine, type CompatReport, type Finding, type FindingLevel } from './compat-examine.ts';
import type { CommandIo } from './io.ts';
import { loadThirdParty } from './load-plugins.ts';
import { wrapText } from './wrap-text.ts';

const HELP = `Usage: logferry compat -c FILE [OPTIONS]

Reads a configuration of Fluentd with all that it includes, and tells what works here as it is, what
differs, and what is missing: plugins, parameters, Ruby. It runs and writes nothing. Environment
variables that are not set, and files that are not there, do not end it.

Options:
  -c, --config FILE        the configuration
      --config-file-type T v1, yaml or guess (default)
  -e, --env NAME=VALUE     an environment variable; may be repeated
  -p, --plugin DIR         load the plugins in DIR, too; may be repeated
      --all                notes and small differences, too
      --json               the report as JSON
      --help               print this text

Exit codes: 0 it works, 2 something differs that somebody should look at, 1 something is missing, or
the configuration cannot be read.
`;

const EXIT = { works: 0, missing: 1, differs: 2 } as const;
const WIDTH = 100;

/** Runs the command; gives the exit code. */
export async function run(argv: readonly string[], registry: Registry, io: CommandIo): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      config: { type: 'string', short: 'c' },
      'config-file-type': { type: 'string' },
      env: { type: 'string', short: 'e', multiple: true, default: [] },
      plugin: { type: 'string', short: 'p', multiple: true },
      all: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    io.stdout.write(HELP);
    return 0;
  }
  const { config } = values;
  if (config === undefined) throw new Error("-c FILE is needed: the configuration. See 'logferry compat --help'.");
  if (!existsSync(config)) throw new Error(`there is no file ${config}`);
  const type = values['config-file-type'];
  if (type !== undefined && type !== 'v1' && type !== 'yaml' && type !== 'guess') throw new Error(`--config-file-type: expected v1, yaml or guess, found '${type}'`);
  let report: CompatReport;
  try {
    for (const problem of await loadThirdParty({ folders: values.plugin, configFile: config }, registry)) io.stderr.write(`logferry compat: ${problem}\n`);
    const given = Object.fromEntries(values.env.map((text) => parseVariable(text, '--env')));
    report = await examine({ configFile: config, configFileType: type, registry, env: { ...process.env, ...given } });
  } catch (error) {
    throw new Error(`${config}: ${errorText(error)}`, { cause: error });
  }
  io.stdout.write(values.json ? `${JSON.stringify(report, undefined, 2)}\n` : compatText(report, values.all));
  return EXIT[report.verdict];
}

const TITLES: Readonly<Record<FindingLevel, string>> = { missing: 'Missing, or not possible here', differs: 'Different', note: 'Notes' };

/** The report for people; without `all` only what somebody has to do something about. */
export function compatText(report: CompatReport, all: boolean): string {
  const { file, plugins, findings, variables, verdict } = report;
  const count = (state: string): number => plugins.filter((plugin) => plugin.state === state).length;
  const blocks = [`${file}: ${plugins.length} different plugins: ${count('works') + count('differs')} are here${count('missing') > 0 ? `, ${count('missing')} missing` : ''}\n`];
  for (const level of ['missing', 'differs', 'note'] as const) {
    const shown = findings.filter((finding) => finding.level === level && (all || level === 'missing' || finding.attention === true || finding.construct === 'unused'));
    if (shown.length > 0) blocks.push(`${TITLES[level]}\n${grouped(shown).map(findingText).join('')}`);
  }
  const needed = variables.filter(({ hasDefault }) => !hasDefault);
  if (needed.length > 0) blocks.push(`Environment variables that are needed, and not set here\n${needed.map(({ name, at }) => `  ${name}  ${placeText(at)}\n`).join('')}`);
  const hidden = findings.filter(({ level, attention }) => level === 'differs' && !attention).length;
  if (!all && hidden > 0) blocks.push(`${hidden} small difference${hidden === 1 ? '' : 's'} that change${hidden === 1 ? 's' : ''} nothing of what arrives: --all shows them.\n`);
  const VERDICTS = { works: 'It works as it is.', differs: 'It works; look at the differences above.', missing: 'It does not work yet.' };
  blocks.push(`${VERDICTS[verdict]}\n`);
  return blocks.join('\n');
}

/** A finding in all the places where it was made. */
interface Group extends Finding {
  readonly places: readonly Location[];
}

/** So many places of the same finding are named. */
const MAX_PLACES = 4;

function grouped(findings: readonly Finding[]): Group[] {
  const groups = new Map<string, Finding & { places: Location[] }>();
  for (const finding of findings) {
    const key = `${finding.construct} ${finding.message} ${finding.todo}`;
    const group = groups.get(key) ?? { ...finding, places: [] };
    if (finding.at) group.places.push(finding.at);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function findingText({ places, message, todo }: Group): string {
  const named = places.slice(0, MAX_PLACES).map((at, i) => (i > 0 && at.file === places[0]!.file ? `line ${at.line}` : placeText(at)));
  const more = places.length > named.length ? `, and in ${places.length - named.length} more` : '';
  const place = named.length > 0 ? `${named.join(', ')}${more}: ` : '';
  const text = `${wrapText(place + message, WIDTH, '    ').slice(2)}\n`;
  return todo === undefined ? text : `${text}${wrapText(`-> ${todo}`, WIDTH, '      ')}\n`;
}

function placeText({ file, line, column }: Location): string {
  return `${file}:${line}:${column}`;
}
