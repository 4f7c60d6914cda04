/** How fields of journal entries are renamed, for the input that reads them and for a filter behind it. */
import { param } from '../config/params.ts';
import type { LogRecord, Value } from '../lib/value.ts';
import { textOf } from './text-of.ts';

/** Parameters of the renaming: of the filter itself, and of an input's `<entry>`. */
export const systemdFields = {
  field_map: param.hash('New names of fields: `{"OLD": "new"}` or `{"OLD": ["new", "another"]}`; fields with one name are joined.', {
    default: new Map<string, Value>(),
  }),
  field_map_strict: param.bool('Leave out all fields that field_map does not name.', { default: false }),
  fields_strip_underscores: param.bool('Remove underscores from the beginning of names that field_map does not name.', { default: false }),
  fields_lowercase: param.bool('Write names that field_map does not name in lower case.', { default: false }),
};

/** Renamed names that are remembered: a journal may hold any number of them. */
const MAX_KNOWN_NAMES = 1000;

export interface SystemdFieldsConfig {
  readonly field_map: ReadonlyMap<string, Value>;
  readonly field_map_strict: boolean;
  readonly fields_strip_underscores: boolean;
  readonly fields_lowercase: boolean;
}

/**
 * Makes the function that renames the fields of a record. What field_map names comes first; where a
 * field that it does not name ends up under a name that is taken, the texts are joined, the later one first.
 */
export function compileSystemdFields(config: SystemdFieldsConfig): (entry: LogRecord) => LogRecord {
  const { field_map_strict: isStrict, fields_strip_underscores: strips, fields_lowercase: lowers } = config;
  const targets = [...config.field_map].map(([from, to]) => ({ from, to: Array.isArray(to) ? (to as readonly Value[]).map(textOf) : textOf(to) }));
  const sources = new Map<string, string[]>();
  // As in Fluentd, a single new name counts for every new name that is a part of it: `a_unit` for `unit` as well.
  for (const name of targets.flatMap(({ to }) => to)) sources.set(name, targets.filter(({ to }) => to.includes(name)).map(({ from }) => from));
  if (sources.size === 0 && !strips && !lowers && !isStrict) return (entry) => entry;
  const known = new Map<string, string>();
  const rename = (field: string): string => {
    let name = known.get(field);
    if (name !== undefined) return name;
    name = strips ? field.replace(/^_+/, '') : field;
    if (lowers) name = name.toLowerCase();
    if (known.size < MAX_KNOWN_NAMES) known.set(field, name);
    return name;
  };
  return (entry) => {
    const mapped = new Map<string, Value>();
    for (const [name, fields] of sources) {
      const value = joined(fields.map((field) => entry.get(field)));
      if (value !== undefined) mapped.set(name, value);
    }
    if (isStrict) return mapped;
    const record = new Map(mapped);
    for (const [field, value] of entry) {
      if (config.field_map.has(field)) continue;
      const name = rename(field);
      record.set(name, joined([value, record.get(name)]) ?? '');
    }
    return record;
  };
}

/** The value that is there; several as one text with spaces between. */
function joined(values: readonly (Value | undefined)[]): Value | undefined {
  const present = values.filter((value) => value !== undefined && value !== null);
  return present.length < 2 ? present[0] : present.map(textOf).join(' ');
}
