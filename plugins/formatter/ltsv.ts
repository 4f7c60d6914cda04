/** Labelled values between tabs: `a:1 TAB b:2`. */
import { addNewlineField, defineFormatter, lineEnd, newlineField, param, textOf, timelessFormatterFields } from '#logferry';

export default defineFormatter({
  type: 'ltsv',
  doc: 'Writes labelled values between tabs, such as host:web1<TAB>code:200.',
  config: {
    ...timelessFormatterFields,
    ...newlineField,
    delimiter: param.string('What stands between the fields.', { default: '\t' }),
    label_delimiter: param.string('What stands between label and value.', { default: ':' }),
    replacement: param.string('What takes the place of a delimiter within a value.', { default: ' ' }),
    ...addNewlineField,
  },

  create(config) {
    const { delimiter, label_delimiter: label, replacement } = config;
    const end = lineEnd(config);
    return {
      format(_tag, _time, record) {
        let out = '';
        for (const [key, value] of record) {
          if (out !== '') out += delimiter;
          out += key + label + textOf(value).replaceAll(delimiter, () => replacement);
        }
        return out + end;
      },
    };
  },
});
