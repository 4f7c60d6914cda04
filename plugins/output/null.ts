/** Throws events away, on purpose: they count as delivered. */
import { defineOutput, param } from '#logferry';

/** Fluentd's chunk_limit_size for this output, in bytes. */
const CHUNK_LIMIT_BYTES = 10 * 1024;

export default defineOutput({
  type: 'null',
  doc: 'Throws all events away.',
  config: {
    never_flush: param.bool('For tests: chunks are never flushed; a flush raises an error.', { default: false }),
  },
  buffer: { mode: 'optional', chunkKeys: ['tag'], defaults: { flush_at_shutdown: true, chunk_limit_size: CHUNK_LIMIT_BYTES } },

  create(config) {
    const refuse = (): void => {
      if (config.never_flush) throw new Error('failed to flush: never_flush is set');
    };
    return { emit: refuse, write: refuse };
  },
});
