/** Stands in for outputs that handle events at once: counts them, and their bytes where the output tells how it writes them. */
import { decodeText, encodeText } from '../lib/text.ts';
import type { BufferedOutput, Output, Step } from '../plugin.ts';
import { watchTroubles, type OutputStandIn, type StandInListener } from './stand-in-listener.ts';

export function createFormatOnly(output: Output & Partial<BufferedOutput>, step: Step, listener: StandInListener): OutputStandIn {
  const watch = watchTroubles(output.planning, step, listener);
  const format = output.format?.bind(output);
  let shown = 0;
  return {
    emit(batch) {
      watch.look(batch);
      let bytes = 0;
      let firstMs = NaN;
      let lastMs = NaN;
      const samples: { timeMs: number; text: string; bytes: number }[] = [];
      if (format)
        for (const { time, record } of batch.events) {
          const formatted = format(batch.tag, time, record);
          const length = formattedLength(formatted);
          const timeMs = time.sec * 1000 + Math.floor(time.nsec / 1e6);
          bytes += length;
          if (!(timeMs >= firstMs)) firstMs = timeMs;
          if (!(timeMs <= lastMs)) lastMs = timeMs;
          if (shown >= listener.samples) continue;
          shown++;
          samples.push({ timeMs, text: typeof formatted === 'string' ? formatted : decodeText(Buffer.from(formatted)), bytes: length });
        }
      watch.check(batch);
      listener.delivered(step, [{ name: '', events: batch.size, bytes, batches: 1, firstMs, lastMs, samples }]);
    },
    async finish() {},
  };
}

function formattedLength(formatted: string | Uint8Array): number {
  if (typeof formatted !== 'string') return formatted.length;
  return formatted.isWellFormed() ? Buffer.byteLength(formatted) : encodeText(formatted).length;
}
