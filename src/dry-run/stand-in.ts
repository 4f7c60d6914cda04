/**
 * Stands in for an output: events go through its real grouping, formatting and packing into chunks, and each full chunk is
 * planned instead of delivered.
 */
import { ChunkBuffer } from '../buffer/chunk-buffer.ts';
import { createFormat } from '../buffer/event-bytes.ts';
import { createGrouping } from '../buffer/event-groups.ts';
import { createStaging, type StageResult } from '../buffer/staging.ts';
import { memoryLimits, type StorageConfig } from '../buffer/index.ts';
import { decodeText } from '../lib/text.ts';
import type { CheckedPlugin } from '../config/schema.ts';
import type { BufferedOutput, Chunk, ChunkStorage, Output, PluginContext, Step } from '../plugin.ts';
import type { Delivery, OutputPlanning } from '../planning.ts';
import { watchTroubles, type OutputStandIn, type StandInListener } from './stand-in-listener.ts';
import { createFormatOnly } from './unbuffered.ts';

type AnyOutput = Output & Partial<BufferedOutput>;

/** Undefined: the output hands events on at once, and works itself. */
export function createStandIn(
  checked: CheckedPlugin<'output'>, plugin: Output | BufferedOutput, context: PluginContext, step: Step, listener: StandInListener,
): OutputStandIn | undefined {
  const output = plugin as AnyOutput;
  const handsOn = checked.definition.handsOn === true;
  if (handsOn && !checked.buffer) return undefined;
  if (!checked.buffer) return createFormatOnly(output, step, listener);

  const watch = watchTroubles(output.planning, step, listener);
  const stored = checked.buffer.storage.config as Partial<StorageConfig>;
  const pack = output.pack && context.chunkKeys.fields.length === 0 && !checked.buffer.secondary ? output.pack.bind(output) : undefined;
  const now = () => listener.nowMs;
  const buffer = new ChunkBuffer({
    limits: {
      chunkLimitSize: stored.chunk_limit_size ?? memoryLimits.chunkLimitSize,
      chunkLimitRecords: stored.chunk_limit_records,
      chunkFullThreshold: stored.chunk_full_threshold ?? 0.95,
      totalLimitSize: Infinity,
      queuedChunksLimitSize: Infinity,
    },
    storage: pack ? undefined : memoryStorage,
    compress: 'text',
    decompressionLimit: Infinity,
    unpack: output.unpack?.bind(output),
    recycle: output.recycle?.bind(output),
    now,
  });
  const { time_as_integer: timeAsInteger } = checked.config as { time_as_integer?: boolean };
  const stage = createStaging({
    buffer, grouping: createGrouping(context.chunkKeys), format: createFormat(output as BufferedOutput, timeAsInteger ?? false), pack,
    relief: undefined, compressed: false, holdAcks: false, whenSafe: undefined, now,
  });

  const planChunk = async (chunk: Chunk): Promise<void> => {
    if (handsOn) {
      await output.write!(chunk, NEVER);
      return;
    }
    listener.delivered(step, (await output.planning?.deliveries?.(chunk, listener.samples)) ?? [await wholeChunk(chunk, output.planning, listener.samples)]);
    watch.check(undefined);
  };
  const planQueued = async (): Promise<void> => {
    for (let chunk = buffer.dequeue(); chunk; chunk = buffer.dequeue()) {
      await planChunk(chunk);
      buffer.purge(chunk);
    }
  };
  return {
    emit(batch) {
      watch.look(batch);
      const result: StageResult = stage(batch, listener.eager);
      for (const { event, byteLength } of result.oversize)
        context.router.emitError(batch.tag, event, new Error(`a ${byteLength} bytes record is larger than buffer chunk limit size (${buffer.limits.chunkLimitSize})`));
      for (const { event, error } of result.failed) context.router.emitError(batch.tag, event, error);
      watch.check(batch);
      if (buffer.queueLength > 0) return planQueued();
    },
    async finish() {
      buffer.enqueueAll(() => true, true);
      await planQueued();
    },
  };
}

/** A chunk that goes to one place as it is. Times of its events are not known without reading it. */
async function wholeChunk(chunk: Chunk, planning: OutputPlanning | undefined, wanted: number): Promise<Delivery> {
  const samples = wanted > 0 ? piecesOf(await chunk.read(), chunk.eventCount).slice(0, wanted) : [];
  return { name: planning?.name?.(chunk) ?? '', events: chunk.eventCount, bytes: chunk.byteLength, batches: 1, firstMs: NaN, lastMs: NaN, samples };
}

/** Its lines, if each event is one; the whole otherwise. */
function piecesOf(bytes: Buffer, events: number): Delivery['samples'][number][] {
  const ends: number[] = [];
  for (let at = bytes.indexOf(10); at >= 0 && ends.length <= events; at = bytes.indexOf(10, at + 1)) ends.push(at);
  const isLines = ends.length === events && ends.at(-1) === bytes.length - 1;
  const spans = isLines ? ends.map((end, i) => bytes.subarray(i === 0 ? 0 : ends[i - 1]! + 1, end)) : [bytes];
  return spans.map((span) => ({ timeMs: NaN, text: decodeText(span), bytes: span.length }));
}

const NEVER = new AbortController().signal;

/** Chunks in memory, for outputs that write formatted bytes. */
const memoryStorage: ChunkStorage = {
  persistent: false,
  create: () => {
    let pieces: Buffer[] = [];
    return {
      append: (bytes) => void pieces.push(bytes),
      truncate(byteLength) {
        pieces = [Buffer.concat(pieces).subarray(0, byteLength)];
      },
      enqueue: () => {},
      read: () => Buffer.concat(pieces),
      purge: () => void (pieces = []),
      close: () => {},
    };
  },
};
