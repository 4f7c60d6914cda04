/** Prints events on their way. */
import { compileInject, compilePrinter, defineFilter, injectSection, owned, sharedLogWriter } from '#logferry';

export default defineFilter({
  type: 'stdout',
  doc: 'Prints events to standard output and lets them through unchanged.',
  config: {
    format: owned('formatter', 'How events are written.', { defaultType: 'stdout' }),
    inject: injectSection,
  },
  legacy: ['inject', 'formatter'],

  create(config, context) {
    const print = compilePrinter(context.create(config.format), compileInject(config.inject, context), sharedLogWriter(context));
    return {
      filter(batch) {
        print(batch);
        return batch;
      },
    };
  },
});
