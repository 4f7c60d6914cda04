/** Lines for people: time, tag, and the record in another format. */
import { compileStrftime, defineFormatter, formatterFields, localZone, owned, param } from '#logferry';

const TIME_FORMAT = '%Y-%m-%d %H:%M:%S.%N %z';

export default defineFormatter({
  type: 'stdout',
  doc: 'Writes lines of time, tag and record, such as 2022-10-03 00:00:00.000000000 +0000 some.tag: {"a":1}.',
  config: {
    ...formatterFields,
    output_type: param.string('The formatter of the record.', { default: 'json' }),
    inner: owned('formatter', 'The formatter of the record, which reads this section too.', {
      inline: 'output_type',
      defaultType: 'json',
    }),
  },

  create(config, context) {
    const timeText = compileStrftime(config.time_format ?? TIME_FORMAT, localZone());
    const inner = context.create(config.inner);
    return {
      format(tag, time, record) {
        const formatted = inner.format(tag, time, record);
        const text = typeof formatted === 'string' ? formatted : Buffer.from(formatted).toString();
        return `${timeText(time)} ${tag}: ${text.replace(/(?:\r\n|\n|\r)$/, '')}\n`;
      },
    };
  },
});
