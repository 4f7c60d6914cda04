/** Text of other encodings (`char_encoding FROM:TO`). */
import { encodeText } from '../../lib/text.ts';
import { isHash, type LogRecord, type Value } from '../../lib/value.ts';

const UTF8 = /^utf-?8$/i;
/** One byte for each of the first 256 characters; the Encoding Standard has only its relative windows-1252. */
const LATIN1 = /^(?:iso-?8859-1|latin-?1)$/i;
const ASCII = /^(?:us-)?ascii$/i;
const BINARY = /^(?:ascii-8bit|binary)$/i;

/**
 * Makes the function that converts all texts of a record, nested ones too; undefined if there is
 * nothing to convert. Bytes that have no meaning become U+FFFD. Throws an Error for unknown names.
 */
export function compileEncoding(spec: string): ((record: LogRecord) => LogRecord) | undefined {
  const [from, to] = spec.split(':', 2).map((name) => name.trim());
  const decode = decoder(from);
  if (to === undefined) return undefined; // Names the encoding that the texts have: their bytes stay.
  if (!UTF8.test(to)) throw new Error(`expected utf-8 as the encoding to convert to, found '${to}'`);
  const convert = (value: Value): Value => {
    if (typeof value === 'string') return isAscii(value) ? value : decode(encodeText(value));
    if (Array.isArray(value)) return (value as readonly Value[]).map(convert);
    return isHash(value) ? convertHash(value) : value;
  };
  const convertHash = (hash: LogRecord): LogRecord => {
    const converted = new Map<string, Value>();
    for (const [key, value] of hash) converted.set(key, convert(value));
    return converted;
  };
  return convertHash;
}

function decoder(name: string): (bytes: Buffer) => string {
  if (LATIN1.test(name)) return (bytes) => bytes.toString('latin1');
  if (ASCII.test(name) || BINARY.test(name)) return (bytes) => bytes.toString('latin1').replace(/[^\0-\x7f]/g, '\ufffd');
  let known: InstanceType<typeof TextDecoder>;
  try {
    known = new TextDecoder(name, { ignoreBOM: true });
  } catch {
    throw new Error(`unknown encoding name: ${name}`);
  }
  return (bytes) => known.decode(bytes);
}

function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text);
}
