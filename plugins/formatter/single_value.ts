/** The text of one field. */
import { addNewlineField, defineFormatter, lineEnd, newlineField, param, textOf, timelessFormatterFields } from '#logferry';

export default defineFormatter({
  type: 'single_value',
  doc: 'Writes the text of one field.',
  config: {
    ...timelessFormatterFields,
    ...newlineField,
    message_key: param.string('The field.', { default: 'message' }),
    ...addNewlineField,
  },

  create(config) {
    const end = lineEnd(config);
    const key = config.message_key;
    return { format: (_tag, _time, record) => textOf(record.get(key)) + end };
  },
});
