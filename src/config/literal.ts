/** What the configuration holds for a parameter -> the value of its declared type. */
import type { Value } from '../lib/value.ts';
import type { ConfigValue } from './element.ts';
import { arrayLiteral, elementLiteral, hashLiteral } from './literal-collection.ts';
import {
  boolLiteral,
  enumLiteral,
  floatLiteral,
  integerLiteral,
  regexpLiteral,
  sizeLiteral,
  stringLiteral,
  timeLiteral,
} from './literal-scalar.ts';
import type { LiteralOptions } from './literal-scalar.ts';
import type { Param, ParamType } from './params.ts';

export * from './literal-collection.ts';
export * from './literal-scalar.ts';

/**
 * Reads a written value as its parameter is declared. `special` values are the caller's business.
 * Throws a {@link LiteralError} (or what the `parse` of a custom parameter throws) without a place.
 */
export function readLiteral(
  param: Pick<Param, 'type' | 'values' | 'valueType' | 'parse'>,
  written: ConfigValue,
  options: LiteralOptions & { readonly name?: string | undefined } = {},
): unknown {
  const value = written.value === undefined ? written.text : written.value;
  switch (param.type) {
    case 'string':
      return stringLiteral(value);
    case 'integer':
      return integerLiteral(value, options);
    case 'float':
      return floatLiteral(value, options);
    case 'size':
      return sizeLiteral(value, options);
    case 'time':
      return timeLiteral(value, options);
    case 'bool':
      return boolLiteral(value);
    case 'enum':
      return enumLiteral(value, param.values ?? []);
    case 'regexp':
      return regexpLiteral(value, options);
    case 'array':
      return arrayLiteral(value).map((item) => member(param.valueType, item, options));
    case 'hash':
      return new Map([...hashLiteral(value)].map(([key, item]) => [key, member(param.valueType, item, options)]));
    case 'custom':
      return param.parse ? param.parse(written) : value;
  }
}

function member(type: ParamType | undefined, value: Value, options: LiteralOptions): unknown {
  switch (type) {
    case undefined:
    case 'enum':
    case 'array':
    case 'hash':
    case 'custom':
      return value;
    default:
      return elementLiteral(type, value, options);
  }
}
