/** Records as Ruby shows them. */
import { addNewlineField, defineFormatter, lineEnd, newlineField, textOf, timelessFormatterFields } from '#logferry';

export default defineFormatter({
  type: 'hash',
  doc: 'Writes records as Ruby shows hashes.',
  config: { ...timelessFormatterFields, ...newlineField, ...addNewlineField },

  create(config) {
    const end = lineEnd(config);
    return { format: (_tag, _time, record) => textOf(record) + end };
  },
});
