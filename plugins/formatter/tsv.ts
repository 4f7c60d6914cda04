/** Values between tabs, in the order of `keys`. */
import { addNewlineField, defineFormatter, lineEnd, newlineField, param, textOf, timelessFormatterFields } from '#logferry';

export default defineFormatter({
  type: 'tsv',
  doc: 'Writes values between tabs, in the order of keys.',
  config: {
    ...timelessFormatterFields,
    ...newlineField,
    keys: param.array('Names of the fields, in their order.', { valueType: 'string' }),
    delimiter: param.string('What stands between the values.', { default: '\t' }),
    ...addNewlineField,
  },

  create(config) {
    const { keys, delimiter } = config;
    const end = lineEnd(config);
    return { format: (_tag, _time, record) => keys.map((key) => textOf(record.get(key))).join(delimiter) + end };
  },
});
