/** The lines of the file output: time, tag and JSON. */
import {
  createConfiguredTimeFormatter, defineFormatter, formatterFields, generateJson, lineEnd, newlineField, param,
} from '#logferry';

export default defineFormatter({
  type: 'out_file',
  doc: 'Writes lines of time, tag and the record as JSON, with tabs between.',
  config: {
    ...formatterFields,
    ...newlineField,
    output_time: param.bool('Whether lines have the time.', { default: true }),
    output_tag: param.bool('Whether lines have the tag.', { default: true }),
    delimiter: param.custom('What stands between the parts: SPACE, COMMA, or a tab.', ({ text }) => delimiterOf(text), {
      default: '\t',
    }),
  },

  create(config, context) {
    const timeText = createConfiguredTimeFormatter(config, context);
    const { output_time: withTime, output_tag: withTag, delimiter } = config;
    const end = lineEnd(config);
    return {
      format(tag, time, record) {
        const head = (withTime ? timeText(time) + delimiter : '') + (withTag ? tag + delimiter : '');
        return head + generateJson(record) + end;
      },
    };
  },
});

function delimiterOf(text: string): string {
  if (/SPACE/i.test(text)) return ' ';
  return /COMMA/i.test(text) ? ',' : '\t';
}
