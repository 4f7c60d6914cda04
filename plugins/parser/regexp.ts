/** A regular expression whose named groups are the fields. */
import {
  compileParam, ConfigError, createFinisher, createRegexpMatcher, defineParser, limitTime, param, parserFields, withDefaults,
} from '#logferry';

export default defineParser({
  type: 'regexp',
  doc: 'Matches texts with a regular expression of Ruby; its named groups are the fields.',
  config: {
    ...withDefaults(parserFields, { time_key: 'time' }),
    expression: param.regexp('The regular expression, with at least one named group such as (?<message>.*).'),
    ignorecase: param.bool('Upper and lower case are the same.', {
      default: false,
      deprecated: 'Use /pattern/i instead, this option is no longer effective',
    }),
    multiline: param.bool('A dot matches line breaks too.', {
      default: false,
      deprecated: 'Use /pattern/m instead, this option is no longer effective',
    }),
  },

  create(config, context) {
    const { source, options } = config.expression;
    const flags = config.ignorecase || config.multiline ? (config.ignorecase ? 'i' : '') + (config.multiline ? 'm' : '') : options;
    const regexp = compileParam('expression', { source, options: flags }, context);
    if (regexp.groups.length === 0) {
      throw new ConfigError(
        "No named captures in 'expression' parameter. The regexp must have at least one named capture",
        context.place('expression'),
        'name the groups whose text you want, such as (?<message>.*)',
      );
    }
    const matcher = createRegexpMatcher(regexp, config, createFinisher(config, context));
    return limitTime({ parse: (text, asBytes = false) => matcher.match(text, asBytes)?.parsed }, config, context);
  },
});
