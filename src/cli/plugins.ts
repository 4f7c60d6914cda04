/** `logferry plugins`: the reference, from the declarations of the plugins themselves. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { describePlugin, type PluginDescription } from '../config/describe.ts';
import { errorText } from '../errors.ts';
import { suggest } from '../lib/suggest.ts';
import type { Kind } from '../plugin.ts';
import type { Registry } from '../registry.ts';
import type { CommandIo } from './io.ts';
import { loadThirdParty } from './load-plugins.ts';
import { markdown, renewedReadme, README_BEGIN } from './reference-markdown.ts';
import { MARK, referencePages } from './reference-pages.ts';
import { KINDS, listText, pluginText, type TextStyle } from './reference-text.ts';

const HELP = `Usage: logferry plugins [OPTIONS]              all plugins
       logferry plugins [OPTIONS] KIND         those of a kind
       logferry plugins [OPTIONS] [KIND] TYPE  all that one plugin takes

Kinds: ${KINDS.map(({ kind }) => kind).join(', ')}.

Options:
  -p, --plugin DIR  load the plugins in DIR, too; may be repeated
      --json        a JSON array of descriptions, for tools
      --markdown    Markdown, for pages
      --markdown-dir DIR  a folder of pages, one for each plugin; old ones of these pages are removed
      --readme FILE with KIND and TYPE: renews the parameters in a plugin's README
      --help        print this text
`;

/** Lines are not longer than this, however wide the terminal is: nobody likes to read those. */
const MAX_WIDTH = 100;
const MIN_WIDTH = 50;

/** Where there is no terminal. */
const DEFAULT_WIDTH = 88;

/** A mistake of the user: its message is all there is to say. */
class UsageError extends Error {
  override name = 'UsageError';
}

type Options = ReturnType<typeof readArguments>;

/**
 * Runs the command.
 * @param argv what follows `logferry plugins`
 * @returns the exit code: 0, 1 if there is no such plugin or one cannot be loaded, 2 if the arguments are wrong
 */
export async function run(argv: readonly string[], registry: Registry, io: CommandIo): Promise<number> {
  let options: Options;
  try {
    options = readArguments(argv);
  } catch (error) {
    io.stderr.write(`logferry plugins: ${errorText(error)}\nSee 'logferry plugins --help'.\n`);
    return 2;
  }
  if (options.help) {
    io.stdout.write(HELP);
    return 0;
  }
  try {
    for (const problem of await loadThirdParty({ folders: options.plugin }, registry)) io.stderr.write(`logferry plugins: ${problem}\n`);
    const { chosen, detailed } = choose(options.names, registry);
    const { found, problems } = await load(chosen, registry);
    if (options.readme !== undefined) renewReadme(options.readme, found);
    else if (options['markdown-dir'] !== undefined) writePages(options['markdown-dir'], found);
    else io.stdout.write(rendered(found, detailed, options, registry, styleFor(io)));
    for (const [reason, names] of problems) io.stderr.write(`logferry plugins: cannot load ${names.join(', ')}: ${reason}\n`);
    return problems.size > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    io.stderr.write(`logferry plugins: ${error.message}\n`);
    return 1;
  }
}

function readArguments(argv: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      plugin: { type: 'string', short: 'p', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
      markdown: { type: 'boolean', default: false },
      'markdown-dir': { type: 'string' },
      readme: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.json && values.markdown) throw new Error('--json and --markdown exclude each other');
  if (positionals.length > 2) throw new Error(`expected at most a kind and a type, found '${positionals.join(' ')}'`);
  return { ...values, names: positionals };
}

/** Pages of a former run that are not among these are removed; other files stay. */
function writePages(folder: string, found: readonly PluginDescription[]): void {
  const pages = referencePages(found);
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    if (!name.endsWith('.md') || pages.has(name)) continue;
    const file = path.join(folder, name);
    if (readFileSync(file, 'utf8').startsWith(MARK)) rmSync(file);
  }
  for (const [name, text] of pages) writeFileSync(path.join(folder, name), text);
}

function renewReadme(file: string, found: readonly PluginDescription[]): void {
  const [description] = found;
  if (!description || found.length > 1) throw new UsageError('--readme needs KIND and TYPE of one plugin');
  const text = renewedReadme(readFileSync(file, 'utf8'), description);
  if (text === undefined) throw new UsageError(`--readme: expected ${file} to have a line ${README_BEGIN}`);
  writeFileSync(file, text);
}

interface Choice {
  readonly kind: Kind;
  readonly type: string;
}

/** Which plugins the user asked for, and whether for all about them. */
function choose(names: readonly string[], registry: Registry): { readonly chosen: readonly Choice[]; readonly detailed: boolean } {
  const all = KINDS.flatMap(({ kind }) => registry.types(kind).map((type) => ({ kind, type })));
  const [first, second] = names;
  if (first === undefined) return { chosen: all, detailed: false };
  if (second === undefined) {
    const ofKind = all.filter(({ kind }) => kind === first);
    if (ofKind.length > 0) return { chosen: ofKind, detailed: false };
    const ofType = all.filter(({ type }) => type === first);
    if (ofType.length > 0) return { chosen: ofType, detailed: true };
    if (KINDS.some(({ kind }) => kind === first)) throw new UsageError(`there are no plugins of the kind '${first}'`);
    throw new UsageError(`there is no plugin '${first}'${nearTo(first, all)}`);
  }
  if (!KINDS.some(({ kind }) => kind === first)) {
    const near = suggest(first, KINDS.map(({ kind }) => kind));
    throw new UsageError(`there is no kind '${first}'${near === undefined ? '' : `; did you mean '${near}'?`} Kinds are ${KINDS.map(({ kind }) => kind).join(', ')}.`);
  }
  const chosen = all.filter(({ kind, type }) => kind === first && type === second);
  if (chosen.length > 0) return { chosen, detailed: true };
  const elsewhere = all.filter(({ type }) => type === second).map(({ kind }) => kind);
  if (elsewhere.length > 0) throw new UsageError(`there is no ${first} plugin '${second}'; there is one of the kind ${elsewhere.join(', and of ')}.`);
  throw new UsageError(`there is no ${first} plugin '${second}'${nearTo(second, all.filter(({ kind }) => kind === first))}`);
}

function nearTo(name: string, among: readonly Choice[]): string {
  const near = suggest(name, among.map(({ type }) => type));
  if (near === undefined) return ". 'logferry plugins' lists all.";
  const kinds = among.filter(({ type }) => type === near).map(({ kind }) => kind);
  return `; did you mean '${near}' (${kinds.join(', ')})?`;
}

/** A plugin that cannot be loaded does not hide the others; `problems` has the names for each reason. */
async function load(chosen: readonly Choice[], registry: Registry) {
  const found: PluginDescription[] = [];
  const problems = new Map<string, string[]>();
  for (const { kind, type } of chosen) {
    try {
      found.push(describePlugin((await registry.find(kind, type))!));
    } catch (error) {
      const reason = errorText(error);
      problems.set(reason, [...(problems.get(reason) ?? []), `${kind} ${type}`]);
    }
  }
  return { found, problems };
}

function rendered(found: readonly PluginDescription[], detailed: boolean, options: Options, registry: Registry, style: TextStyle): string {
  if (options.json) return `${JSON.stringify(found, null, 2)}\n`;
  if (options.markdown) return markdown(found);
  if (detailed) return found.map((description) => pluginText(description, style)).join(`\n${'─'.repeat(style.width)}\n\n`);
  const [asked] = options.names;
  const example = found.find(({ kind }) => kind === 'output') ?? found[0];
  const more = example ? `\n'logferry plugins ${example.kind} ${example.type}' shows all that one takes.\n` : '';
  return listText(found, style) + more + sameName(asked, registry);
}

/** A kind may be the name of a plugin, too (`parser`). */
function sameName(asked: string | undefined, registry: Registry): string {
  const kinds = asked === undefined ? [] : KINDS.filter(({ kind }) => registry.has(kind, asked));
  return kinds.map(({ kind }) => `'logferry plugins ${kind} ${asked}' shows the ${kind} of that name.\n`).join('');
}

function styleFor(io: CommandIo): TextStyle {
  const { columns, isTTY } = io.stdout as { readonly columns?: number; readonly isTTY?: boolean };
  return {
    width: Math.max(MIN_WIDTH, Math.min(MAX_WIDTH, columns ?? DEFAULT_WIDTH)),
    colour: isTTY === true && !process.env['NO_COLOR'],
  };
}
