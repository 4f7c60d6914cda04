/** Parsers that are one regular expression: `regexp` itself, and those that come with a pattern. */
import { ConfigError } from '../errors.ts';
import { param, type RegexpLiteral } from '../config/params.ts';
import { defineParser, type Parser, type PluginContext } from '../plugin.ts';
import { parserFields, withDefaults, type ParserConfig } from './fields.ts';
import { createLineReader } from './line-reader.ts';
import { createRegexpMatcher } from './regexp-fields.ts';
import { compileParam, createFinisher, limitTime } from './shared.ts';

/** Old ways to give the options of a pattern. */
export const patternOptionFields = {
  ignorecase: param.bool('Upper and lower case are the same.', {
    default: false,
    deprecated: 'Use /pattern/i instead, this option is no longer effective',
  }),
  multiline: param.bool('A dot matches line breaks too.', {
    default: false,
    deprecated: 'Use /pattern/m instead, this option is no longer effective',
  }),
};

interface PatternConfig extends ParserConfig {
  readonly expression: RegexpLiteral;
  readonly ignorecase: boolean;
  readonly multiline: boolean;
}

/** Makes the parser of a pattern. Throws ConfigError if it is none, or has no named groups. */
export function createPatternParser(config: PatternConfig, context: PluginContext): Parser {
  const { source, options } = config.expression;
  const oldOptions = (config.ignorecase ? 'i' : '') + (config.multiline ? 'm' : '');
  const regexp = compileParam('expression', { source, options: oldOptions || options }, context);
  if (regexp.groups.length === 0) {
    throw new ConfigError(
      "No named captures in 'expression' parameter. The regexp must have at least one named capture",
      context.place('expression'),
      'name the groups whose text you want, such as (?<message>.*)',
    );
  }
  const matcher = createRegexpMatcher(regexp, config, createFinisher(config, context));
  const parseLines = createLineReader({ source, options: oldOptions || options }, config, context);
  return limitTime({ parse: (text, asBytes = false) => matcher.match(text, asBytes)?.parsed, ...(parseLines && { parseLines }) }, config, context);
}

/** Defines a parser that comes with a pattern. */
export function definePatternParser(definition: {
  readonly type: string;
  readonly doc: string;
  readonly source: string;
  readonly timeFormat?: string;
}) {
  const defaults = { time_key: 'time', ...(definition.timeFormat && { time_format: definition.timeFormat }) };
  return defineParser({
    type: definition.type,
    doc: definition.doc,
    config: {
      ...withDefaults(parserFields, defaults),
      expression: param.regexp('The regular expression.', { default: { source: definition.source, options: '' } }),
      ...patternOptionFields,
    },
    create: createPatternParser,
  });
}
