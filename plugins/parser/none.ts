/** The whole text is one field. */
import { createFinisher, defineParser, limitTime, param, parserFields } from '#logferry';

export default defineParser({
  type: 'none',
  doc: 'Takes the whole text as one field.',
  config: {
    ...parserFields,
    message_key: param.string('The field.', { default: 'message' }),
  },

  create(config, context) {
    const finisher = createFinisher(config, context);
    const key = config.message_key;
    return limitTime(
      {
        parse: (text) => ({ time: finisher.estimatedTime(), record: new Map([[key, text]]) }),
      },
      config,
      context,
    );
  },
});
