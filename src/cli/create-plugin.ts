/** `logferry create-plugin`: a plugin that works, with its test and its documentation, to begin with. */
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describePlugin } from '../config/describe.ts';
import { errorText } from '../errors.ts';
import { suggest } from '../lib/suggest.ts';
import type { Kind } from '../plugin.ts';
import type { Registry } from '../registry.ts';
import type { PluginTemplate } from './create-plugin-template.ts';
import { TEMPLATES } from './create-plugin-templates.ts';
import type { CommandIo } from './io.ts';
import { API_URL } from './own-api.ts';
import { importDefinitions } from './plugin-module.ts';
import { readmeReference } from './reference-markdown.ts';
import { KINDS } from './reference-text.ts';
import { version } from './version.ts';

const HELP = `Usage: logferry create-plugin KIND NAME [OPTIONS]

Writes the beginnings of a plugin: its parameters, what it does, a test, and a README with the
table of its parameters. It works as it is.

Kinds: ${KINDS.map(({ kind }) => kind).join(', ')}.
NAME is its @type: small letters, digits and '_'.

Options:
      --dir DIR     where to write it (default: logferry-plugin-NAME)
      --javascript  in JavaScript (default)
      --typescript  in TypeScript, which has to be compiled: npm run build
      --help        print this text
`;

interface Wanted {
  readonly kind: Kind;
  readonly name: string;
  readonly folder: string;
  readonly typescript: boolean;
}

/**
 * Runs the command.
 * @param argv what follows `logferry create-plugin`
 * @returns the exit code: 0, 1 if it cannot be written, 2 if the arguments are wrong
 */
export async function run(argv: readonly string[], registry: Registry, io: CommandIo): Promise<number> {
  let wanted: Wanted | undefined;
  try {
    wanted = readArguments(argv);
  } catch (error) {
    io.stderr.write(`logferry create-plugin: ${errorText(error)}\nSee 'logferry create-plugin --help'.\n`);
    return 2;
  }
  if (!wanted) {
    io.stdout.write(HELP);
    return 0;
  }
  const { kind, name, folder } = wanted;
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    io.stderr.write(`logferry create-plugin: ${folder} is there already, and not empty: choose another folder with --dir\n`);
    return 1;
  }
  if (registry.has(kind, name)) io.stderr.write(`logferry create-plugin: there is a built-in ${kind} plugin '${name}': yours takes its place with -p only\n`);
  const files = await writePlugin(wanted);
  io.stdout.write(`${files.map((file) => path.join(folder, file)).join('\n')}\n\n${nextSteps(wanted)}`);
  return 0;
}

function readArguments(argv: readonly string[]): Wanted | undefined {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      dir: { type: 'string' },
      javascript: { type: 'boolean', default: false },
      typescript: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const [kind, name, ...more] = positionals;
  if (kind === undefined || name === undefined || more.length > 0) throw new Error(`expected a kind and a name, found ${positionals.length === 0 ? 'nothing' : `'${positionals.join(' ')}'`}`);
  if (values.javascript && values.typescript) throw new Error('--javascript and --typescript exclude each other');
  if (!isKind(kind)) {
    const near = suggest(kind, Object.keys(TEMPLATES));
    throw new Error(`there is no kind '${kind}'${near === undefined ? '' : `; did you mean '${near}'?`} Kinds are ${Object.keys(TEMPLATES).join(', ')}.`);
  }
  if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new Error(`expected a name of small letters, digits and '_', found '${name}'`);
  return { kind, name, folder: values.dir ?? packageName(name), typescript: values.typescript };
}

function isKind(text: string): text is Kind {
  return Object.hasOwn(TEMPLATES, text);
}

function packageName(name: string): string {
  return `logferry-plugin-${name.replaceAll('_', '-')}`;
}

/** Writes all files and gives their names in the folder. */
async function writePlugin({ kind, name, folder, typescript }: Wanted): Promise<string[]> {
  const template = filled(TEMPLATES[kind], name);
  const extension = typescript ? 'ts' : 'js';
  const source = typescript ? template.source : withoutTypes(template.source);
  const files: [string, string][] = [
    ['package.json', `${JSON.stringify(packageJson(kind, name, typescript), undefined, 2)}\n`],
    [`src/index.${extension}`, source],
    [`test/index.test.${extension}`, testText(template, extension)],
    ['example.conf', template.config],
    ['.gitignore', `node_modules/\n${typescript ? 'dist/\n' : ''}`],
    ...(typescript ? [['tsconfig.json', `${JSON.stringify(TSCONFIG, undefined, 2)}\n`] as [string, string]] : []),
  ];
  for (const [file, text] of files) write(folder, file, text);
  write(folder, 'README.md', readme(kind, name, template, typescript, await reference(folder, withoutTypes(template.source))));
  linkProgram(folder);
  return [...files.map(([file]) => file), 'README.md'];
}

function filled(template: PluginTemplate, name: string): PluginTemplate {
  const fill = (text: string): string => text.replaceAll('NAME', name).replaceAll('PACKAGE', "'logferry'");
  return { doc: template.doc, source: fill(template.source), test: fill(template.test), config: fill(template.config) };
}

/** The templates have types in these few places only. */
function withoutTypes(source: string): string {
  return source.replaceAll(/new Map<[^()]*>\(\)/g, 'new Map()').replace(/, type Value(?= })/, '');
}

function write(folder: string, file: string, text: string): void {
  const full = path.join(folder, file);
  mkdirSync(path.dirname(full), { recursive: true });
  writeFileSync(full, text);
}

/** What the definition says of itself; imported from a file that is gone afterwards, as TypeScript could not be. */
async function reference(folder: string, source: string): Promise<string> {
  const file = path.resolve(folder, `.describe-${process.pid}.mjs`);
  writeFileSync(file, source);
  try {
    const [definition] = await importDefinitions(file);
    return readmeReference(describePlugin(definition!));
  } finally {
    rmSync(file);
  }
}

/** Tests and the compiler find this program as the package `logferry`; an installed one takes its place. */
function linkProgram(folder: string): void {
  const root = path.dirname(path.dirname(path.dirname(fileURLToPath(API_URL))));
  mkdirSync(path.join(folder, 'node_modules'), { recursive: true });
  symlinkSync(path.resolve(root), path.join(folder, 'node_modules', 'logferry'), 'dir');
}

const TSCONFIG = {
  compilerOptions: {
    target: 'es2023', module: 'nodenext', moduleResolution: 'nodenext', strict: true, declaration: true, skipLibCheck: true, types: ['node'], rootDir: '.', outDir: 'dist',
  },
  include: ['src', 'test'],
};

function packageJson(kind: Kind, name: string, typescript: boolean): unknown {
  const main = typescript ? './dist/src/index.js' : './src/index.js';
  const test = typescript ? 'dist/test/index.test.js' : 'test/index.test.js';
  return {
    name: packageName(name),
    version: '0.1.0',
    description: `The ${kind.replaceAll('_', ' ')} plugin ${name} for Logferry`,
    type: 'module',
    engines: { node: '>=20.19' },
    exports: main,
    files: typescript ? ['dist/src'] : ['src'],
    scripts: { ...(typescript && { build: 'tsc' }), test: typescript ? `tsc && node --test ${test}` : `node --test ${test}` },
    logferry: { plugins: { [`${kind}/${name}`]: main } },
    peerDependencies: { logferry: `>=${version()}` },
    ...(typescript && { devDependencies: { '@types/node': '^20.19.0', typescript: '^5.9.0' } }),
  };
}

function testText({ test }: PluginTemplate, extension: string): string {
  const used = ['mkdtempSync', 'readFileSync', 'rmSync'].filter((name) => test.includes(name));
  const imports = [
    "import assert from 'node:assert/strict';",
    ...(used.length > 0 ? [`import { ${used.join(', ')} } from 'node:fs';`, "import { tmpdir } from 'node:os';", "import path from 'node:path';"] : []),
    "import { test } from 'node:test';",
    "import { tryPlugin } from 'logferry';",
    `import plugin from '../src/index.js';`,
  ];
  return `/** ${extension === 'ts' ? 'npm test compiles and runs it.' : 'npm test runs it.'} */\n${imports.join('\n')}\n\n${test}`;
}

function readme(kind: Kind, name: string, { doc, config }: PluginTemplate, typescript: boolean, table: string): string {
  const folder = typescript ? 'dist/src' : 'src';
  return `# ${packageName(name)}

${doc} This is the ${kind.replaceAll('_', ' ')} plugin \`${name}\` for Logferry.

## Use

Install the package beside the configuration (\`npm install ${packageName(name)}\`): it is found by its name. Or load its folder:

\`\`\`
logferry -p ${folder} -c example.conf
\`\`\`

\`\`\`
${config.trimEnd()}
\`\`\`

## Parameters

${table}

Written by \`logferry plugins -p ${folder} --readme README.md ${kind} ${name}\` from the declarations in the source: run it again after
a change of them.

## Development

\`npm test\` ${typescript ? 'compiles the plugin and runs' : 'runs'} its tests. \`node_modules/logferry\` is a link to the program that made this folder.
`;
}

function nextSteps({ kind, name, folder, typescript }: Wanted): string {
  const built = typescript ? 'dist/src' : 'src';
  return `Next:
  cd ${folder}
  npm test${typescript ? '    (after npm install, which brings the compiler)' : ''}
  logferry -p ${built} -c example.conf
  logferry plugins -p ${built} ${kind} ${name}
`;
}
