/** The reference as Markdown, for pages. */
import type { ParameterDescription, PluginDescription, SectionDescription } from '../config/describe.ts';
import { commonNote, KINDS, noteLines, parameterDoc, qualities, sectionFacts, sectionTag, summary, usage } from './reference-text.ts';

/** One page with all these plugins, and a table of contents if there are several. */
export function markdown(descriptions: readonly PluginDescription[]): string {
  const sorted = KINDS.flatMap(({ kind }) => descriptions.filter((description) => description.kind === kind));
  const blocks = sorted.map(pluginMarkdown);
  if (sorted.length > 1) blocks.unshift(contents(sorted));
  return blocks.join('\n');
}

function contents(descriptions: readonly PluginDescription[]): string {
  return KINDS.flatMap(({ kind, title, section }) => {
    const rows = descriptions.filter((description) => description.kind === kind);
    if (rows.length === 0) return [];
    const lines = rows.map(({ type, doc }) => `| [${type}](#${kind}-${type}) | ${cell(summary(doc))} |`);
    return [`**${title}** \`<${section}>\`\n\n| | |\n| --- | --- |\n${lines.join('\n')}\n`];
  }).join('\n');
}

function pluginMarkdown(description: PluginDescription): string {
  const { kind, type, doc } = description;
  const example = usage(description).split('\n').map((line) => line.slice(2)).join('\n');
  const blocks = [`## ${kind} ${type}`, prose(doc), fenced(example)];
  for (const note of noteLines(description)) blocks.push(prose(note));
  blocks.push(...fieldBlocks(description, 3), prose(commonNote(kind)));
  return `${blocks.join('\n\n')}\n`;
}

/** Parameters and sections, in blocks with the headings of sections at a level. */
export function fieldBlocks({ parameters, sections }: Pick<PluginDescription, 'parameters' | 'sections'>, level: number): string[] {
  return [
    ...(parameters.length > 0 ? [parameterTable(parameters)] : []),
    ...sections.flatMap((section) => sectionMarkdown(section, [], level)),
  ];
}

/** Between these lines of a README stands what {@link readmeReference} gives. */
export const README_BEGIN = '<!-- logferry:parameters -->';
export const README_END = '<!-- /logferry:parameters -->';

/** Parameters and sections of a plugin for its own README, with the marks around them. */
export function readmeReference(description: PluginDescription): string {
  const blocks = fieldBlocks(description, 3);
  return [README_BEGIN, ...(blocks.length > 0 ? blocks : ['It takes no parameters of its own.']), README_END].join('\n\n');
}

/** A README with the reference between its marks renewed; undefined if it has no marks. */
export function renewedReadme(text: string, description: PluginDescription): string | undefined {
  const [from, to] = [text.indexOf(README_BEGIN), text.indexOf(README_END)];
  if (from < 0 || to < from) return undefined;
  return text.slice(0, from) + readmeReference(description) + text.slice(to + README_END.length);
}

/** A block of text as it is. */
export function fenced(text: string): string {
  return `\`\`\`\n${text}\n\`\`\``;
}

function sectionMarkdown(section: SectionDescription, outer: readonly string[], level: number): string[] {
  const { argument, parameters, sections, doc } = section;
  const path = [...outer, sectionTag(section)];
  const facts = sectionFacts(section);
  const blocks = [`${'#'.repeat(level)} ${path.map((tag) => `\`${tag}\``).join(' ')}`];
  if (facts.length > 0) blocks.push(`*${prose(facts.join(', '))}*`);
  blocks.push(prose(doc));
  const own = argument ? [{ ...argument, name: argument.name.toUpperCase() }, ...parameters] : parameters;
  if (own.length > 0) blocks.push(parameterTable(own));
  for (const inner of sections) blocks.push(...sectionMarkdown(inner, path, level));
  return blocks;
}

function parameterTable(parameters: readonly ParameterDescription[]): string {
  const rows = numberedOnce(parameters).map((parameter) => {
    const { required, defaultText } = parameter;
    const fallback = required ? '**required**' : defaultText === undefined ? '' : code(defaultText);
    const [type = '', ...rest] = qualities({ ...parameter, defaultText: undefined, required: false });
    const kind = parameter.values ? parameter.values.map(code).join(' ') : type;
    return `| ${parameter.name.split(' ... ').map(code).join(' ... ')} | ${[kind, ...rest].map((text) => (parameter.values ? text : cell(text))).join(', ')} | ${fallback} | ${cell(parameterDoc(parameter))} |`;
  });
  return `| Parameter | Type | Default | |\n| --- | --- | --- | --- |\n${rows.join('\n')}`;
}

/** `format1`, `format2`, ... are one row: `format1 ... format20`. */
function numberedOnce(parameters: readonly ParameterDescription[]): ParameterDescription[] {
  const form = ({ name, ...rest }: ParameterDescription): string => `${name} ${JSON.stringify(rest)}`.replaceAll(/\d+/g, 'N');
  const rows: ParameterDescription[][] = [];
  for (const parameter of parameters) {
    const last = rows.at(-1);
    if (last && /\d$/.test(parameter.name) && form(last[0]!) === form(parameter)) last.push(parameter);
    else rows.push([parameter]);
  }
  return rows.flatMap((row) => (row.length > 2 ? [{ ...row[0]!, name: `${row[0]!.name} ... ${row.at(-1)!.name}` }] : row));
}

/** Text in which `<name>` is no HTML and `*` no emphasis; what stands between backquotes stays. */
export function prose(text: string): string {
  return text.split(/(`[^`]*`)/).map((part, index) => (index % 2 === 1 ? part : part.replace(/[<>*_]/g, (c) => `\\${c}`))).join('');
}

/** The same within a table. */
export function cell(text: string): string {
  return prose(text).replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function code(text: string): string {
  const fence = text.includes('`') ? '``' : '`';
  return `${fence}${text.replaceAll('|', '\\|')}${fence}`;
}
