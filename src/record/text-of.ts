/** A record's value as text, where a configuration puts it into one. */
import { toInspect } from '../lib/inspect.ts';
import { floatText } from '../lib/json-number.ts';
import { Float, type Value } from '../lib/value.ts';

/** As Ruby's `to_s`: nil is empty, Floats as `1.0`, lists and hashes in their inspect form. */
export function textOf(value: Value | undefined): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      return Number.isInteger(value) ? `${value}` : floatText(value);
    case 'bigint':
    case 'boolean':
      return `${value}`;
  }
  if (value === null || value === undefined) return '';
  return value instanceof Float ? floatText(value.value) : toInspect(value);
}
