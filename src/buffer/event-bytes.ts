/** Events formatted one after the other into one buffer, with the place where each ends. */
import type { LogEvent, Tag } from '../event.ts';
import { MsgpackWriter } from '../lib/msgpack.ts';
import { encodeText } from '../lib/text.ts';
import type { BufferedOutput } from '../plugin.ts';

export interface EventBytes {
  readonly bytes: Buffer;
  /** Those that could be formatted: the given ones if all could. */
  readonly events: readonly LogEvent[];
  /** Offset behind each of these events' bytes. */
  readonly ends: readonly number[];
  readonly failed: readonly FailedEvent[];
}

/** An event for which the output's `format` threw. */
export interface FailedEvent {
  readonly event: LogEvent;
  readonly error: unknown;
}

const NONE: readonly FailedEvent[] = [];

/** Formats events; the result is nobody else's. An event that cannot be formatted does not harm the others. */
export type FormatEvents = (tag: Tag, events: readonly LogEvent[]) => EventBytes;

/** The output's own format, or MessagePack `[time, record]` if it has none. */
export function createFormat(output: BufferedOutput, timeAsInteger: boolean): FormatEvents {
  if (!output.format) return msgpackFormat(timeAsInteger);
  const scratch = new ByteCollector();
  return (tag, events) => {
    scratch.clear();
    const ends: number[] = [];
    let good: LogEvent[] | undefined;
    let failed: FailedEvent[] | undefined;
    for (const [i, event] of events.entries()) {
      try {
        scratch.add(output.format!(tag, event.time, event.record));
      } catch (error) {
        good ??= events.slice(0, i);
        (failed ??= []).push({ event, error });
        continue;
      }
      good?.push(event);
      ends.push(scratch.byteLength);
    }
    return { bytes: scratch.take(), events: good ?? events, ends, failed: failed ?? NONE };
  };
}

function msgpackFormat(timeAsInteger: boolean): FormatEvents {
  const writer = new MsgpackWriter();
  return (_tag, events) => {
    writer.clear();
    const ends: number[] = [];
    for (const { time, record } of events) {
      if (timeAsInteger) writer.arrayHeader(2).value(time.sec).value(record);
      else writer.entry(time, record);
      ends.push(writer.byteLength);
    }
    return { bytes: writer.take(), events, ends, failed: NONE };
  };
}

/** A reusable buffer never stays bigger than this. */
const KEPT_BYTES = 4 * 1024 * 1024;
/** UTF-8 needs at most three bytes for each UTF-16 unit. */
const BYTES_PER_UNIT = 3;

/** Collects text and bytes in a growing buffer that is used again and again. */
export class ByteCollector {
  #bytes = Buffer.allocUnsafeSlow(4096);
  #length = 0;

  get byteLength(): number {
    return this.#length;
  }

  clear(): void {
    this.#length = 0;
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = Buffer.allocUnsafeSlow(KEPT_BYTES);
  }

  add(part: string | Uint8Array): void {
    if (typeof part === 'string' && part.isWellFormed()) {
      this.#room(part.length * BYTES_PER_UNIT);
      this.#length += this.#bytes.write(part, this.#length, 'utf8');
      return;
    }
    const bytes = typeof part === 'string' ? encodeText(part) : part;
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** A copy of what was added since the last `clear()`. */
  take(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#length));
  }

  #room(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}
