/** The JSON module, as Ruby's json library reads and writes. */
import { JsonError, parseJson } from '../../lib/json.ts';
import type { Value } from '../../lib/value.ts';
import { option, textArgument } from '../arguments.ts';
import { inspectText } from '../inspect.ts';
import { jsonText, prettyJsonText } from '../json-text.ts';
import { steps } from '../machine.ts';
import { defineModule, type MethodTable } from '../method.ts';
import { rubyError, typeError } from '../ruby-error.ts';
import { symbol, type RubyValue } from '../values.ts';

/** `JSON.parse(text, symbolize_names: true)`. Throws JSON::ParserError. */
function parse(value: RubyValue, options: RubyValue | undefined): RubyValue {
  if (value === null) throw typeError('no implicit conversion of nil into String');
  const text = textArgument(value);
  steps(Math.ceil(text.length / 100));
  let parsed: Value;
  try {
    parsed = parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw rubyError('JSON::ParserError', text.trim() === '' ? 'unexpected end of input' : `unexpected token at ${inspectText(text.slice(0, 40))}: ${error.message}`);
  }
  return option(options, 'symbolize_names') === true ? withSymbols(parsed) : mutable(parsed);
}

/** Values that were just made belong to the expression. */
function mutable(value: Value): RubyValue {
  return value as RubyValue;
}

function withSymbols(value: Value): RubyValue {
  if (Array.isArray(value)) return value.map(withSymbols);
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [symbol(key as string), withSymbols(item as Value)]));
  return value as RubyValue;
}

const methods: MethodTable<never> = {
  parse: [1, 2, (_, __, text, options) => parse(text, options)],
  'parse!': [1, 2, (_, __, text, options) => parse(text, options)],
  load: [1, 2, (_, __, text, options) => (text === null || text === '' ? null : parse(text, options))],
  generate: [1, 2, (_, __, value) => jsonText(value)],
  dump: [1, 2, (_, __, value) => jsonText(value)],
  pretty_generate: [1, 2, (_, __, value) => prettyJsonText(value)],
};
defineModule('JSON', methods);
