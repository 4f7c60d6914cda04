/** What inputs do with messages once they have them: counting, logging what is dropped, emitting by tag. */
import { errorText } from '../errors.ts';
import { ObjectBatch, type LogEvent, type Tag } from '../event.ts';
import { decodeText } from '../lib/text.ts';
import type { Value } from '../lib/value.ts';
import type { LogFields } from '../log/logger.ts';
import type { Parsed, Parser, PluginContext } from '../plugin.ts';
import { emitUntilTaken } from '../routing/emit-until-taken.ts';
import type { Connection } from './connection.ts';

/** How long a sentence about one reason is not repeated. */
const REPEAT_MS = 10_000;

/** Whom a message is from. */
export interface Sender {
  readonly remoteAddress: string;
  readonly remoteHost: string;
}

export interface SourceKeys {
  readonly source_address_key: string | undefined;
  readonly source_hostname_key: string | undefined;
}

/** Events by their tags, each tag's in order. */
export class TaggedEvents {
  readonly #byTag = new Map<Tag, LogEvent[]>();

  add(tag: Tag, event: LogEvent): void {
    const events = this.#byTag.get(tag);
    if (events) events.push(event);
    else this.#byTag.set(tag, [event]);
  }

  *batches(): Generator<ObjectBatch> {
    for (const [tag, events] of this.#byTag) yield new ObjectBatch(tag, events);
  }

  get isEmpty(): boolean {
    return this.#byTag.size === 0;
  }
}

/** What is written to the log about messages that are dropped. */
interface DropLog {
  readonly level?: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields?: LogFields;
}

export interface Intake {
  /** So many messages (or entries of messages), and their bytes, have come. */
  received(messages: number, bytes: number): void;
  /** Of what was received so many do not become events. `log` is written at most every few seconds for one reason. */
  dropped(reason: string, log?: DropLog, messages?: number): void;
  /** A warning that is not repeated for some seconds. */
  warn(reason: string, message: string, fields?: LogFields): void;
  /** Closes a connection that cannot be understood any more, with an error in the log that is not repeated for some seconds. */
  broken(connection: Connection, error: unknown, message?: string): void;
  /** What a parser makes of a message: each part that fits. Others are counted and logged, also if it throws. */
  parse(parser: Parser, message: Buffer): readonly Parsed[];
  /** Emits all; waits for buffers that are full. The promise is for back-pressure; it never rejects. */
  emit(events: TaggedEvents): void | Promise<void>;
  /** Waits for what is being emitted, without waiting for full buffers any more. */
  finish(): Promise<void>;
}

export function createIntake(context: PluginContext): Intake {
  const { metrics, clock, log } = context;
  const lines = metrics.counter('input_lines_total', 'Messages that were received.');
  const bytesRead = metrics.counter('input_bytes_total', 'Bytes of messages that were received.');
  const drops = new Map<string, { add(n?: number): void }>();
  const loggedAt = new Map<string, number>();
  const ending = new AbortController();
  const emitting = new Set<Promise<void>>();

  const mayLog = (reason: string): boolean => {
    const now = clock.monotonic();
    if (now - (loggedAt.get(reason) ?? -Infinity) < REPEAT_MS) return false;
    loggedAt.set(reason, now);
    return true;
  };
  const emitAll = async (events: TaggedEvents): Promise<void> => {
    for (const batch of events.batches()) {
      try {
        if (await emitUntilTaken(context, batch, ending.signal)) continue;
        const message = 'events are lost: the agent ends and the buffer has no room';
        intake.dropped('buffer_full', { level: 'error', message, fields: { tag: batch.tag, events: batch.size } }, batch.size);
      } catch (error) {
        const fields = { tag: batch.tag, events: batch.size, error };
        intake.dropped('emit_failed', { level: 'error', message: 'failed to emit', fields }, batch.size);
      }
    }
  };

  const intake: Intake = {
    received(messages, bytes) {
      lines.add(messages);
      bytesRead.add(bytes);
    },
    dropped(reason, entry, messages = 1) {
      let counter = drops.get(reason);
      if (!counter) {
        counter = metrics.counter('input_dropped_lines_total', 'Lines or messages that were not emitted.', { reason });
        drops.set(reason, counter);
      }
      counter.add(messages);
      if (entry && mayLog(reason)) log.log(entry.level ?? 'warn', entry.message, entry.fields);
    },
    warn(reason, message, fields) {
      if (mayLog(reason)) log.warn(message, fields);
    },
    broken(connection, error, message = 'unexpected error on reading data') {
      const { remoteHost: host, remotePort: port } = connection;
      if (mayLog(message)) log.error(message, { host, port, error });
      connection.close();
    },
    parse(parser, message) {
      let found;
      try {
        // The encoding of what comes over the network is not known.
        found = parser.parseBytes ? parser.parseBytes(message) : parser.parse(decodeText(message), true);
      } catch (error) {
        intake.received(1, message.length);
        intake.dropped('unparsed', { message: 'a message cannot be parsed', fields: { error: errorText(error), data: decodeText(message) } });
        return [];
      }
      const all = Array.isArray(found) ? (found as readonly (Parsed | undefined)[]) : [found as Parsed | undefined];
      intake.received(all.length, message.length);
      return all.filter((parsed): parsed is Parsed => {
        // A parser that must not take the current time gives none: Fluentd's inputs do not take such messages.
        if (parsed?.time !== undefined) return true;
        intake.dropped('unparsed', { message: 'pattern not matched', fields: { message: decodeText(message) } });
        return false;
      });
    },
    emit(events) {
      if (events.isEmpty) return;
      const done = emitAll(events);
      emitting.add(done);
      return done.finally(() => emitting.delete(done));
    },
    async finish() {
      ending.abort();
      await Promise.all(emitting);
    },
  };
  return intake;
}

/** Adds who sent a message to its record; undefined if nothing is to be added. The record must not be anybody's yet. */
export function compileSource(keys: SourceKeys): ((record: Map<string, Value>, sender: Sender) => void) | undefined {
  const { source_address_key: addressKey, source_hostname_key: hostKey } = keys;
  if (addressKey === undefined && hostKey === undefined) return undefined;
  return (record, sender) => {
    if (addressKey !== undefined) record.set(addressKey, sender.remoteAddress);
    if (hostKey !== undefined) record.set(hostKey, sender.remoteHost);
  };
}
