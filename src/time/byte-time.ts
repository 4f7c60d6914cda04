/**
 * Times read from bytes, without making text of them: for formats whose parts have fixed places,
 * such as `%Y-%m-%dT%H:%M:%S.%N%z`.
 *
 * All but the fraction is compared with the bytes of the time before; only when they differ (the
 * next second) is a text made and given to the reader of `strptime.ts`, so both always agree.
 */
import { TimeParseError } from './instant.ts';
import { compileStrptime, type StrptimeOptions } from './strptime.ts';

/** Sets `out` and returns true, or returns false whenever the text path should decide. */
export type ByteTimeReader = (
  bytes: Uint8Array,
  start: number,
  end: number,
  out: { sec: number; nsec: number },
) => boolean;

const DIGIT = -1;
const FRACTION = -2;
const ZONE = -3;

const FIELD_DIGITS: Readonly<Record<string, number>> = { Y: 4, m: 2, d: 2, H: 2, M: 2, S: 2 };
const MAX_FRACTION_DIGITS = 9;
/** Longest text of a format that is read this way. */
const MAX_BYTES = 64;

/** Bytes of a format: literals, DIGIT, FRACTION (at most one) and ZONE (at the end only); undefined if it has others. */
function shapeOf(format: string): number[] | undefined {
  const shape: number[] = [];
  const fields = new Set<string>();
  for (const [part] of format.matchAll(/%:z|%.|[^%]/gs)) {
    if (shape.at(-1) === ZONE) return undefined;
    if (part.length === 1) {
      const code = part.charCodeAt(0);
      if (code < 0x20 || code > 0x7e) return undefined;
      // Digits around digits, and spaces (any number of which match one), need the text path.
      if ((code >= 0x30 && code <= 0x39) || (code === 0x20 && shape.at(-1) === 0x20)) return undefined;
      shape.push(code);
      continue;
    }
    const letter = part.slice(1);
    if (fields.has(letter)) return undefined;
    fields.add(letter);
    const digits = FIELD_DIGITS[letter];
    if (digits !== undefined && shape.at(-1) !== FRACTION) shape.push(...new Array<number>(digits).fill(DIGIT));
    else if ((letter === 'N' || letter === 'L') && !shape.includes(FRACTION)) shape.push(FRACTION);
    else if (letter === 'z' || letter === ':z') shape.push(ZONE);
    else return undefined;
  }
  const complete = [...'YmdHMS'].every((letter) => fields.has(letter));
  const followed = shape[shape.indexOf(FRACTION) + 1];
  return complete && !(shape.includes(FRACTION) && followed === DIGIT) ? shape : undefined;
}

/** A reader of bytes for the format; undefined if the format has parts whose place is not fixed. */
export function compileByteTime(format: string, options: StrptimeOptions = {}): ByteTimeReader | undefined {
  const shape = shapeOf(format);
  if (!shape) return undefined;
  const at = shape.indexOf(FRACTION);
  const head = at < 0 ? shape : shape.slice(0, at);
  const tail = at < 0 ? [] : shape.slice(at + 1);
  const hasFraction = at >= 0;
  if (!hasFraction && head.at(-1) === ZONE) tail.push(head.pop()!);
  const headLength = head.length;
  // Without a zone in the text a local clock may be set back within a day: then every second is read as text.
  const clock = tail.includes(ZONE) ? clockFields(format) : undefined;
  const readText = compileStrptime(format, options);
  const lastHead = new Uint8Array(headLength);
  const lastTail = new Uint8Array(MAX_BYTES);
  let lastTailLength = -1;
  let lastSec = 0;

  function isKnown(bytes: Uint8Array, start: number, tailStart: number, end: number): boolean {
    if (end - tailStart !== lastTailLength) return false;
    // Backwards, as the seconds are what differs.
    for (let i = headLength - 1; i >= 0; i--) if (bytes[start + i] !== lastHead[i]) return false;
    for (let i = 0; i < lastTailLength; i++) if (bytes[tailStart + i] !== lastTail[i]) return false;
    return true;
  }

  function learn(bytes: Uint8Array, start: number, tailStart: number, end: number): boolean {
    if (!hasShape(head, bytes, start, start + headLength) || !hasShape(tail, bytes, tailStart, end)) return false;
    try {
      lastSec = readText(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1')).sec;
    } catch (error) {
      if (!(error instanceof TimeParseError)) throw error;
      return false;
    }
    lastHead.set(bytes.subarray(start, start + headLength));
    lastTail.set(bytes.subarray(tailStart, end));
    lastTailLength = end - tailStart;
    return true;
  }

  /** Another time of the same day and zone: only digits differ, so the distance in seconds is known without a reader. */
  function advance(bytes: Uint8Array, start: number, tailStart: number, end: number): boolean {
    if (!clock || end - tailStart !== lastTailLength) return false;
    for (let i = 0; i < lastTailLength; i++) if (bytes[tailStart + i] !== lastTail[i]) return false;
    for (let i = 0; i < headLength; i++) if (bytes[start + i] !== lastHead[i] && clock.places[i] !== 1) return false;
    let seconds = 0;
    for (const { at: place, limit, factor } of clock.fields) {
      const tens = bytes[start + place]! - 0x30;
      const ones = bytes[start + place + 1]! - 0x30;
      const value = tens * 10 + ones;
      if (tens < 0 || tens > 9 || ones < 0 || ones > 9 || value >= limit) return false;
      seconds += (value - ((lastHead[place]! - 0x30) * 10 + lastHead[place + 1]! - 0x30)) * factor;
    }
    lastSec += seconds;
    lastHead.set(bytes.subarray(start, start + headLength));
    return true;
  }

  return (bytes, start, end, out) => {
    let tailStart = start + headLength;
    if (tailStart > end || end - start > MAX_BYTES) return false;
    let nsec = 0;
    if (hasFraction) {
      const from = tailStart;
      for (; tailStart < end; tailStart++) {
        const digit = bytes[tailStart]! - 0x30;
        if (digit < 0 || digit > 9) break;
        nsec = nsec * 10 + digit;
      }
      const digits = tailStart - from;
      if (digits === 0 || digits > MAX_FRACTION_DIGITS) return false;
      for (let i = digits; i < MAX_FRACTION_DIGITS; i++) nsec *= 10;
    }
    if (!isKnown(bytes, start, tailStart, end) && !advance(bytes, start, tailStart, end) && !learn(bytes, start, tailStart, end)) return false;
    out.sec = lastSec;
    out.nsec = nsec;
    return true;
  };
}

interface ClockFields {
  readonly fields: readonly { readonly at: number; readonly limit: number; readonly factor: number }[];
  /** 1 at each byte that belongs to hour, minute or second. */
  readonly places: Uint8Array;
}

/** Where hour, minute and second stand, in a format whose parts have fixed lengths up to them; undefined elsewhere. */
function clockFields(format: string): ClockFields | undefined {
  const wanted = new Map([['H', [24, 3600]], ['M', [60, 60]], ['S', [60, 1]]] as const);
  const fields: { at: number; limit: number; factor: number }[] = [];
  const places = new Uint8Array(MAX_BYTES);
  let at = 0;
  for (const [part] of format.matchAll(/%:z|%.|[^%]/gs)) {
    const letter = part.slice(1);
    const found = wanted.get(letter as 'H' | 'M' | 'S');
    if (found) {
      fields.push({ at, limit: found[0], factor: found[1] });
      places.fill(1, at, at + 2);
    }
    if (fields.length === wanted.size) return { fields, places };
    if (part.length === 1) at++;
    else if (FIELD_DIGITS[letter] !== undefined) at += FIELD_DIGITS[letter]!;
    else return undefined;
  }
  return undefined;
}

function hasShape(shape: readonly number[], bytes: Uint8Array, start: number, end: number): boolean {
  let i = start;
  for (const part of shape) {
    if (part === ZONE) return isZone(bytes, i, end);
    const c = bytes[i++];
    if (c === undefined || (part === DIGIT ? c < 0x30 || c > 0x39 : c !== part)) return false;
  }
  return i === end;
}

/** `Z`, `+0900` or `+09:00`. */
function isZone(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  const first = bytes[start];
  if (length === 1) return first === 0x5a;
  if ((first !== 0x2b && first !== 0x2d) || (length !== 5 && length !== 6)) return false;
  for (let i = start + 1; i < end; i++) {
    const c = bytes[i]!;
    const isColon = length === 6 && i === start + 3;
    if (isColon ? c !== 0x3a : c < 0x30 || c > 0x39) return false;
  }
  return true;
}
