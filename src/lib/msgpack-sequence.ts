/** Reads values that stand one after the other, of which the last may be incomplete; see `msgpack.ts`. */
import type { LogEvent } from '../event.ts';
import { MsgpackError, MsgpackReader, type Unpacked } from './msgpack-reader.ts';

/** Values that stand one after the other; `end` is the offset behind the last complete one. */
export function decodeMany(bytes: Buffer): { values: Unpacked[]; end: number } {
  const reader = new MsgpackReader(bytes);
  const values: Unpacked[] = [];
  const end = readWhileComplete(reader, () => values.push(reader.item()));
  return { values, end };
}

/** Events that stand one after the other as `[time, record]`; `end` is the offset behind the last complete one. */
export function decodeEntries(bytes: Buffer): { events: LogEvent[]; end: number } {
  const reader = new MsgpackReader(bytes);
  const events: LogEvent[] = [];
  const end = readWhileComplete(reader, () => {
    if (reader.arrayLength() !== 2) throw new MsgpackError(`expected a list of time and record`);
    const time = reader.time();
    events.push({ time, record: reader.record() });
  });
  return { events, end };
}

function readWhileComplete(reader: MsgpackReader, readOne: () => void): number {
  let end = reader.position;
  try {
    while (!reader.atEnd) {
      readOne();
      end = reader.position;
    }
  } catch (error) {
    if (!MsgpackReader.isIncomplete(error)) throw error;
  }
  return end;
}
