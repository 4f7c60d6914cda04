/** Throws events away, on purpose: they count as delivered. */
import { defineOutput, param } from '#logferry';

export default defineOutput({
  type: 'null',
  doc: 'Throws all events away.',
  config: {
    never_flush: param.bool('For tests: chunks are never flushed; a flush raises an error.', { default: false }),
  },
  buffer: { mode: 'optional' },

  create(config) {
    const refuse = (): void => {
      if (config.never_flush) throw new Error('failed to flush: never_flush is set');
    };
    return { emit: refuse, write: refuse };
  },
});
