/** Compares what a plugin declares with what the reference implementation declares. */
import { bufferedOutputFields, bufferFields } from '../../src/buffer/fields.ts';
import { describeFields, describePlugin, type Json, type ParameterDescription, type SectionDescription } from '../../src/config/describe.ts';
import { LEGACY_NAMES } from '../../src/config/legacy.ts';
import type { Fields, Owned, Section } from '../../src/config/params.ts';
import type { AnyDefinition } from '../../src/registry.ts';

/** A parameter as the reference declares it; see the README of `parameters.json`'s origin: times in seconds, sizes in bytes. */
export interface ReferenceParameter {
  readonly name: string;
  readonly type: string;
  readonly required?: boolean;
  readonly default?: Json;
  readonly alias?: string;
  readonly values?: readonly string[];
  readonly value_type?: string;
  readonly secret?: boolean;
  readonly deprecated?: boolean;
  readonly obsoleted?: boolean;
}

export interface ReferenceSection {
  readonly name: string;
  readonly required?: boolean;
  readonly multi?: boolean;
  readonly init?: boolean;
  readonly alias?: string;
  readonly argument?: ReferenceParameter;
  readonly parameters?: readonly ReferenceParameter[];
  readonly sections?: readonly ReferenceSection[];
  /** Of a section with an `@type`. */
  readonly defaults_for_inner_plugin?: Readonly<Record<string, Json>>;
}

export interface ReferencePlugin {
  readonly kind: string;
  readonly name: string;
  readonly parameters: readonly ReferenceParameter[];
  readonly sections?: readonly ReferenceSection[];
  readonly undeclared_sections?: readonly string[];
  readonly legacy?: readonly string[];
}

/** Sections that the core adds to outputs; those of `<secondary>` are the plugin's that it names. */
const OF_CORE = new Set(['secondary']);
/** Read by the core for every plugin. */
const COMMON = new Set(['@log_level']);

/** The default of a zone: absent here. */
const LOCAL_ZONE = '(local time zone)';

/** Every difference as a line `place: what`; empty if there is none. */
export function comparePlugin(reference: ReferencePlugin, definition: AnyDefinition): string[] {
  const found: string[] = [];
  const description = describePlugin(definition);
  const isOutput = definition.kind === 'output';
  const common = isOutput ? describeFields(bufferedOutputFields).parameters : [];
  const own = description.parameters;
  const parameters = [...own, ...common.filter(({ name }) => !own.some((param) => param.name === name))];
  // Some declare old flat parameters themselves; here a legacy group takes them.
  const old = new Set((definition.legacy ?? []).flatMap((group) => Object.keys(LEGACY_NAMES[group])));
  const declared = new Set(parameters.map(({ name }) => name));
  const expected = reference.parameters.filter(({ name }) => !COMMON.has(name) && (declared.has(name) || !old.has(name)));
  compareParameters('', expected, parameters, found, new Set(common.map(({ name }) => name)));
  compareSections('', reference.sections ?? [], description.sections, definition.config as Fields, found, new Set(reference.undeclared_sections));
  const buffer = reference.sections?.find(({ name }) => name === 'buffer');
  if (buffer && definition.buffer) {
    const common: Fields = bufferFields(definition.buffer);
    const ofStorage = Object.entries(definition.buffer.defaults ?? {}).filter(([name]) => name !== '@type' && !Object.hasOwn(common, name));
    compareDefaults('<buffer> ', buffer.defaults_for_inner_plugin ?? {}, Object.fromEntries(ofStorage), found);
  }
  const legacy = [...(definition.legacy ?? [])].sort().join();
  const expectedLegacy = [...(reference.legacy ?? [])].sort().join();
  if (legacy !== expectedLegacy) found.push(`legacy: expected [${expectedLegacy}], found [${legacy}]`);
  return found;
}

/** The same for bare fields, such as those of `<system>`. */
export function compareFields(reference: Pick<ReferencePlugin, 'parameters' | 'sections'>, fields: Fields): string[] {
  const found: string[] = [];
  const { parameters, sections } = describeFields(fields);
  compareParameters('', reference.parameters, parameters, found);
  compareSections('', reference.sections ?? [], sections, fields, found, new Set());
  return found;
}

function compareParameters(
  place: string,
  expected: readonly ReferenceParameter[],
  actual: readonly ParameterDescription[],
  found: string[],
  optional: ReadonlySet<string> = new Set(),
): void {
  const byName = new Map(actual.map((param) => [param.name, param]));
  for (const param of expected) {
    const ours = byName.get(param.name);
    if (ours) compareParameter(place + param.name, param, ours, found);
    else found.push(`${place}${param.name}: missing`);
  }
  const names = new Set(expected.map(({ name }) => name));
  for (const { name, extra } of actual) {
    if (!names.has(name) && !extra && !optional.has(name)) found.push(`${place}${name}: not in the reference, and not marked as an addition`);
  }
}

function compareParameter(place: string, expected: ReferenceParameter, actual: ParameterDescription, found: string[]): void {
  const check = (what: string, theirs: unknown, ours: unknown): void => {
    if (JSON.stringify(theirs) !== JSON.stringify(ours)) found.push(`${place}: ${what}: expected ${JSON.stringify(theirs)}, found ${JSON.stringify(ours)}`);
  };
  // What the reference parses by code has no type that could be compared.
  if (expected.type !== 'custom') check('type', expected.type, actual.type);
  check('required', expected.required === true, actual.required);
  if (expected.required !== true) check('default', expected.default === LOCAL_ZONE ? null : (expected.default ?? null), actual.default ?? null);
  check('alias', expected.alias ?? null, actual.alias ?? null);
  check('values', sorted(expected.values), sorted(actual.values));
  check('value_type', expected.value_type ?? null, actual.valueType ?? null);
  check('secret', expected.secret === true, actual.secret === true);
  check('deprecated', expected.deprecated === true, actual.deprecated !== undefined);
  check('obsoleted', expected.obsoleted === true, actual.obsoleted !== undefined);
}

function sorted(values: readonly string[] | undefined): readonly string[] | null {
  return values ? [...values].sort() : null;
}

function compareSections(
  place: string,
  expected: readonly ReferenceSection[],
  actual: readonly SectionDescription[],
  fields: Fields,
  found: string[],
  undeclared: ReadonlySet<string>,
): void {
  const byName = new Map(actual.map((section) => [section.name, section]));
  for (const section of expected) {
    if (OF_CORE.has(section.name)) {
      if (!byName.has(section.name)) found.push(`${place}<${section.name}>: missing`);
      continue;
    }
    const ours = byName.get(section.name);
    if (!ours) found.push(`${place}<${section.name}>: missing`);
    else if (ours.plugin === undefined || ours.plugin === 'buffer') compareSection(`${place}<${section.name}> `, section, ours, fields[section.name], found);
    else compareOwned(`${place}<${section.name}> `, section, ours, fields[section.name] as Owned, found);
  }
  for (const name of undeclared) if (!byName.has(name)) found.push(`${place}<${name}>: missing`);
  const names = new Set([...expected.map(({ name }) => name), ...undeclared]);
  for (const { name, extra } of actual) {
    // No section: the inner plugin reads the one of the outer.
    if (fields[name]?.kind === 'owned' && (fields[name] as Owned).options.inline !== undefined) continue;
    if (!names.has(name) && !extra) found.push(`${place}<${name}>: not in the reference, and not marked as an addition`);
  }
}

function compareSection(
  place: string,
  expected: ReferenceSection,
  actual: SectionDescription,
  field: Fields[string] | undefined,
  found: string[],
): void {
  if ((expected.required === true) !== actual.required) found.push(`${place}required: expected ${expected.required === true}, found ${actual.required}`);
  if ((expected.multi === true) !== actual.multi) found.push(`${place}multi: expected ${expected.multi === true}, found ${actual.multi}`);
  if ((expected.alias ?? null) !== (actual.alias ?? null)) found.push(`${place}alias: expected ${expected.alias}, found ${actual.alias}`);
  if (field?.kind === 'section') {
    const init = (field as Section).options.init === true;
    if ((expected.init === true) !== init) found.push(`${place}init: expected ${expected.init === true}, found ${init}`);
  }
  if (expected.argument && actual.argument) compareParameter(`${place}argument`, expected.argument, actual.argument, found);
  else if (expected.argument) found.push(`${place}argument ${expected.argument.name}: missing`);
  const isBuffer = actual.plugin === 'buffer';
  const parameters = expected.parameters ?? [];
  const type = parameters.find(({ name }) => name === '@type');
  if (isBuffer && type && type.default !== actual.defaultType) found.push(`${place}@type: expected ${String(type.default)}, found ${actual.defaultType}`);
  compareParameters(place, isBuffer ? parameters.filter(({ name }) => name !== '@type') : parameters, actual.parameters, found);
  const inner = field?.kind === 'section' ? (field as Section).fields : {};
  compareSections(place, expected.sections ?? [], actual.sections, inner, found, new Set());
}

/** A section with an `@type`: which plugin it is by default, and how that one's defaults differ. */
function compareOwned(place: string, expected: ReferenceSection, actual: SectionDescription, owned: Owned | undefined, found: string[]): void {
  const type = expected.parameters?.find(({ name }) => name === '@type');
  const theirs = type?.default ?? null;
  if (theirs !== (actual.defaultType ?? null)) found.push(`${place}@type: expected ${String(theirs)}, found ${String(actual.defaultType)}`);
  compareDefaults(place, expected.defaults_for_inner_plugin ?? {}, owned?.options.defaults ?? {}, found);
}

function compareDefaults(
  place: string,
  defaults: Readonly<Record<string, Json>>,
  ours: Readonly<Record<string, unknown>>,
  found: string[],
): void {
  for (const name of new Set([...Object.keys(ours), ...Object.keys(defaults)])) {
    const a = JSON.stringify(defaults[name] ?? null);
    const b = JSON.stringify(ours[name] ?? null);
    if (a !== b) found.push(`${place}${name}: default: expected ${a}, found ${b}`);
  }
}
