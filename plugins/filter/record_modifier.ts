/** Sets, replaces and removes fields of records, with Ruby expressions. */
import { compileModifier, defineFilter, modifierFields, param } from '#logferry';

export default defineFilter({
  type: 'record_modifier',
  doc: 'Sets, replaces and removes fields of records; values may hold Ruby expressions.',
  config: {
    ...modifierFields,
    remove_keys: param.array('Fields to remove, as names or record accessors such as `$.a.b`.', { optional: true }),
  },

  create(config, context) {
    return { filter: compileModifier({ ...config, remove_keys: config.remove_keys ?? [] }, context) };
  },
});
