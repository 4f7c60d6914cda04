/** Events as Fluentd's plugin keeps them in a chunk: MessagePack `[tag, time, record]`, one behind the other. */
import { type EventTime, type LogEvent, type LogRecord, MsgpackReader, MsgpackWriter, type Tag } from '#logferry';

const writer = new MsgpackWriter();

export function encodeStored(tag: Tag, time: EventTime, record: LogRecord): Buffer {
  writer.clear();
  return writer.arrayHeader(3).text(tag).time(time).value(record).take();
}

/** Throws a MsgpackError if the bytes are something else. */
export function* decodeStored(bytes: Buffer): Generator<{ tag: Tag; event: LogEvent }> {
  const reader = new MsgpackReader(bytes);
  while (!reader.atEnd) {
    reader.arrayLength();
    const tag = reader.text();
    const time = reader.time();
    yield { tag, event: { time, record: reader.record() } };
  }
}
