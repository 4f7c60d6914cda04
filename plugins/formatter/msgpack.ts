/** Records as MessagePack. */
import { defineFormatter, MsgpackWriter, timelessFormatterFields } from '#logferry';

export default defineFormatter({
  type: 'msgpack',
  doc: 'Writes records as MessagePack.',
  config: timelessFormatterFields,

  create() {
    const writer = new MsgpackWriter();
    return { format: (_tag, _time, record) => writer.value(record).take() };
  },
});
