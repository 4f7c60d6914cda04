/** Stands for the ways of reading that the http input has itself, by content type; its parameters say how times are read. */
import { createFinisher, defineParser, parserFields, withDefaults } from '#logferry';

export default defineParser({
  type: 'in_http',
  doc: 'What the http input does without a <parse> of another type: JSON, MessagePack, ndjson and forms, by content type. For that input only.',
  legacy: ['parser'],
  config: withDefaults(parserFields, { time_key: 'time' }),

  create(config, context) {
    // Finds mistakes in the parameters. The input reads the bodies.
    createFinisher(config, context);
    return { parse: () => undefined };
  },
});
