/** `multipart/form-data` (RFC 7578): the fields of a form with their values, files too. */
import { decodeText } from '#logferry';

const LINE_BREAK = '\r\n';
const CONTENT_TYPE = /^multipart\/form-data; boundary=(.+)/;

/** The boundary that a content type names; undefined if it is no such form. */
export function boundaryOf(contentType: string): string | undefined {
  const found = CONTENT_TYPE.exec(contentType)?.[1];
  const quoted = found === undefined ? undefined : /^"(.*)"$/.exec(found)?.[1];
  return quoted === undefined ? found : quoted.replace(/\\(.)/g, '$1');
}

/** Names and values, in order; of a name that is there several times the first value. Parts without a name are left out. */
export function parseMultipart(body: Buffer, boundary: string): [string, string][] {
  const delimiter = Buffer.from(`--${boundary}`, 'latin1');
  const found = new Map<string, string>();
  let at = lineStart(body, delimiter, 0);
  while (at >= 0) {
    const begin = at + delimiter.length;
    if (body.toString('latin1', begin, begin + 2) === '--') break;
    const next = lineStart(body, delimiter, begin);
    const part = body.subarray(begin, next < 0 ? body.length : next);
    const pair = readPart(part);
    if (pair && !found.has(pair[0])) found.set(...pair);
    at = next;
  }
  return [...found];
}

/** Where the next delimiter stands at the beginning of a line. */
function lineStart(body: Buffer, delimiter: Buffer, from: number): number {
  for (let at = body.indexOf(delimiter, from); at >= 0; at = body.indexOf(delimiter, at + 1)) {
    if (at === 0 || body[at - 1] === 0x0a) return at;
  }
  return -1;
}

/** `CRLF headers CRLF CRLF value CRLF`; line feeds alone will do. */
function readPart(part: Buffer): [string, string] | undefined {
  const strict = part.indexOf(LINE_BREAK + LINE_BREAK);
  const loose = strict < 0 ? part.indexOf('\n\n') : -1;
  if (strict < 0 && loose < 0) return undefined;
  const end = strict < 0 ? loose : strict;
  const head = decodeText(part, 0, end);
  const name = /^content-disposition:[^\n]*?;\s*name=(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/im.exec(head);
  const key = name?.[1]?.replace(/\\(.)/g, '$1') ?? name?.[2];
  if (key === undefined) return undefined;
  let stop = part.length;
  if (part[stop - 1] === 0x0a) stop--;
  if (part[stop - 1] === 0x0d) stop--;
  return [key, decodeText(part, end + (strict < 0 ? 2 : 4), Math.max(end + (strict < 0 ? 2 : 4), stop))];
}
