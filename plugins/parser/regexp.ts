/** A regular expression whose named groups are the fields. */
import { createPatternParser, defineParser, param, parserFields, patternOptionFields, withDefaults } from '#logferry';

export default defineParser({
  type: 'regexp',
  doc: 'Matches texts with a regular expression of Ruby; its named groups are the fields.',
  config: {
    ...withDefaults(parserFields, { time_key: 'time' }),
    expression: param.regexp('The regular expression, with at least one named group such as (?<message>.*).'),
    ...patternOptionFields,
  },
  create: createPatternParser,
});
