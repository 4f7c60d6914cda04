/** The whole text is one field. */
import { createFinisher, defineParser, limitTime, param, parserFields, withoutEffect } from '#logferry';

export default defineParser({
  type: 'none',
  doc: 'Takes the whole text as one field.',
  config: {
    ...withoutEffect(parserFields, 'the whole text is one field, and has no time'),
    estimate_current_event: parserFields.estimate_current_event,
    timeout: parserFields.timeout,
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
