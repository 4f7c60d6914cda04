import { describe, expect, it } from 'vitest';
import type { OwnedPlugin } from '../../../src/config/params.ts';
import { createStreamReader } from '../../../src/parse/stream-reader.ts';
import { decodeMany, MsgpackWriter } from '../../../src/lib/msgpack.ts';
import { isHash, type Value } from '../../../src/lib/value.ts';
import { parseJson } from '../../../src/lib/json.ts';
import { findEncoding } from '../../../src/lib/line-encoding.ts';
import type { Parsed, Parser } from '../../../src/plugin.ts';
import { plain } from '../../support/batches.ts';

const parsed = (value: Value): Parsed | undefined => (isHash(value) ? { time: undefined, record: value } : undefined);

const PARSERS: Record<string, Parser> = {
  json: {
    parse(text) {
      let value: Value;
      try {
        value = parseJson(text);
      } catch {
        return undefined;
      }
      return Array.isArray(value) ? (value as readonly Value[]).map(parsed) : parsed(value);
    },
  },
  msgpack: {
    parse: () => undefined,
    parseBytes: (bytes) => decodeMany(bytes).values.map((value) => parsed(value as Value)),
  },
  none: { parse: (text) => (text === 'bad' ? undefined : { time: undefined, record: new Map([['m', text]]) }) },
};

function read(type: keyof typeof PARSERS, pieces: readonly (string | Buffer)[], encoding?: string) {
  const dropped: string[] = [];
  let entries = 0;
  const reader = createStreamReader({
    plugin: { type } as OwnedPlugin<'parser'>,
    parser: PARSERS[type]!,
    encoding: encoding === undefined ? undefined : findEncoding(encoding),
    onEntries: (count) => void (entries += count),
    onDropped: (reason, found) => dropped.push(`${reason} ${found}`),
  });
  const found = pieces.flatMap((piece) => reader.push(Buffer.from(piece as string)));
  found.push(...reader.end());
  return { records: found.map(({ record }) => plain(record)), dropped, entries };
}

describe('a reader of streams', () => {
  it('gives lines to a parser of texts', () => {
    expect(read('none', ['a', 'b\r\nbad\n\nc'])).toEqual({ records: ['{"m":"ab"}', '{"m":""}', '{"m":"c"}'], dropped: ['unparsed bad'], entries: 4 });
  });

  it('reads text in another encoding', () => {
    expect(read('none', [Buffer.from('ä\nb\n', 'latin1')], 'iso-8859-1').records).toEqual(['{"m":"ä"}', '{"m":"b"}']);
    expect(read('none', [Buffer.from('ä\nb\n', 'utf16le')], 'utf-16le').records).toEqual(['{"m":"ä"}', '{"m":"b"}']);
  });

  it('gives JSON values to the JSON parser, however they are divided into lines', () => {
    expect(read('json', ['{"a":1}{"b"', ':\n2}\n[{"c":3},4]'])).toEqual({
      records: ['{"a":1}', '{"b":2}', '{"c":3}'], dropped: ['unparsed [{"c":3},4]'], entries: 4,
    });
  });

  it('finds the good lines behind a value that was never closed', () => {
    expect(read('json', ['{"a":1\n{"b":2}\n'])).toEqual({ records: ['{"b":2}'], dropped: ['unparsed {"a":1'], entries: 2 });
  });

  it('gives whole MessagePack values', () => {
    const writer = new MsgpackWriter();
    writer.value(new Map([['a', 'text']]));
    writer.value(5);
    writer.value(new Map([['b', 2]]));
    const bytes = Buffer.from(writer.take());
    const pieces = Array.from(bytes, (byte) => Buffer.of(byte));
    expect(read('msgpack', pieces)).toEqual({ records: ['{"a":"text"}', '{"b":2}'], dropped: ['unparsed a value that is no hash'], entries: 3 });
    expect(read('msgpack', [bytes.subarray(0, -1)]).dropped.at(-1)).toBe('unparsed 3 bytes of a value without its end');
  });
});
