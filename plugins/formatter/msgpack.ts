/** Records as MessagePack. */
import { defineFormatter, formatterFields, MsgpackWriter } from '#logferry';

export default defineFormatter({
  type: 'msgpack',
  doc: 'Writes records as MessagePack.',
  config: formatterFields,

  create() {
    const writer = new MsgpackWriter();
    return { format: (_tag, _time, record) => writer.value(record).take() };
  },
});
