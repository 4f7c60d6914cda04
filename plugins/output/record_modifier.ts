/** Changes records as the filter of this name does, and gives them a new tag. */
import { compileModifier, defineOutput, handOn, modifierFields, param } from '#logferry';

export default defineOutput({
  type: 'record_modifier',
  handsOn: true,
  doc: 'Sets, replaces and removes fields of records and sends them, under another tag, through the routes again.',
  config: {
    ...modifierFields,
    tag: param.string('The new tag.'),
    remove_keys: param.string('Fields to remove, with commas between, as names or record accessors.', { optional: true }),
  },

  create(config, context) {
    const remove_keys = config.remove_keys?.split(',').map((key) => key.trim()) ?? [];
    const modify = compileModifier({ ...config, remove_keys }, context);
    return {
      emit(batch) {
        const changed = modify(batch);
        if (changed.size > 0) return handOn(context.router, changed.with({ tag: config.tag }));
      },
    };
  },
});
