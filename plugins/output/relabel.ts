/** Hands events on to another label. */
import { ConfigError, defineOutput, handOn } from '#logferry';

export default defineOutput({
  type: 'relabel',
  handsOn: true,
  doc: 'Hands events on, unchanged, to the label that `@label` names.',
  config: {},

  create(_config, context) {
    const label = context.element.params.get('@label');
    if (!label || label.text === '') {
      throw new ConfigError("'@label' parameter is required for the relabel output", context.element.at, 'add a line such as: @label @NORMAL');
    }
    const router = context.label(label.text, label.at);
    return { emit: (batch) => handOn(router, batch) };
  },
});
