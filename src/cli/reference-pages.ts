/** The reference as a folder of pages: one for each plugin, and some for what all have in common. */
import { bufferFields, bufferedOutputFields } from '../buffer/fields.ts';
import { describeFields, type PluginDescription } from '../config/describe.ts';
import { systemFields } from '../config/system.ts';
import { RUBY_LIMITS, rubySupport } from '../ruby/index.ts';
import { BUFFER_DIFFERENCES, DIFFERENCES, MEMORY_BUFFER_DIFFERENCES, RUBY_DIFFERENCE, SYSTEM_DIFFERENCES, type Difference } from './reference-differences.ts';
import { EXAMPLES, type PluginExample } from './reference-examples/index.ts';
import { cell, fenced, fieldBlocks, prose } from './reference-markdown.ts';
import { commonNote, KINDS, noteLines, summary, usage } from './reference-text.ts';

/** Every page begins with it: what has it may be replaced and removed. */
export const MARK = '<!-- Written by `logferry plugins --markdown-dir`: change the declarations in the source instead. -->';

/** File name -> text of all pages. */
export function referencePages(descriptions: readonly PluginDescription[]): Map<string, string> {
  const sorted = KINDS.flatMap(({ kind }) => descriptions.filter((description) => description.kind === kind));
  const pages = new Map<string, string>([['README.md', index(sorted)]]);
  for (const description of sorted) pages.set(pageOf(description), pluginPage(description));
  pages.set('common-parameters.md', commonPage());
  pages.set('buffer.md', bufferPage());
  pages.set('system.md', systemPage());
  pages.set('ruby.md', rubyPage());
  return pages;
}

function pageOf({ kind, type }: Pick<PluginDescription, 'kind' | 'type'>): string {
  return `${kind}-${type}.md`;
}

function page(blocks: readonly string[]): string {
  return `${[MARK, ...blocks].join('\n\n')}\n`;
}

function index(descriptions: readonly PluginDescription[]): string {
  const tables = KINDS.flatMap(({ kind, title, section }) => {
    const rows = descriptions.filter((description) => description.kind === kind);
    if (rows.length === 0) return [];
    const lines = rows.map((row) => `| [${row.type}](${pageOf(row)}) | ${cell(summary(row.doc))} |`);
    return [`## ${title}`, `In \`<${section}>\`.`, `| | |\n| --- | --- |\n${lines.join('\n')}`];
  });
  return page([
    '# Reference',
    'Everything that a configuration may say, from the declarations that it is checked against. The same in a terminal: `logferry plugins KIND TYPE`.',
    [
      '- [Parameters of every plugin](common-parameters.md)',
      '- [`<buffer>`](buffer.md): chunks, flushes and retries',
      '- [`<system>`](system.md): the agent itself',
      '- [Ruby expressions](ruby.md): what `"#{...}"` and `${...}` understand',
    ].join('\n'),
    ...tables,
  ]);
}

function pluginPage(description: PluginDescription): string {
  const { kind, type, doc } = description;
  const examples = Object.hasOwn(EXAMPLES[kind], type) ? EXAMPLES[kind][type]! : [];
  const usual = usage(description).split('\n').map((line) => line.slice(2)).join('\n');
  const differences = [...(DIFFERENCES[`${kind}/${type}`] ?? []), ...(description.buffered ? BUFFER_DIFFERENCES : [])];
  const fields = fieldBlocks(description, 3);
  return page([
    `# ${kind.replaceAll('_', ' ')} ${type}`,
    prose(doc),
    ...noteLines(description).map(prose),
    ...(examples.length > 0 ? ['## Example', ...examples.flatMap(exampleBlocks)] : [fenced(usual)]),
    ...(fields.length > 0 ? ['## Parameters', ...fields] : []),
    `${prose(commonNote(kind))} See [parameters of every plugin](common-parameters.md)${description.buffered ? ' and [`<buffer>`](buffer.md)' : ''}.`,
    ...(differences.length > 0 ? ['## Where it differs from Fluentd', differenceTable(differences)] : []),
    ...(hasExtras(description) ? ['What is marked *not in Fluentd* is an addition: Fluentd warns of it, and goes on without.'] : []),
  ]);
}

function exampleBlocks({ note, config, given, gives }: PluginExample): string[] {
  return [
    ...(note === undefined ? [] : [prose(note)]),
    fenced(config),
    ...(given === undefined ? [] : [`Given`, fenced(given)]),
    ...(gives === undefined ? [] : ['it gives', fenced(gives.replace(/\n$/, ''))]),
  ];
}

function differenceTable(differences: readonly Difference[]): string {
  const rows = differences.map(({ parameters, fluentd, here }) => `| ${parameters?.map((name) => `\`${name}\``).join(' ') ?? ''} | ${cell(fluentd)} | ${cell(here)} |`);
  return `| | Fluentd | Logferry |\n| --- | --- | --- |\n${rows.join('\n')}`;
}

function hasExtras({ parameters, sections }: Pick<PluginDescription, 'parameters' | 'sections'>): boolean {
  return parameters.some(({ extra }) => extra) || sections.some((section) => section.extra === true || hasExtras(section));
}

function commonPage(): string {
  return page([
    '# Parameters of every plugin',
    [
      '| Parameter | | |',
      '| --- | --- | --- |',
      '| `@type` | all | Which plugin it is. |',
      '| `@id` | all | Its name in the log, in metrics, and in the folders of buffers and storages; each once. |',
      '| `@label` | `<source>`, `<match>` | The label that gets what it emits. |',
      '| `@log_level` | all | The least severe level of its log that is shown: trace, debug, info, warn, error or fatal. |',
    ].join('\n'),
    '`type`, `id` and `log_level` without `@` are understood, with a warning.',
    '## Values',
    [
      '| Type | Written as |',
      '| --- | --- |',
      '| string | as it is; in quotes if it has `#` or blanks at its ends; `"..."` may hold `#{...}`, `\'...\'` is taken as it is |',
      '| integer, float | `42`, `0.5` |',
      '| bool | `true`, `false`, `yes`, `no`, or the name alone |',
      '| size | bytes, or with `k`, `m`, `g`, `t` |',
      '| time | seconds, or with `s`, `m`, `h`, `d` |',
      '| array | JSON, or texts with commas between them |',
      '| hash | JSON, or `key:value` with commas between them |',
      '| regexp | `/expression/`, with the flags `i`, `m` and `x` |',
    ].join('\n'),
  ]);
}

function bufferPage(): string {
  const { parameters, sections } = describeFields({ ...bufferFields({ mode: 'always' }) });
  const outer = describeFields(bufferedOutputFields);
  return page([
    '# &lt;buffer&gt;',
    'How an output keeps events until they are delivered: in chunks, which are staged while they fill, queued, and then flushed.',
    fenced('<buffer CHUNK_KEYS>\n  @type memory\n  flush_interval 5s\n  retry_max_times 10\n</buffer>'),
    'CHUNK_KEYS say what the events of one chunk have in common: `tag`, `time` (with timekey), and names of fields, with commas between them; `[]` is nothing. ' +
      'Where the keys are, placeholders such as `${tag}`, `%Y%m%d` and `${field}` may stand in parameters of the output.',
    '## Parameters',
    ...fieldBlocks({ parameters, sections }, 3),
    'Those of the storage besides: [file](buffer-file.md), [file_single](buffer-file_single.md), [memory](buffer-memory.md).',
    '## Parameters of the output itself',
    ...fieldBlocks(outer, 3),
    '## Where it differs from Fluentd',
    differenceTable([...BUFFER_DIFFERENCES, ...MEMORY_BUFFER_DIFFERENCES]),
  ]);
}

function systemPage(): string {
  return page([
    '# &lt;system&gt;',
    'Settings of the agent itself.',
    fenced('<system>\n  log_level info\n  workers 2\n  root_dir /var/lib/logferry\n</system>'),
    '## Parameters',
    ...fieldBlocks(describeFields(systemFields), 3),
    '## Where it differs from Fluentd',
    differenceTable(SYSTEM_DIFFERENCES),
  ]);
}

function rubyPage(): string {
  const rows = rubySupport().map(({ type, methods }) => `| ${type} | ${methods.map((name) => `\`${name.replaceAll('|', '\\|')}\``).join(' ')} |`);
  return page([
    '# Ruby expressions',
    'In `"#{...}"` of any double-quoted value, when the configuration is read; in `${...}` of record\\_transformer (with `enable_ruby true`), record\\_modifier and others, for each event.',
    `${RUBY_DIFFERENCE.here} Nothing outside of the tables below can be reached: no other method, no constant, no file for writing, no command.`,
    '## Language',
    [
      '- literals of numbers, texts (with all their forms of quotes), symbols, arrays, hashes, ranges, regular expressions',
      '- operators, `&.`, `[]`, ternaries, `if`, `unless`, `case ... when`, `begin ... rescue ... ensure`, several statements with `;`',
      '- local variables, `@variables` (record\\_modifier shares them between its expressions), assignments, also of several at once',
      '- blocks, `->`, `lambda`, `proc`, `&:symbol`',
      '- not: loops with `while`, `def`, `class`, `eval`, pattern matching with `case ... in`, commands in backquotes',
    ].join('\n'),
    '## Limits of one run',
    `${RUBY_LIMITS.steps.toLocaleString('en')} steps, texts of ${RUBY_LIMITS.textUnits.toLocaleString('en')} UTF-16 units, lists of ${RUBY_LIMITS.items.toLocaleString('en')} items, ` +
      `integers of ${RUBY_LIMITS.bits.toLocaleString('en')} bits. What goes beyond is an error of that event.`,
    '## Methods',
    'A name with a dot at its end has methods of the class or module itself. *Kernel* is called without a receiver; *Object*, *Comparable* and *Enumerable* are common to several types.',
    `| | |\n| --- | --- |\n${rows.join('\n')}`,
  ]);
}
