/** Prints events. */
import { compileInject, compilePrinter, defineOutput, injectSection, owned, param, sharedLogWriter, sharedWriter } from '#logferry';

/** Fluentd's chunk_limit_size for this output, in bytes. */
const CHUNK_LIMIT_BYTES = 10 * 1024;

export default defineOutput({
  type: 'stdout',
  doc: 'Prints events to standard output, at once; with a `<buffer>` when its chunks are flushed.',
  config: {
    use_logger: param.bool("Print where the agent's log goes; false prints to standard output in any case.", { default: true }),
    format: owned('formatter', 'How events are written.', { defaultType: 'stdout', defaults: { output_type: 'json' } }),
    inject: injectSection,
  },
  buffer: { mode: 'optional', chunkKeys: ['tag'], defaults: { flush_at_shutdown: true, chunk_limit_size: CHUNK_LIMIT_BYTES } },
  legacy: ['inject', 'formatter'],

  create(config, context) {
    const formatter = context.create(config.format);
    const inject = compileInject(config.inject, context);
    const write = config.use_logger ? sharedLogWriter(context) : sharedWriter(context);
    return {
      emit: compilePrinter(formatter, inject, write),
      format: (tag, time, record) => formatter.format(tag, time, inject ? inject(tag, time, record) : record),
      async write(chunk) {
        write(await chunk.read());
      },
    };
  },
});
