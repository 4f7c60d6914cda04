/** Records as JSON, one a line. */
import { addNewlineField, defineFormatter, formatterFields, generateJson, lineEnd, newlineField, param } from '#logferry';

export default defineFormatter({
  type: 'json',
  doc: 'Writes records as JSON.',
  config: {
    ...formatterFields,
    ...newlineField,
    json_parser: param.string('Accepted for compatibility: there is one JSON writer.', { default: 'oj' }),
    ...addNewlineField,
  },

  create(config) {
    const end = lineEnd(config);
    return { format: (_tag, _time, record) => generateJson(record) + end };
  },
});
