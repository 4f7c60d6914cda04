/** Records as Ruby shows them. */
import { addNewlineField, defineFormatter, formatterFields, lineEnd, newlineField, textOf } from '#logferry';

export default defineFormatter({
  type: 'hash',
  doc: 'Writes records as Ruby shows hashes.',
  config: { ...formatterFields, ...newlineField, ...addNewlineField },

  create(config) {
    const end = lineEnd(config);
    return { format: (_tag, _time, record) => textOf(record) + end };
  },
});
