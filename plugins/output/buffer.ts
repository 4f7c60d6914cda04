/** Buffers events and emits them again to a label: a buffer, in files by default, in the middle of a pipeline. */
import { Ack, defineOutput, ObjectBatch, type Chunk, type PluginContext } from '#logferry';

export default defineOutput({
  type: 'buffer',
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
      async write(chunk: Chunk) {
        const events = await chunk.events();
        if (events.length === 0) return;
        await delivered(router, new ObjectBatch(chunk.metadata.tag ?? '', events));
      },
    };
  },
});

function targetRouter(context: PluginContext) {
  const label = context.element.params.get('@label');
  return label ? context.label(label.text, label.at) : context.router;
}

/** Resolves when all that comes after has taken the events for good, not only when they were emitted. */
async function delivered(router: ReturnType<typeof targetRouter>, batch: ObjectBatch): Promise<void> {
  let settle!: () => void;
  const settled = new Promise<void>((resolve) => {
    settle = resolve;
  });
  await router.emit(batch.with({ ack: new Ack(settle) }));
  await settled;
}
