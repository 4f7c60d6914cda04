/** Labelled values between tabs: `a:1 TAB b:2`. */
import { compileParam, createFinisher, defineParser, limitTime, param, parserFields, rubySplit, withDefaults, type Value } from '#logferry';

export default defineParser({
  type: 'ltsv',
  doc: 'Reads labelled values between tabs, such as host:web1<TAB>code:200.',
  config: {
    ...withDefaults(parserFields, { time_key: 'time' }),
    delimiter: param.string('What stands between the fields.', { default: '\t' }),
    delimiter_pattern: param.regexp('A pattern for what stands between the fields, in place of delimiter.', { optional: true }),
    label_delimiter: param.string('What stands between label and value.', { default: ':' }),
  },

  create(config, context) {
    const finisher = createFinisher(config, context);
    const pattern = config.delimiter_pattern && compileParam('delimiter_pattern', config.delimiter_pattern, context);
    const label = config.label_delimiter;

    function parts(text: string): string[] {
      return pattern ? pattern.split(text) : rubySplit(text, config.delimiter);
    }

    return limitTime(
      {
        parse(text) {
          const fields = new Map<string, Value>();
          for (const part of parts(text)) {
            const [key, value] = rubySplit(part, label, 2);
            if (value !== undefined) fields.set(key!, value);
          }
          return finisher.finish(fields);
        },
      },
      config,
      context,
    );
  },
});
