/** The reference as text for a terminal. */
import type { ParameterDescription, PluginDescription, SectionDescription } from '../config/describe.ts';
import type { Kind } from '../plugin.ts';
import { wrapText } from './wrap-text.ts';

export interface TextStyle {
  /** Characters in a line. */
  readonly width: number;
  /** Names in bold, the rest dimmed where it matters less. */
  readonly colour: boolean;
}

/** The kinds in the order in which events meet them, with what holds them in a configuration. */
export const KINDS: readonly { readonly kind: Kind; readonly title: string; readonly section: string }[] = [
  { kind: 'input', title: 'Inputs', section: 'source' },
  { kind: 'parser', title: 'Parsers', section: 'parse' },
  { kind: 'filter', title: 'Filters', section: 'filter PATTERN' },
  { kind: 'output', title: 'Outputs', section: 'match PATTERN' },
  { kind: 'formatter', title: 'Formatters', section: 'format' },
  { kind: 'buffer', title: 'Buffers', section: 'buffer CHUNK_KEYS' },
  { kind: 'storage', title: 'Storages', section: 'storage' },
  { kind: 'service_discovery', title: 'Service discovery', section: 'service_discovery' },
];

/** Column of what follows a name. */
const NAME_COLUMN = 34;

/** Stands for a space at which no line ends. */
const NO_BREAK = '\u0000';

/** One line for each plugin, by kind. */
export function listText(descriptions: readonly PluginDescription[], style: TextStyle): string {
  const column = Math.max(...descriptions.map(({ type }) => type.length), 0) + 4;
  const blocks = KINDS.flatMap(({ kind, title, section }) => {
    const rows = descriptions.filter((description) => description.kind === kind);
    if (rows.length === 0) return [];
    const lines = rows.map(({ type, doc }) => {
      const text = wrapText(summary(doc), style.width, ' '.repeat(column)).slice(column);
      return `  ${bold(type, style)}${' '.repeat(column - 2 - type.length)}${text}`;
    });
    return [`${bold(title, style)}  ${dim(`<${section}>`, style)}\n${lines.join('\n')}\n`];
  });
  return blocks.join('\n');
}

/** All that one plugin takes. */
export function pluginText(description: PluginDescription, style: TextStyle): string {
  const { kind, type, doc, parameters, sections } = description;
  const blocks = [
    `${bold(`${kind} ${type}`, style)}\n\n${wrapText(doc, style.width, '  ')}\n`,
    `${usage(description)}\n`,
  ];
  const notes = noteLines(description);
  if (notes.length > 0) blocks.push(`${notes.map((note) => wrapText(note, style.width, '  ')).join('\n')}\n`);
  if (parameters.length > 0) blocks.push(`${bold('Parameters', style)}\n\n${parametersText(parameters, 2, style)}\n`);
  for (const section of sections) blocks.push(`${sectionText(section, 0, style)}\n`);
  blocks.push(`${wrapText(commonNote(kind), style.width)}\n`);
  return blocks.join('\n');
}

/** The first sentence. */
export function summary(doc: string): string {
  return /^.*?\.(?=\s|$)/s.exec(doc)?.[0] ?? doc;
}

/** Type and all that qualifies a parameter: `enum, default json, secret`. */
export function qualities(parameter: ParameterDescription): string[] {
  const { type, valueType, required, defaultText, values, alias, secret, extra } = parameter;
  return [
    values ? values.join(' | ') : valueType ? `${type} of ${valueType}` : type === 'custom' ? 'text' : type,
    ...(required ? ['required'] : []),
    ...(defaultText !== undefined ? [`default ${defaultText}`] : []),
    ...(alias !== undefined ? [`also ${alias}`] : []),
    ...(secret ? ['secret'] : []),
    ...(extra ? ['not in Fluentd'] : []),
  ];
}

/** Documentation of a parameter with what became of it. */
export function parameterDoc({ doc, deprecated, obsoleted, noEffect }: ParameterDescription): string {
  if (obsoleted !== undefined) return `Removed: ${obsoleted}`;
  const notes = [doc, deprecated === undefined ? '' : `Deprecated: ${deprecated}`, noEffect === undefined ? '' : `No effect here: ${noEffect}.`];
  return notes.filter((note) => note !== '').join(' ');
}

/** How a section stands in a configuration: `<buffer CHUNK_KEYS>`. */
export function sectionTag({ name, argument }: SectionDescription): string {
  return argument ? `<${name} ${argument.name.toUpperCase()}>` : `<${name}>`;
}

/** Where a plugin stands, with what it cannot do without. */
export function usage({ kind, type, parameters, sections }: PluginDescription): string {
  const holder = KINDS.find((entry) => entry.kind === kind)?.section ?? kind;
  const needed = [
    ...parameters.filter(({ required }) => required).map(({ name, type: wanted }) => `    ${name} ${wanted.toUpperCase()}`),
    ...sections.filter(({ required }) => required).flatMap((section) => [`    ${sectionTag(section)}`, '      ...', `    </${section.name}>`]),
  ];
  return [`  <${holder}>`, `    @type ${type}`, ...needed, `  </${holder.split(' ', 1)[0]}>`].join('\n');
}

/** Facts about the plugin as a whole. */
export function noteLines({ buffered, singleWorker, legacy }: PluginDescription): string[] {
  return [
    ...(buffered === 'always' ? ['Buffered: events are kept in chunks until they are delivered, whether or not there is a <buffer>.'] : []),
    ...(buffered === 'optional' ? ['Buffered if it has a <buffer> or a <secondary>; without them each batch of events is handled at once.'] : []),
    ...(singleWorker ? ['Runs in one worker only: put it into <worker N> where there are several.'] : []),
    ...(legacy ? [`Flat parameters of old configurations are understood, too, in place of ${legacySections(legacy)}.`] : []),
  ];
}

/** The parameters that the core gives to every plugin. */
export function commonNote(kind: Kind): string {
  const label = kind === 'input' ? ' @label (the label that gets its events),' : kind === 'output' ? ' @label (the label that gets what it emits),' : '';
  return `Like every plugin it takes @id (its name in logs, metrics and buffer folders),${label} and @log_level (how much of its log is shown).`;
}

const LEGACY_SECTIONS = { buffer: '<buffer>', inject: '<inject>', extract: '<extract>', parser: '<parse>', formatter: '<format>' } as const;

function legacySections(groups: NonNullable<PluginDescription['legacy']>): string {
  const names = groups.map((group) => LEGACY_SECTIONS[group]);
  return names.length === 1 ? names[0]! : `${names.slice(0, -1).join(', ')} and ${names.at(-1)!}`;
}

/** What a section holds besides its own parameters. */
export function sectionFacts(section: SectionDescription): string[] {
  const { required, multi, alias, extra, plugin, defaultType, defaults, open } = section;
  return [
    ...(plugin !== undefined ? [`holds ${/^[aeiou]/.test(plugin) ? 'an' : 'a'} ${plugin.replaceAll('_', ' ')} plugin`] : []),
    ...(defaultType !== undefined ? [`@type ${defaultType} by default`] : []),
    ...Object.entries(defaults ?? {}).map(([name, text]) => `${name} ${text} by default`),
    ...(required ? ['required'] : []),
    ...(multi ? ['may be repeated'] : []),
    ...(alias !== undefined ? [`also <${alias}>`] : []),
    ...(open ? ['takes any parameter'] : []),
    ...(extra ? ['not in Fluentd'] : []),
  ];
}

function sectionText(section: SectionDescription, depth: number, style: TextStyle): string {
  const indent = ' '.repeat(depth);
  const { name, doc, argument, plugin, parameters, sections } = section;
  const facts = sectionFacts(section);
  const head = named(sectionTag(section), facts.join(', '), depth, style);
  const pointer = plugin === undefined || name === 'secondary' ? '' : ` See 'logferry plugins ${plugin}'.`;
  const blocks = [`${head}\n${wrapText(doc + pointer, style.width, `${indent}    `)}`];
  const own = argument ? [{ ...argument, name: argument.name.toUpperCase() }, ...parameters] : parameters;
  if (own.length > 0) blocks.push(`\n${parametersText(own, depth + 2, style)}`);
  for (const inner of sections) blocks.push(`\n${sectionText(inner, depth + 2, style)}`);
  return blocks.join('\n');
}

function parametersText(parameters: readonly ParameterDescription[], depth: number, style: TextStyle): string {
  return parameters.map((parameter) =>
    `${named(parameter.name, qualities(parameter).join(', '), depth, style)}\n${wrapText(parameterDoc(parameter), style.width, ' '.repeat(depth + 4))}`,
  ).join('\n');
}

/** A name, and in its own column what there is to say of it; in lines of its own if it is long. */
function named(name: string, facts: string, depth: number, style: TextStyle): string {
  const indent = ' '.repeat(depth);
  if (facts === '') return indent + bold(name, style);
  const column = Math.max(NAME_COLUMN, depth + name.length + 2);
  const lines = wrapText(facts.replaceAll('default ', `default${NO_BREAK}`), style.width, ' '.repeat(NAME_COLUMN)).replaceAll(NO_BREAK, ' ');
  if (column > NAME_COLUMN && column + facts.length > style.width) return `${indent}${bold(name, style)}\n${dim(lines, style)}`;
  const text = column > NAME_COLUMN ? facts : lines.trimStart();
  return `${indent}${bold(name, style)}${' '.repeat(column - depth - name.length)}${dim(text, style)}`;
}

function bold(text: string, { colour }: TextStyle): string {
  return colour ? `\u001b[1m${text}\u001b[22m` : text;
}

function dim(text: string, { colour }: TextStyle): string {
  return colour ? `\u001b[2m${text}\u001b[22m` : text;
}
