/** Messages from the network as events: what the inputs `tcp` and `udp` make of each, and what a connection does with its bytes. */
import { param } from '../config/params.ts';
import type { Tag } from '../event.ts';
import { decodeText } from '../lib/text.ts';
import type { Value } from '../lib/value.ts';
import { compileExtract, type ExtractConfig } from '../parse/extract.ts';
import type { Parser, PluginContext } from '../plugin.ts';
import type { Connection, ConnectionHandler } from './connection.ts';
import { compileSource, TaggedEvents, type Intake, type Sender } from './intake.ts';
import type { MessageCutter } from './message-cutter.ts';

/** Parameters for fields that say who sent an event; `who` stands in their descriptions. */
export function sourceFields(who: 'client' | 'sender') {
  return {
    source_host_key: param.string(`The field for the ${who}'s host name.`, { optional: true, deprecated: 'use source_hostname_key instead.' }),
    source_hostname_key: param.string(`The field for the ${who}'s host name.`, { optional: true }),
    source_address_key: param.string(`The field for the ${who}'s address.`, { optional: true }),
  };
}

export interface ParsedMessagesConfig {
  readonly tag: Tag;
  readonly source_host_key: string | undefined;
  readonly source_hostname_key: string | undefined;
  readonly source_address_key: string | undefined;
  readonly extract: ExtractConfig | undefined;
}

export interface ParsedMessages {
  /** Host names of senders are needed. */
  readonly resolveHostname: boolean;
  /** Adds the events of a message. */
  take(message: Buffer, sender: Sender, events: TaggedEvents): void;
}

/** For `create`. Throws a ConfigError. */
export function compileParsedMessages(config: ParsedMessagesConfig, parser: Parser, intake: Intake, context: PluginContext): ParsedMessages {
  const { clock, log } = context;
  const hostKey = config.source_hostname_key ?? config.source_host_key;
  const addSource = compileSource({ source_address_key: config.source_address_key, source_hostname_key: hostKey });
  // Parsers give every event a time, or the message does not fit: so a time is never extracted, as in Fluentd.
  if (config.extract?.time_key !== undefined) {
    log.warn('<extract>: time_key has no effect here: the time is the one that <parse> finds, or the current one');
  }
  const extract = compileExtract(config.extract && { ...config.extract, time_key: undefined }, context);
  return {
    resolveHostname: hostKey !== undefined,
    take(message, sender, events) {
      for (const { time, record } of intake.parse(parser, message)) {
        const fields = extract || addSource ? new Map<string, Value>(record) : record;
        const tag = extract?.(fields as Map<string, Value>).tag ?? config.tag;
        addSource?.(fields as Map<string, Value>, sender);
        events.add(tag, { time: time ?? clock.time(), record: fields });
      }
    },
  };
}

/** What is done with the bytes of a connection: they are cut into messages, whose events are emitted at once. */
export function handleMessages(
  connection: Connection, cutter: MessageCutter, intake: Intake, take: (message: Buffer, sender: Sender, events: TaggedEvents) => void,
): ConnectionHandler {
  return {
    data(bytes) {
      const events = new TaggedEvents();
      try {
        cutter.push(bytes, (message) => take(message, connection, events));
      } catch (error) {
        intake.broken(connection, error);
      }
      return intake.emit(events);
    },
    close() {
      if (cutter.pendingBytes > 0) {
        intake.received(1, cutter.pendingBytes);
        intake.dropped('incomplete', { level: 'info', message: 'a connection ended within a message', fields: { size: cutter.pendingBytes } });
      }
      cutter.close();
    },
  };
}

/** Fields of the log line about a message that is too long. */
export function tooLongFields(size: number, head: Buffer): { readonly size: number; readonly head: string } {
  return { size, head: decodeText(head) };
}
