/** How fields of journal entries are renamed, for the input that reads them and for a filter behind it. */
import { param } from '../config/params.ts';
import { isHash, type LogRecord, type Value } from '../lib/value.ts';
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

export interface SystemdFieldsConfig {
  readonly field_map: ReadonlyMap<string, Value>;
  readonly field_map_strict: boolean;
  readonly fields_strip_underscores: boolean;
  readonly fields_lowercase: boolean;
}

/** Makes the function that renames the fields of a record: mapped ones first, in the order of the map. */
export function compileSystemdFields(config: SystemdFieldsConfig): (entry: LogRecord) => LogRecord {
  const map = new Map([...config.field_map].map(([from, to]) => [from, Array.isArray(to) ? to.map(textOf) : [textOf(to)]]));
  const { field_map_strict: isStrict, fields_strip_underscores: strips, fields_lowercase: lowers } = config;
  const names = new Map<string, string>();
  const rename = (field: string): string => {
    const known = names.get(field);
    if (known !== undefined) return known;
    const stripped = strips ? field.replace(/^_+/, '') : field;
    const name = lowers ? stripped.toLowerCase() : stripped;
    if (names.size < MAX_NAMES) names.set(field, name);
    return name;
  };
  if (map.size === 0 && !strips && !lowers && !isStrict) return (entry) => entry;
  return (entry) => {
    const record = new Map<string, Value>();
    for (const [from, to] of map) {
      const value = entry.get(from);
      if (value === undefined || value === null) continue;
      for (const name of to) record.set(name, joined(record.get(name), value));
    }
    if (isStrict) return record;
    for (const [field, value] of entry) {
      if (map.has(field)) continue;
      const name = rename(field);
      record.set(name, joined(record.get(name), value));
    }
    return record;
  };
}

/** Renamed field names that are remembered; entries may have any names. */
const MAX_NAMES = 1000;

/** Values that meet under one name, with a space between. */
function joined(before: Value | undefined, value: Value): Value {
  if (before === undefined || before === null) return value;
  return isHash(before) || isHash(value) ? value : `${textOf(before)} ${textOf(value)}`;
}
