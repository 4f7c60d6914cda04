/**
 * What a plugin takes, as plain data for the reference and for tools: derived from its definition, so
 * that it cannot say anything else than what is read.
 */
import { bufferFields, memoryLimits, storageFields } from '../buffer/fields.ts';
import { Float } from '../lib/value.ts';
import type { BufferSupport, Kind, LegacyGroup } from '../plugin.ts';
import type { AnyDefinition } from '../registry.ts';
import type { Fields, Owned, Param, ParamType, Section } from './params.ts';

/** A value as JSON has it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export interface ParameterDescription {
  readonly name: string;
  readonly type: ParamType;
  /** Of the members of an array or hash. */
  readonly valueType?: ParamType;
  readonly required: boolean;
  /** Absent: there is none. Times in seconds, sizes in bytes; what JSON has no form for as its text. */
  readonly default?: Json;
  /** The default as one would write it in a configuration. */
  readonly defaultText?: string;
  /** Of an enum. */
  readonly values?: readonly string[];
  readonly alias?: string;
  readonly secret?: true;
  /** Still works; what to do instead. */
  readonly deprecated?: string;
  /** No longer works; what to do instead. */
  readonly obsoleted?: string;
  /** Accepted, and read by nobody: why. */
  readonly noEffect?: string;
  /** An addition of this project: Fluentd has no such parameter. */
  readonly extra?: true;
  readonly doc: string;
}

export interface SectionDescription {
  readonly name: string;
  readonly doc: string;
  readonly required: boolean;
  /** May be written more than once. */
  readonly multi: boolean;
  readonly alias?: string;
  /** Accepted, and read by nobody: why. */
  readonly noEffect?: string;
  readonly extra?: true;
  /** The text after the section's name. */
  readonly argument?: ParameterDescription;
  /** Takes any parameter. */
  readonly open?: true;
  /** The section holds a plugin of this kind, chosen by its `@type`. */
  readonly plugin?: Kind;
  /** The `@type` if none is written. */
  readonly defaultType?: string;
  /** Defaults of the inner plugin that differ here, as one would write them. */
  readonly defaults?: Readonly<Record<string, string>>;
  readonly parameters: readonly ParameterDescription[];
  readonly sections: readonly SectionDescription[];
}

export interface PluginDescription {
  readonly kind: Kind;
  readonly type: string;
  readonly doc: string;
  /** Of an output: `always` in chunks, or only if it has a `<buffer>` (`optional`). */
  readonly buffered?: BufferSupport['mode'];
  readonly singleWorker?: true;
  /** Groups of flat parameters of old configurations that are understood, too. */
  readonly legacy?: readonly LegacyGroup[];
  readonly parameters: readonly ParameterDescription[];
  readonly sections: readonly SectionDescription[];
}

/** Describes one plugin. Parameters and sections stand in the order of their declaration. */
export function describePlugin(definition: AnyDefinition): PluginDescription {
  const { kind, type, doc, buffer, singleWorker, legacy } = definition;
  const { parameters, sections } = describeFields(definition.config as Fields);
  return {
    kind,
    type,
    doc,
    ...(buffer && { buffered: buffer.mode }),
    ...(singleWorker && { singleWorker }),
    ...(legacy && legacy.length > 0 && { legacy }),
    parameters,
    sections: buffer ? [...sections, describeBuffer(buffer), SECONDARY] : sections,
  };
}

/** Describes declared parameters and sections; `defaults` replace those of the parameters. */
export function describeFields(
  fields: Fields,
  defaults: Readonly<Record<string, unknown>> = {},
): { readonly parameters: readonly ParameterDescription[]; readonly sections: readonly SectionDescription[] } {
  const parameters: ParameterDescription[] = [];
  const sections: SectionDescription[] = [];
  for (const [name, field] of Object.entries(fields)) {
    if (field.kind === 'param') parameters.push(describeParameter(name, field, defaults));
    else sections.push(field.kind === 'section' ? describeSection(name, field) : describeOwned(name, field));
  }
  return { parameters, sections };
}

function describeParameter(name: string, param: Param, defaults: Readonly<Record<string, unknown>>): ParameterDescription {
  const { type, valueType, values, alias, secret, deprecated, obsoleted, noEffect, extra, doc } = param;
  const other = Object.hasOwn(defaults, name);
  const value = other ? defaults[name] : param.default;
  return {
    name,
    type,
    ...(valueType && { valueType }),
    required: param.required && !other,
    ...(value !== undefined && value !== null && { default: toJson(value), defaultText: literal(value, type) }),
    ...(values && { values }),
    ...(alias !== undefined && { alias }),
    ...(secret && { secret }),
    ...(deprecated !== undefined && { deprecated }),
    ...(obsoleted !== undefined && { obsoleted }),
    ...(noEffect !== undefined && { noEffect }),
    ...(extra && { extra }),
    doc,
  };
}

function describeSection(name: string, { doc, fields, options }: Section): SectionDescription {
  const argument = Object.entries(options.argument ?? {})[0];
  return {
    name,
    doc,
    required: options.required === true,
    multi: options.multi === true,
    ...(options.alias !== undefined && { alias: options.alias }),
    ...(options.noEffect !== undefined && { noEffect: options.noEffect }),
    ...(options.extra && { extra: options.extra }),
    ...(argument && { argument: describeParameter(argument[0], argument[1], {}) }),
    ...(options.open && { open: options.open }),
    ...describeFields(fields),
  };
}

function describeOwned(name: string, { plugin, doc, options }: Owned): SectionDescription {
  const defaults = Object.entries(options.defaults ?? {}).map(([key, value]) => [key, literal(value)]);
  return {
    name,
    doc,
    required: options.required === true && options.defaultType === undefined,
    multi: options.multi === true,
    plugin: plugin as Kind,
    ...(options.defaultType !== undefined && { defaultType: options.defaultType }),
    ...(defaults.length > 0 && { defaults: Object.fromEntries(defaults) as Record<string, string> }),
    parameters: [],
    sections: [],
  };
}

/** `<buffer KEYS>`: the parameters of the buffering; those of the storage are its plugin's. */
function describeBuffer(support: BufferSupport): SectionDescription {
  const defaults = support.defaults ?? {};
  const common = bufferFields(support);
  const ofStorage = Object.entries(defaults).filter(([name]) => name !== '@type' && !Object.hasOwn(common, name));
  const storage: Readonly<Record<string, Param>> = storageFields(memoryLimits);
  const keys = support.chunkKeys ?? [];
  return {
    name: 'buffer',
    doc: 'How events are kept until they are delivered.'
      + (support.mode === 'optional' ? ' Without this section each batch of events is handled at once.' : ''),
    required: false,
    multi: false,
    argument: {
      name: 'chunk_keys',
      type: 'array',
      valueType: 'string',
      required: false,
      default: keys,
      defaultText: keys.length > 0 ? keys.join(',') : '[]',
      doc: 'What the events of one chunk have in common: `tag`, `time` (with timekey), names of fields; [] for nothing.',
    },
    plugin: 'buffer',
    defaultType: (defaults['@type'] as string | undefined) ?? 'memory',
    ...(ofStorage.length > 0 && { defaults: Object.fromEntries(ofStorage.map(([name, value]) => [name, literal(value, storage[name]?.type)])) }),
    ...describeFields(common, defaults),
  };
}

const SECONDARY: SectionDescription = {
  name: 'secondary',
  doc: "Where chunks go that could not be delivered. Without an @type it is an output of the same type.",
  required: false,
  multi: false,
  plugin: 'output',
  parameters: [],
  sections: [],
};

function toJson(value: unknown): Json {
  if (value === null || value === undefined) return null;
  if (typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (value instanceof Float) return value.value;
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof Map) return Object.fromEntries([...value as Map<unknown, unknown>].map(([key, inner]) => [String(key), toJson(inner)]));
  return regexpText(value) ?? String(value);
}

/** `8m`, `1h`, `true`, `["a"]`: how a configuration would say it. */
function literal(value: unknown, type?: ParamType): string {
  if (typeof value === 'number' && type === 'size') return withUnit(value, SIZE_UNITS);
  if (typeof value === 'number' && type === 'time') return withUnit(value, TIME_UNITS);
  if (typeof value === 'string') return /^[^\s"'#\\[\]{}]+$/.test(value) ? value : JSON.stringify(value);
  const json = toJson(value);
  return typeof json === 'string' ? json : JSON.stringify(json);
}

/** Bytes; k, m, g and t are powers of 1024. */
const SIZE_UNITS: readonly (readonly [number, string])[] = [[1024 ** 4, 't'], [1024 ** 3, 'g'], [1024 ** 2, 'm'], [1024, 'k']];

/** Seconds. */
const TIME_UNITS: readonly (readonly [number, string])[] = [[86_400, 'd'], [3600, 'h'], [60, 'm'], [1, 's']];

function withUnit(value: number, units: readonly (readonly [number, string])[]): string {
  const unit = value === 0 ? undefined : units.find(([factor]) => value % factor === 0);
  return unit ? `${value / unit[0]}${unit[1]}` : String(value);
}

function regexpText(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('source' in value)) return undefined;
  const options = 'options' in value && typeof value.options === 'string' ? value.options : '';
  return `/${String(value.source)}/${options}`;
}
