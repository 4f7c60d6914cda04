/** A written value as its parameter's declaration wants it. */
import type { ConfigValue } from './element.ts';
import { boolLiteral, enumLiteral, floatLiteral, integerLiteral, regexpLiteral, sizeLiteral, stringLiteral, timeLiteral } from './literal.ts';
import type { LiteralOptions } from './literal.ts';
import { arrayLiteral, elementLiteral, hashLiteral } from './literal-collection.ts';
import type { ElementTypes } from './literal-collection.ts';
import type { Param } from './params.ts';

/** Throws an Error that says what was expected and what was found. */
export function readLiteral(param: Param, written: ConfigValue, options: LiteralOptions): unknown {
  const value = written.value ?? written.text;
  switch (param.type) {
    case 'string': return stringLiteral(value);
    case 'integer': return integerLiteral(value, options);
    case 'float': return floatLiteral(value, options);
    case 'size': return sizeLiteral(value, options);
    case 'bool': return boolLiteral(value);
    case 'time': return timeLiteral(value, options);
    case 'enum': return enumLiteral(value, param.values ?? []);
    case 'regexp': return regexpLiteral(value, options);
    case 'array': {
      const list = arrayLiteral(value);
      return param.valueType ? list.map((item) => elementLiteral(param.valueType as keyof ElementTypes, item, options)) : list;
    }
    case 'hash': {
      const hash = hashLiteral(value);
      if (!param.valueType) return hash;
      return new Map([...hash].map(([key, item]) => [key, elementLiteral(param.valueType as keyof ElementTypes, item, options)]));
    }
    case 'custom': return param.parse!(written);
  }
}
