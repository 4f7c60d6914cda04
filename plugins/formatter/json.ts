/** Records as JSON, one a line. */
import { addNewlineField, defineFormatter, generateJson, lineEnd, newlineField, param, timelessFormatterFields } from '#logferry';

export default defineFormatter({
  type: 'json',
  doc: 'Writes records as JSON.',
  config: {
    ...timelessFormatterFields,
    ...newlineField,
    json_parser: param.string('Accepted for compatibility: there is one JSON writer.', { default: 'oj', noEffect: 'there is one JSON writer' }),
    ...addNewlineField,
  },

  create(config) {
    const end = lineEnd(config);
    return { format: (_tag, _time, record) => generateJson(record) + end };
  },
});
