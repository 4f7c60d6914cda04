/** From the bytes of one message to its events. Nothing that a peer sends makes this throw. */
import { decompressPieces } from '../buffer/index.ts';
import { errorText } from '../errors.ts';
import type { LogEvent } from '../event.ts';
import { toInspect } from '../lib/inspect.ts';
import { parseJson } from '../lib/json.ts';
import { MsgpackReader, PackedTime, type Unpacked } from '../lib/msgpack.ts';
import { decodeText, encodeText } from '../lib/text.ts';
import { isHash, type Value } from '../lib/value.ts';
import { endOfValue, EntrySlices, isReadable } from './entry-slices.ts';
import { EventCollector, type EventRules } from './event-collector.ts';
import type { ReceivedMessage } from './message-stream.ts';
import { encodeAck } from './write-message.ts';

export interface EventsMessage {
  readonly kind: 'events';
  /** As text: numbers as their digits, nil as nothing. */
  readonly tag: string;
  /** Whether the tag was text. */
  readonly isTagText: boolean;
  readonly events: readonly LogEvent[];
  /** Events that were left out. */
  readonly invalid: number;
  /** The first of those, for a log: time and record in Ruby's form, shortened. */
  readonly firstInvalid: string | undefined;
  /** The answer that the peer waits for, in the form that it writes itself. */
  readonly ack: Buffer | undefined;
  /**
   * Of a large message that is read in slices: the events behind these, to be asked for once. Tag and `ack` are the same in each;
   * the answer is due when all events are safe.
   */
  readonly rest: (() => EventsMessage) | undefined;
}

export interface BrokenMessage {
  readonly kind: 'broken';
  readonly problem: string;
  /** The peer waits for an answer that will not come: close the connection. */
  readonly fatal: boolean;
}

/** `nothing`: a nil, which some clients send as a heartbeat. */
export type ForwardMessage = EventsMessage | BrokenMessage | { readonly kind: 'nothing' };

/** Longest description of an event in a log. */
const MAX_SHOWN = 200;

/** Decodes a message as the rules say. Never throws. */
export function readMessage(message: ReceivedMessage, rules: EventRules): ForwardMessage {
  try {
    return message.format === 'msgpack' ? readMsgpack(message.bytes, rules) : readJson(message.bytes, rules);
  } catch (error) {
    return { kind: 'broken', problem: errorText(error), fatal: true };
  }
}

/** Any message as values, for the handshake and for answers: a list keeps bytes as they are. Throws what decoding throws. */
export function readValues(message: ReceivedMessage): Unpacked {
  return message.format === 'msgpack' ? new MsgpackReader(message.bytes).item() : parseJson(decodeText(message.bytes));
}

function readMsgpack(bytes: Buffer, rules: EventRules): ForwardMessage {
  const reader = new MsgpackReader(bytes);
  const kind = reader.kind();
  if (kind === 'nil') return { kind: 'nothing' };
  if (kind !== 'array') return notList(kind);
  const length = reader.arrayLength();
  const item = (position: number): Unpacked => {
    if (length <= position) return null;
    if (!isReadable(bytes, reader.position)) throw new Error('a value of the message is made of too many values');
    return reader.item();
  };
  const tag = item(0);
  switch (length > 1 ? reader.kind() : 'nil') {
    case 'text':
    case 'binary': {
      const entries = reader.bytes();
      const option = optionOf(item(2));
      return finish(tag, new EntrySlices(decompressed(entries, option, rules)), 'msgpack', option, rules);
    }
    case 'array': {
      const { at } = endOfValue(bytes, reader.position, bytes.length);
      const count = reader.arrayLength();
      const slices = new EntrySlices(bytes, reader.position, at, count);
      reader.position = at;
      return finish(tag, slices, 'msgpack', optionOf(item(2)), rules);
    }
    default: {
      const collector = new EventCollector(rules);
      const time = item(1);
      collector.add(time, item(2));
      return finish(tag, collector, 'msgpack', optionOf(item(3)), rules);
    }
  }
}

function readJson(bytes: Buffer, rules: EventRules): ForwardMessage {
  const message = parseJson(decodeText(bytes));
  if (!Array.isArray(message)) return notList('map');
  const [tag = null, second = null, third = null, fourth = null] = message as readonly Value[];
  const collector = new EventCollector(rules);
  if (typeof second === 'string') {
    const option = optionOf(third);
    return finish(tag, new EntrySlices(decompressed(encodeText(second), option, rules)), 'json', option, rules);
  }
  if (!Array.isArray(second)) {
    collector.add(second, third);
    return finish(tag, collector, 'json', optionOf(fourth), rules);
  }
  for (const entry of second as readonly Value[]) {
    if (Array.isArray(entry)) collector.add((entry[0] as Value | undefined) ?? null, (entry[1] as Value | undefined) ?? null);
    else collector.add(entry, null);
  }
  return finish(tag, collector, 'json', optionOf(third), rules);
}

function notList(found: string): BrokenMessage {
  return { kind: 'broken', problem: `expected a list of tag and events, found a value of kind ${found}`, fatal: false };
}

type Option = ReadonlyMap<string, Value> | undefined;

function optionOf(item: Unpacked): Option {
  return isHash(item) ? (item as ReadonlyMap<string, Value>) : undefined;
}

function decompressed(entries: Buffer, option: Option, rules: EventRules): Buffer {
  const compressed = option?.get('compressed') ?? 'text';
  if (compressed === 'text' || compressed === false) return entries;
  if (compressed !== 'gzip' && compressed !== 'zstd')
    throw new Error(`the option 'compressed' must be text, gzip or zstd, found ${shown(compressed)}`);
  return decompressPieces(entries, compressed, rules.decompressionLimit);
}

function finish(tag: Unpacked, from: EventCollector | EntrySlices, format: 'msgpack' | 'json', option: Option, rules: EventRules): EventsMessage {
  const chunk = option?.get('chunk');
  const common = {
    kind: 'events' as const,
    tag: tagText(tag),
    isTagText: typeof tag === 'string' || Buffer.isBuffer(tag),
    ack: chunk === undefined || chunk === null || chunk === false ? undefined : encodeAck(chunk, format),
  };
  const slice = (): EventsMessage => {
    const collector = from instanceof EventCollector ? from : new EventCollector(rules);
    if (from instanceof EntrySlices) {
      if (rules.inSlices) from.readInto(collector);
      else while (!from.atEnd) from.readInto(collector);
    }
    const { events, invalid, firstInvalid } = collector;
    return {
      ...common,
      events,
      invalid,
      firstInvalid: firstInvalid && `time=${shown(firstInvalid.time)} record=${shown(firstInvalid.record)}`,
      rest: from instanceof EntrySlices && !from.atEnd ? slice : undefined,
    };
  };
  return slice();
}

function tagText(tag: Unpacked): string {
  if (typeof tag === 'string') return tag;
  if (tag === null) return '';
  return Buffer.isBuffer(tag) ? decodeText(tag) : shown(tag);
}

function shown(value: Unpacked): string {
  const plain = value instanceof PackedTime ? value.sec : Buffer.isBuffer(value) ? decodeText(value) : value;
  let text: string;
  try {
    text = toInspect(plain as Value);
  } catch {
    text = '(a value that cannot be shown)';
  }
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text;
}
