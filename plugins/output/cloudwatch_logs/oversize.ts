/** Messages that no request can hold: cut with a mark, or cut into pieces. Sizes are bytes in UTF-8. */
import type { LogRecord, Value } from '#logferry';

/** What stands at the end of a message that was cut. */
function mark(byteLength: number): string {
  return ` [truncated, the message had ${byteLength} bytes]`;
}

/** The text's beginning in at most so many bytes, and a mark that says how long it was. */
export function truncate(text: string, maxBytes: number): string {
  const byteLength = Buffer.byteLength(text);
  if (byteLength <= maxBytes) return text;
  const end = mark(byteLength);
  return beginning(text, 0, Math.max(0, maxBytes - end.length)) + end;
}

/** Pieces of at most so many bytes each, without a mark: together they are the text. */
export function split(text: string, maxBytes: number): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; ) {
    const piece = beginning(text, at, maxBytes);
    pieces.push(piece);
    at += piece.length;
  }
  return pieces;
}

/** As much of the text from `start` on as so many bytes hold, whole characters alone; at least one if there is room for any. */
function beginning(text: string, start: number, maxBytes: number): string {
  let low = start;
  let high = Math.min(text.length, start + maxBytes);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (Buffer.byteLength(text.slice(start, wholeUntil(text, start, middle))) <= maxBytes) low = middle;
    else high = middle - 1;
  }
  return text.slice(start, wholeUntil(text, start, low));
}

/** A position at or before `end` that parts no pair of surrogates. */
function wholeUntil(text: string, start: number, end: number): number {
  if (end <= start || end >= text.length) return Math.max(start, Math.min(end, text.length));
  const last = text.charCodeAt(end - 1);
  return last >= 0xd800 && last <= 0xdbff ? end - 1 : end;
}

/**
 * The JSON of a record whose longest text is cut so that it fits: it is still JSON. Undefined if that
 * does not help, because what is large is not one text.
 */
export function truncateJson(record: LogRecord, json: (value: Value) => string, maxBytes: number): string | undefined {
  let longest: string | undefined;
  let text = '';
  for (const [key, value] of record)
    if (typeof value === 'string' && value.length > text.length) {
      longest = key;
      text = value;
    }
  if (longest === undefined) return undefined;
  const whole = Buffer.byteLength(json(record));
  const end = mark(whole);
  const others = whole - Buffer.byteLength(json(text));
  const room = maxBytes - others - end.length - 2;
  if (room <= 0) return undefined;
  // Escapes may be anywhere: the share that is kept is corrected until it fits.
  let keep = room;
  for (let tries = 0; tries < 12 && keep > 0; tries++) {
    const kept = beginning(text, 0, keep);
    const escaped = Buffer.byteLength(json(kept)) - 2;
    if (escaped <= room) return json(new Map([...record]).set(longest, kept + end));
    keep = Math.floor(Buffer.byteLength(kept) * Math.min(0.98, room / escaped));
  }
  return undefined;
}
