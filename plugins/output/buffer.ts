/** Buffers events and emits them again to a label: a buffer, in files by default, in the middle of a pipeline. */
import { Ack, defineOutput, ObjectBatch, type Chunk, type DelayedCommit, type PluginContext } from '#logferry';

export default defineOutput({
  type: 'buffer',
  handsOn: true,
  doc: 'Buffers events and then emits them to `@label`, so that what comes after it may be slow or fail.',
  config: {},
  buffer: { mode: 'always', chunkKeys: ['tag'], defaults: { '@type': 'file', flush_mode: 'interval', flush_interval: 10 } },

  create(_config, context) {
    const router = targetRouter(context);
    if (!context.chunkKeys.tag) {
      context.problem({
        message: "the buffer output needs the chunk key 'tag': events are emitted with the tag of their chunk",
        at: context.element.at,
        hint: 'write <buffer tag>',
      });
    }
    return {
      async write(chunk: Chunk): Promise<void | DelayedCommit> {
        const events = await chunk.events();
        if (events.length === 0) return undefined;
        let settle!: () => void;
        // The chunk stays until all that comes after has taken its events for good.
        const committed = new Promise<void>((resolve) => {
          settle = resolve;
        });
        await router.emit(new ObjectBatch(chunk.metadata.tag ?? '', events, new Ack(settle)));
        return { committed };
      },
    };
  },
});

function targetRouter(context: PluginContext) {
  const label = context.element.params.get('@label');
  return label ? context.label(label.text, label.at) : context.router;
}
