/**
 * Reads a ConfigElement against the declarations of a plugin: typed values, every problem with its
 * place, a warning for everything that nobody reads.
 */
import { errorText, type ConfigProblem, type Location } from '../errors.ts';
import { suggest } from '../lib/suggest.ts';
import { LEVELS } from '../log/logger.ts';
import type { Kind } from '../plugin.ts';
import type { AnyDefinition, Registry } from '../registry.ts';
import { bufferedOutputFields, bufferFields } from '../buffer/fields.ts';
import type { CheckedBuffer, CheckedPlugin } from './checked.ts';
import type { ConfigElement, ConfigValue } from './element.ts';
import { withLegacySections } from './legacy.ts';
import { chunkKeyNames, secondaryElement, sectionName, withNames, withParam, withProperNames } from './proper-element.ts';
import { readLiteral } from './read-literal.ts';
import { unusedParts } from './unused-parts.ts';
import type { Fields, Owned, Param, Section } from './params.ts';

export { sectionName };
export type { CheckedBuffer, CheckedPlugin };

const COMMON_KEYS = new Set(['@type', '@id', '@label', '@log_level']);

/** The elements whose values were read, so that a plugin can ask where a parameter stands. */
const places = new WeakMap<object, ConfigElement>();

/** Where a value of a read configuration object stands; the section's place if it has its default. */
export function placeOf(config: object, name: string): Location | undefined {
  const element = places.get(config);
  return element?.params.get(name)?.at ?? element?.at;
}

export interface ReaderOptions {
  readonly registry: Registry;
  /** `<system> strict_config_value`: values that only nearly fit are errors. */
  readonly strict: boolean;
  /** Is told of each plugin that was read, those that others own before their owners. */
  readonly onPlugin?: ((plugin: CheckedPlugin) => void) | undefined;
}

export class ConfigReader {
  readonly problems: ConfigProblem[] = [];
  readonly warnings: ConfigProblem[] = [];
  readonly #options: ReaderOptions;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  /** Reads the plugin of a section; undefined if it cannot be (the problem is noted). */
  async plugin<K extends Kind>(
    kind: K,
    original: ConfigElement,
    inner: {
      defaultType?: string | undefined;
      defaults?: Readonly<Record<string, unknown>> | undefined;
      outer?: readonly string[] | undefined;
      withBuffer?: boolean;
    } = {},
  ): Promise<CheckedPlugin<K> | undefined> {
    let element = withProperNames(original, (warning) => this.warnings.push(warning));
    let type = element.params.get('@type')?.text ?? inner.defaultType;
    if (type === undefined || type === '') {
      this.problems.push({
        message: `'@type' parameter is required, in section ${sectionName(element)}`,
        at: element.at,
        hint: `known ${kind} plugins: ${this.#options.registry.types(kind).join(', ')}`,
      });
      return undefined;
    }
    if (kind === 'parser' && type.startsWith('/')) {
      element = withParam(element, 'expression', element.params.get('@type')!);
      type = 'regexp';
    }
    const definition = await this.#definition(kind, type, element);
    if (!definition) return undefined;
    element = withLegacySections(element, definition, (warning) => this.warnings.push(warning));

    this.#checkLogLevel(element);
    const used = new Set<ConfigElement>();
    const buffer = definition.buffer && inner.withBuffer !== false ? await this.#buffer(element, definition, used) : undefined;
    const config = await this.fields(element, kind === 'output' ? { ...bufferedOutputFields, ...(definition.config as Fields) } : (definition.config as Fields), {
      label: `${element.name} ${type}`,
      defaults: inner.defaults,
      used,
      ignore: inner.outer ? new Set([...COMMON_KEYS, ...inner.outer]) : COMMON_KEYS,
    });
    const checked: CheckedPlugin<K> = {
      kind,
      type,
      config,
      element,
      definition,
      arg: element.arg,
      id: element.params.get('@id')?.text,
      label: element.params.get('@label')?.text,
      logLevel: element.params.get('@log_level')?.text.toLowerCase(),
      buffer,
    };
    this.#options.onPlugin?.(checked);
    return checked;
  }

  /** Reads parameters and sections of an element. */
  async fields(
    element: ConfigElement,
    fields: Fields,
    options: {
      label: string;
      defaults?: Readonly<Record<string, unknown>> | undefined;
      used?: Set<ConfigElement>;
      ignore?: ReadonlySet<string>;
      open?: boolean;
    },
  ): Promise<Record<string, unknown>> {
    const config: Record<string, unknown> = {};
    places.set(config, element);
    const used = options.used ?? new Set<ConfigElement>();
    const known = new Set(options.ignore);

    for (const [name, field] of Object.entries(fields)) {
      if (field.kind === 'param') {
        known.add(name);
        if (field.alias) known.add(field.alias);
        config[name] = this.#param(element, name, field, options);
      } else if (field.kind === 'section') await this.#section(element, name, field, config, used);
      else if (field.options.inline !== undefined) config[name] = await this.#inlined(element, field, known);
      else await this.#owned(element, name, field, config, used);
    }

    if (!options.open) this.warnings.push(...unusedParts(element, fields, known, used));
    return config;
  }

  #param(
    element: ConfigElement,
    name: string,
    param: Param,
    options: { label: string; defaults?: Readonly<Record<string, unknown>> | undefined },
  ): unknown {
    const written = element.params.get(name) ?? (param.alias ? element.params.get(param.alias) : undefined);
    const fallback = options.defaults && name in options.defaults ? options.defaults[name] : param.default;
    const required = param.required && !(options.defaults && name in options.defaults);
    if (written && param.obsoleted !== undefined) {
      this.problems.push({ message: `'${name}' parameter is already removed: ${param.obsoleted}`, at: written.at });
      return undefined;
    }
    if (written && param.deprecated !== undefined)
      this.warnings.push({ message: `'${name}' parameter is deprecated: ${param.deprecated}`, at: written.at });
    if (written && param.noEffect !== undefined)
      this.warnings.push({ message: `parameter '${name}' has no effect here: ${param.noEffect}`, at: written.at });
    if (!written || written.special === 'default') {
      if (!required) return fallback;
      this.problems.push({
        message: `'${name}' parameter is required, in section ${sectionName(element)} (${options.label})`,
        at: written?.at ?? element.at,
        hint: `${name}: ${param.doc}`,
      });
      return undefined;
    }
    if (written.special === 'nil') {
      if (!required) return undefined;
      this.problems.push({ message: `'${name}' parameter is required but nil is specified`, at: written.at });
      return undefined;
    }
    try {
      return readLiteral(param, written, {
        strict: this.#options.strict,
        note: (message) => this.warnings.push({ message: `'${name}' parameter: ${message}`, at: written.at }),
      });
    } catch (error) {
      this.problems.push({ message: `'${name}' parameter: ${(error as Error).message}`, at: written.at, hint: valuesHint(param, written) });
      return fallback;
    }
  }

  async #section(element: ConfigElement, name: string, field: Section, config: Record<string, unknown>, used: Set<ConfigElement>) {
    const { options } = field;
    const key = options.as ?? name;
    const found = element.elements.filter((child) => child.name === name || (options.alias !== undefined && child.name === options.alias));
    for (const child of found) used.add(child);
    if (!options.multi && found.length > 1) this.#tooMany(element, name, found);
    if (found[0] && options.noEffect !== undefined)
      this.warnings.push({ message: `section <${name}> has no effect here: ${options.noEffect}`, at: found[0].at });
    const values: Record<string, unknown>[] = [];
    for (const child of found) values.push(await this.#sectionValue(child, name, field));
    if (options.multi) {
      if (options.required && found.length === 0) this.#missingSection(element, name);
      config[key] = values;
      return;
    }
    if (found.length > 0) config[key] = values[0];
    else if (options.required) this.#missingSection(element, name);
    else if (options.init) {
      const empty: ConfigElement = { name, arg: '', at: element.at, params: new Map(), elements: [] };
      config[key] = await this.#sectionValue(empty, name, field);
    }
  }

  async #sectionValue(child: ConfigElement, name: string, field: Section): Promise<Record<string, unknown>> {
    const value = await this.fields(child, field.fields, { label: `<${name}>`, open: field.options.open === true });
    for (const [key, param] of Object.entries(field.options.argument ?? {})) {
      const argument: ConfigElement =
        child.arg === '' ? { ...child, params: new Map() } : { ...child, params: new Map([[key, { text: child.arg, at: child.at }]]) };
      value[key] = this.#param(argument, key, param, { label: `<${name}>` });
    }
    if (field.options.open) value.$element = child;
    return value;
  }

  /** A plugin that is described in the same section; what it reads is known there too. */
  async #inlined(element: ConfigElement, field: Owned, known: Set<string>): Promise<CheckedPlugin | undefined> {
    const { inline = '', defaultType } = field.options;
    const written = element.params.get(inline);
    const type = written?.text ?? defaultType;
    if (type === undefined) return undefined;
    const kind = field.plugin as Kind;
    const definition = await this.#definition(kind, type, withParam(element, '@type', written ?? { text: type, at: element.at }));
    if (!definition) return undefined;
    for (const [name, { kind: fieldKind }] of Object.entries(definition.config as Fields)) if (fieldKind === 'param') known.add(name);
    const params = new Map([...element.params].filter(([name]) => !COMMON_KEYS.has(name)));
    const own: ConfigElement = { ...element, params: params.set('@type', { text: type, at: written?.at ?? element.at }) };
    return this.plugin(kind, own, { outer: [...params.keys()] });
  }

  async #owned(element: ConfigElement, name: string, field: Owned, config: Record<string, unknown>, used: Set<ConfigElement>) {
    const { options } = field;
    const written = element.elements.filter((child) => child.name === name);
    for (const child of written) used.add(child);
    if (!options.multi && written.length > 1) this.#tooMany(element, name, written);
    const found = options.legacy ? written.map((child) => withNames(child, options.legacy!)) : written;
    const kind = field.plugin as Kind;
    const withBuffer = name !== 'secondary';
    const inner = { defaultType: options.defaultType, defaults: options.defaults, outer: options.outer, withBuffer };
    if (options.multi) {
      const plugins = [];
      for (const child of found) plugins.push(await this.plugin(kind, child, inner));
      if (options.required && found.length === 0) this.#missingSection(element, name);
      config[name] = plugins.filter((plugin) => plugin !== undefined);
      return;
    }
    if (found[0]) config[name] = await this.plugin(kind, found[0], inner);
    else if (options.defaultType !== undefined) {
      const empty: ConfigElement = { name, arg: '', at: element.at, params: new Map(), elements: [] };
      config[name] = await this.plugin(kind, empty, inner);
    } else if (options.required) this.#missingSection(element, name);
  }

  /** `<buffer>` and `<secondary>` of an output; undefined if it works without chunks here. */
  async #buffer(element: ConfigElement, definition: AnyDefinition, used: Set<ConfigElement>): Promise<CheckedBuffer | undefined> {
    const support = definition.buffer!;
    const sections = element.elements.filter((child) => child.name === 'buffer');
    const secondaries = element.elements.filter((child) => child.name === 'secondary');
    for (const child of [...sections, ...secondaries]) used.add(child);
    if (sections.length > 1) this.#tooMany(element, 'buffer', sections);
    if (secondaries.length > 1) this.#tooMany(element, 'secondary', secondaries);
    if (sections.length === 0 && support.mode === 'optional' && secondaries.length === 0) return undefined;
    const section: ConfigElement =
      sections[0] ?? { name: 'buffer', arg: support.chunkKeys?.join(',') ?? '', at: element.at, params: new Map(), elements: [] };

    // One section holds the parameters of the buffering and those of the plugin that keeps the chunks.
    const common = bufferFields(support);
    const commonKeys = new Set([...Object.keys(common), ...Object.values(common).map((field) => field.alias ?? '')]);
    const ofBuffer: ConfigElement = { ...section, params: new Map([...section.params].filter(([name]) => commonKeys.has(name))) };
    const ofStorage: ConfigElement = { ...section, params: new Map([...section.params].filter(([name]) => !commonKeys.has(name))) };
    const defaults = support.defaults ?? {};
    const storage = await this.plugin('buffer', ofStorage, { defaultType: (defaults['@type'] as string | undefined) ?? 'memory', defaults });
    const config = await this.fields({ ...ofBuffer, elements: [] }, common, { label: '<buffer>', defaults });
    let secondary: CheckedPlugin<'output'> | undefined;
    if (secondaries[0]) {
      secondary = await this.plugin('output', secondaryElement(secondaries[0], element), { withBuffer: false });
      for (const inner of secondaries[0].elements)
        if (inner.name === 'buffer' || inner.name === 'secondary')
          this.problems.push({ message: `<secondary> section cannot have <${inner.name}> section`, at: inner.at });
    }
    if (!storage) return undefined;
    const keys = sections[0] ? chunkKeyNames(section.arg, support.chunkKeys) : (support.chunkKeys ?? []);
    return { config, keys, storage, secondary, element: section };
  }

  async #definition(kind: Kind, type: string, element: ConfigElement): Promise<AnyDefinition | undefined> {
    const { registry } = this.#options;
    const loading = registry.find(kind, type);
    if (loading) {
      try {
        return await loading;
      } catch (error) {
        this.problems.push({ message: `${kind} plugin '${type}' cannot be loaded: ${errorText(error)}`, at: element.params.get('@type')?.at ?? element.at });
        return undefined;
      }
    }
    const near = registry.suggest(kind, type);
    this.problems.push({
      message: `Unknown ${kind} plugin '${type}'`,
      at: element.params.get('@type')?.at ?? element.at,
      hint: near ? `did you mean '${near}'?` : `known: ${registry.types(kind).join(', ')}`,
    });
    return undefined;
  }

  #checkLogLevel(element: ConfigElement): void {
    const level = element.params.get('@log_level');
    if (!level || (LEVELS as readonly string[]).includes(level.text.toLowerCase())) return;
    this.problems.push({ message: `'@log_level' parameter: expected one of ${LEVELS.join(', ')}, found '${level.text}'`, at: level.at });
  }

  #tooMany(element: ConfigElement, name: string, found: readonly ConfigElement[]): void {
    this.problems.push({
      message: `'<${name}>' section cannot be written twice or more in ${sectionName(element)}`,
      at: found[1]!.at,
      hint: `the first one is at line ${found[0]!.at.line}`,
    });
  }

  #missingSection(element: ConfigElement, name: string): void {
    this.problems.push({ message: `'<${name}>' section is required in ${sectionName(element)}`, at: element.at });
  }
}

function valuesHint(param: Param, written: ConfigValue): string | undefined {
  if (param.type !== 'enum' || !param.values) return undefined;
  const near = suggest(written.text, param.values);
  return near ? `did you mean '${near}'?` : undefined;
}
