/** Sends events over TCP to an input of the forward protocol, without acknowledgements; the output forward replaced it. */
import { connect } from 'node:net';
import { createStreamOutput, defineOutput, param, type BufferedOutput } from '#logferry';

export default defineOutput({
  type: 'tcp',
  doc: 'Old way to send events to another agent over TCP; the output `forward` does it better.',
  config: {
    time_as_integer: param.bool('Times are sent as whole seconds.', { default: false }),
    slow_flush_log_threshold: param.float('A delivery that takes longer than this many seconds is logged.', { default: 20 }),
    send_timeout: param.time('A receiver that takes no byte for so long is given up.', { default: 60 }),
    port: param.integer('Port of the receiver.', { default: 24224 }),
    host: param.string('Name or address of the receiver.'),
  },
  buffer: { mode: 'always', chunkKeys: [] },
  legacy: ['buffer'],

  create({ host, port, send_timeout: sendTimeout, time_as_integer: timeAsInteger }, context): BufferedOutput {
    context.log.warn("'tcp' output is obsoleted and will be removed. Use 'forward' instead.");
    return createStreamOutput({
      connect: () => connect({ host, port, noDelay: true }),
      peer: `${host}:${port}`,
      sendTimeoutMs: sendTimeout * 1000,
      timeAsInteger,
    });
  },
});
