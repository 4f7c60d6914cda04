/** Sends events over a Unix socket to an input of the forward protocol, without acknowledgements. */
import { connect } from 'node:net';
import { createStreamOutput, defineOutput, param, type BufferedOutput } from '#logferry';

export default defineOutput({
  type: 'unix',
  doc: 'Sends events to another agent on the same machine over a Unix socket.',
  config: {
    time_as_integer: param.bool('Times are sent as whole seconds.', { default: false }),
    slow_flush_log_threshold: param.float('A delivery that takes longer than this many seconds is logged.', { default: 20 }),
    send_timeout: param.time('A receiver that takes no byte for so long is given up.', { default: 60 }),
    path: param.string('The socket of the receiver.'),
  },
  buffer: { mode: 'always', chunkKeys: [] },
  legacy: ['buffer'],

  create({ path, send_timeout: sendTimeout, time_as_integer: timeAsInteger }, context): BufferedOutput {
    context.log.warn("'unix' output is obsoleted and will be removed.");
    const socket = context.path(path);
    return createStreamOutput({ connect: () => connect(socket), peer: path, sendTimeoutMs: sendTimeout * 1000, timeAsInteger });
  },
});
