/** Values between tabs, in the order of `keys`. */
import { createFinisher, defineParser, limitTime, param, parserFields, rubySplit, type Value } from '#logferry';

export default defineParser({
  type: 'tsv',
  doc: 'Reads values between tabs, in the order of keys.',
  config: {
    ...parserFields,
    keys: param.array('Names of the fields, in their order; the last one takes the rest of the text.', { valueType: 'string' }),
    delimiter: param.string('What stands between the values.', { default: '\t' }),
  },

  create(config, context) {
    const finisher = createFinisher(config, context);
    const { keys, delimiter } = config;
    return limitTime(
      {
        parse(text) {
          const values = rubySplit(text, delimiter, keys.length);
          return finisher.finish(new Map<string, Value>(keys.map((key, i) => [key, values[i] ?? null])));
        },
      },
      config,
      context,
    );
  },
});
