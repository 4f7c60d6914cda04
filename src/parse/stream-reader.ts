/** Reads events from a stream of bytes, such as what a command prints: by lines, or as a parser of whole streams has it. */
import { errorText } from '../errors.ts';
import { JsonCutter } from '../lib/json-cutter.ts';
import { LineCutter } from '../lib/line-cutter.ts';
import { UNCHANGED, type LineEncoding } from '../lib/line-encoding.ts';
import { decodeMany } from '../lib/msgpack.ts';
import { decodeText } from '../lib/text.ts';
import type { OwnedPlugin } from '../config/params.ts';
import type { Parsed, Parser } from '../plugin.ts';

/** A line, or a JSON value, with more bytes than this is left out. */
const MAX_ENTRY_BYTES = 64 * 1024 * 1024;

/** Why something that was read did not become an event. */
export type DropReason = 'unparsed' | 'too_long';

export interface StreamReaderOptions {
  /** What `<parse>` says: its type tells how the stream is divided. */
  readonly plugin: OwnedPlugin<'parser'>;
  /** The plugin created from it. */
  readonly parser: Parser;
  /** Of the text; absent: not known, so that patterns match bytes. */
  readonly encoding?: LineEncoding | undefined;
  /** So many entries (lines, JSON or MessagePack values) were read; each becomes an event or is dropped. */
  onEntries(count: number): void;
  /** One of them is dropped; `found` says what it was, for the log. */
  onDropped(reason: DropReason, found: string): void;
}

export interface StreamReader {
  /** The events of what is complete now. */
  push(piece: Buffer): Parsed[];
  /** The events of what is left when the stream is over; the reader can then be used for another one. */
  end(): Parsed[];
}

/** Makes a reader: MessagePack and JSON as a stream of values, everything else by lines. */
export function createStreamReader(options: StreamReaderOptions): StreamReader {
  const { parser, encoding } = options;
  const onTooLong = (byteLength: number): void => {
    options.onEntries(1);
    options.onDropped('too_long', `${byteLength} bytes`);
  };
  const keep = (found: ReturnType<Parser['parse']>, shown: () => string, out: Parsed[]): void => {
    const all = Array.isArray(found) ? (found as readonly (Parsed | undefined)[]) : [found as Parsed | undefined];
    options.onEntries(all.length);
    for (const parsed of all) {
      if (parsed) out.push(parsed);
      else options.onDropped('unparsed', shown());
    }
  };
  const readText = (bytes: Buffer, out: Parsed[]): void => {
    const text = (encoding ?? UNCHANGED).decode(bytes, 0, bytes.length);
    try {
      keep(parser.parse(text, encoding === undefined), () => text, out);
    } catch (error) {
      options.onEntries(1);
      options.onDropped('unparsed', `${text} (${errorText(error)})`);
    }
  };

  if (parser.parseBytes) return createValueReader(parser.parseBytes.bind(parser), keep, options);
  if (options.plugin.type === 'json') {
    const cutter = new JsonCutter({ maxBytes: MAX_ENTRY_BYTES, onTooLong });
    /** A value that was never closed swallows what follows it: its lines may be good for themselves. */
    const readLeft = (bytes: Buffer, out: Parsed[]): void => {
      for (const line of decodeText(bytes).split('\n')) if (line.trim() !== '') readText(Buffer.from(line), out);
    };
    const readAll = (values: readonly Buffer[], read: typeof readText): Parsed[] => {
      const out: Parsed[] = [];
      for (const value of values) read(value, out);
      return out;
    };
    return { push: (piece) => readAll(cutter.push(piece), readText), end: () => readAll(cutter.end(), readLeft) };
  }

  const cutter = new LineCutter({ maxBytes: MAX_ENTRY_BYTES, onTooLong, newline: (encoding ?? UNCHANGED).newline });
  const readLines = (lines: readonly Buffer[]): Parsed[] => {
    const out: Parsed[] = [];
    for (const line of lines) readText(withoutReturn(line), out);
    return out;
  };
  return { push: (piece) => readLines(cutter.push(piece)), end: () => readLines(cutter.end()) };
}

type Keep = (found: ReturnType<Parser['parse']>, shown: () => string, out: Parsed[]) => void;

/** For parsers of MessagePack. They get whole values only, so that what one stream left does not meet the next. */
function createValueReader(parse: (bytes: Buffer) => readonly (Parsed | undefined)[], keep: Keep, options: StreamReaderOptions): StreamReader {
  let rest: Buffer = Buffer.alloc(0);
  const drop = (reason: DropReason, found: string): void => {
    rest = Buffer.alloc(0);
    options.onEntries(1);
    options.onDropped(reason, found);
  };
  return {
    push(piece) {
      const out: Parsed[] = [];
      const all = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
      try {
        const { end } = decodeMany(all);
        if (end > 0) keep(parse(all.subarray(0, end)), () => 'a value that is no hash', out);
        rest = Buffer.from(all.subarray(end));
        if (rest.length > MAX_ENTRY_BYTES) drop('too_long', `${rest.length} bytes`);
      } catch (error) {
        drop('unparsed', errorText(error));
      }
      return out;
    },
    end() {
      if (rest.length > 0) drop('unparsed', `${rest.length} bytes of a value without its end`);
      return [];
    },
  };
}

/** As String#chomp: the line feed is gone already. */
function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
}
