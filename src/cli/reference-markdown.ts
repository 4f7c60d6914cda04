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
  const { kind, type, doc, parameters, sections } = description;
  const example = usage(description).split('\n').map((line) => line.slice(2)).join('\n');
  const blocks = [`## ${kind} ${type}`, prose(doc), `\`\`\`\n${example}\n\`\`\``];
  for (const note of noteLines(description)) blocks.push(prose(note));
  if (parameters.length > 0) blocks.push(parameterTable(parameters));
  for (const section of sections) blocks.push(...sectionMarkdown(section, []));
  blocks.push(prose(commonNote(kind)));
  return `${blocks.join('\n\n')}\n`;
}

function sectionMarkdown(section: SectionDescription, outer: readonly string[]): string[] {
  const { argument, parameters, sections, doc } = section;
  const path = [...outer, sectionTag(section)];
  const facts = sectionFacts(section);
  const blocks = [`### ${path.map((tag) => `\`${tag}\``).join(' ')}`];
  if (facts.length > 0) blocks.push(`*${prose(facts.join(', '))}*`);
  blocks.push(prose(doc));
  const own = argument ? [{ ...argument, name: argument.name.toUpperCase() }, ...parameters] : parameters;
  if (own.length > 0) blocks.push(parameterTable(own));
  for (const inner of sections) blocks.push(...sectionMarkdown(inner, path));
  return blocks;
}

function parameterTable(parameters: readonly ParameterDescription[]): string {
  const rows = parameters.map((parameter) => {
    const { required, defaultText } = parameter;
    const fallback = required ? '**required**' : defaultText === undefined ? '' : code(defaultText);
    const [type = '', ...rest] = qualities({ ...parameter, defaultText: undefined, required: false });
    const kind = parameter.values ? parameter.values.map(code).join(' ') : type;
    return `| ${code(parameter.name)} | ${[kind, ...rest].map((text) => (parameter.values ? text : cell(text))).join(', ')} | ${fallback} | ${cell(parameterDoc(parameter))} |`;
  });
  return `| Parameter | Type | Default | |\n| --- | --- | --- | --- |\n${rows.join('\n')}`;
}

/** Text in which `<name>` is no HTML and `*` no emphasis; what stands between backquotes stays. */
function prose(text: string): string {
  return text.split(/(`[^`]*`)/).map((part, index) => (index % 2 === 1 ? part : part.replace(/[<>*_]/g, (c) => `\\${c}`))).join('');
}

function cell(text: string): string {
  return prose(text).replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function code(text: string): string {
  const fence = text.includes('`') ? '``' : '`';
  return `${fence}${text.replaceAll('|', '\\|')}${fence}`;
}
