/** Changes records as the filter of this name does, and gives them a new tag. */
import { compileModifier, compileTagOfRecord, defineOutput, handOn, modifierFields, ObjectBatch, param, type EventBatch, type LogEvent } from '#logferry';

export default defineOutput({
  type: 'record_modifier',
  handsOn: true,
  doc: 'Sets, replaces and removes fields of records and sends them, under another tag, through the routes again.',
  config: {
    ...modifierFields,
    tag: param.string('The new tag, with Ruby expressions in `${...}` as in `<record>`.'),
    remove_keys: param.string('Fields to remove, with commas between, as names or record accessors.', { optional: true }),
  },

  create(config, context) {
    const remove_keys = config.remove_keys?.split(',').map((key) => key.trim()) ?? [];
    const modify = compileModifier({ ...config, remove_keys }, context);
    const tagOf = compileTagOfRecord(config.tag, config.prepare_value, context);

    function byTag(batch: EventBatch): EventBatch[] {
      const found = new Map<string, LogEvent[]>();
      for (const event of batch.events) {
        const tag = tagOf!(batch.tag, event);
        const events = found.get(tag);
        if (events) events.push(event);
        else found.set(tag, [event]);
      }
      return [...found].map(([tag, events]) => new ObjectBatch(tag, events, batch.ack));
    }

    return {
      emit(batch) {
        const changed = modify(batch);
        if (changed.size === 0) return;
        if (!tagOf) return handOn(context.router, changed.with({ tag: config.tag }));
        let waiting: Promise<void> | undefined;
        for (const part of byTag(changed)) {
          if (waiting) waiting = waiting.then(() => handOn(context.router, part));
          else waiting = handOn(context.router, part) as Promise<void> | undefined;
        }
        return waiting;
      },
    };
  },
});
