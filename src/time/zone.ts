/** Time zones: fixed offsets, zones of the IANA database (through `Intl`), and the local one. */

/** What is known about the zone that a configuration names, or of the machine. */
export interface Zone {
  /** Seconds east of UTC at an instant (seconds since 1970). */
  offsetAt(sec: number): number;
  /** What `%Z` writes at an instant; empty where Ruby has no name (zones given as offset or by name). */
  abbreviationAt(sec: number): string;
  /** Whether times are written as UTC (`Z`, `UTC`) and not as an offset that happens to be zero. */
  readonly isUtc: boolean;
  /** The offset, if it is always the same. */
  readonly fixedOffset: number | undefined;
}

/** UTC itself: ISO times end in `Z`. */
export const UTC: Zone = { offsetAt: () => 0, abbreviationAt: () => 'UTC', isUtc: true, fixedOffset: 0 };

/** Offsets change at most at quarters of an hour. */
const STEP_SEC = 900;

const NUMERIC = /^([+-])(\d\d)(?::?(\d\d))?$/;
const NAMED = /^[^/]+\/[^/]+(?:\/[^/]+)?$/;

/**
 * The zone of a `timezone` parameter: `+09:00`, `+0900`, `+09`, `Asia/Tokyo`,
 * `America/Argentina/Buenos_Aires`. Undefined if it is none of these; abbreviations are not zones.
 */
export function parseZone(text: string): Zone | undefined {
  const offset = parseOffset(text);
  if (offset !== undefined) return fixedZone(offset);
  return NAMED.test(text) ? namedZone(text) : undefined;
}

/** Seconds east of UTC of `+09:00`, `+0900` or `+09`; undefined if it is something else. */
export function parseOffset(text: string): number | undefined {
  const found = NUMERIC.exec(text);
  if (!found) return undefined;
  const size = Number(found[2]) * 3600 + Number(found[3] ?? 0) * 60;
  return found[1] === '-' ? 0 - size : size;
}

export function fixedZone(offsetSec: number): Zone {
  return { offsetAt: () => offsetSec, abbreviationAt: () => '', isUtc: false, fixedOffset: offsetSec };
}

/** A zone of the IANA database; undefined if there is none of that name. */
export function namedZone(name: string): Zone | undefined {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  } catch {
    return undefined;
  }
  const offsetAt = cachedPerStep((sec) => {
    const part = format.formatToParts(sec * 1000).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const found = /^GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(part);
    if (!found) return 0;
    const size = Number(found[2]) * 3600 + Number(found[3]) * 60 + Number(found[4] ?? 0);
    return found[1] === '-' ? -size : size;
  });
  return { offsetAt, abbreviationAt: () => '', isUtc: false, fixedOffset: undefined };
}

let local: Zone | undefined;

/** The zone of the process (`TZ`, else the machine's), as it was when it was first asked for. */
export function localZone(): Zone {
  return (local ??= makeLocalZone());
}

function makeLocalZone(): Zone {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const isUtc = /^(?:Etc\/)?(?:UTC|UCT|Universal|Zulu)$/.test(zone);
  if (isUtc) return { offsetAt: () => 0, abbreviationAt: () => 'UTC', isUtc: false, fixedOffset: 0 };
  const names = ABBREVIATION_LOCALES.map((locale) => new Intl.DateTimeFormat(locale, { timeZoneName: 'short' }));
  return {
    offsetAt: cachedPerStep((sec) => -new Date(sec * 1000).getTimezoneOffset() * 60),
    abbreviationAt: cachedPerStep((sec) => abbreviation(names, sec)),
    isUtc: false,
    fixedOffset: undefined,
  };
}

/** Each of these knows the abbreviations of its own part of the world only. */
const ABBREVIATION_LOCALES = ['en-US', 'en-GB', 'en-AU', 'en-ZA', 'en-IN', 'en-NZ', 'ja-JP'];

function abbreviation(formats: readonly Intl.DateTimeFormat[], sec: number): string {
  for (const format of formats) {
    const name = format.formatToParts(sec * 1000).find(({ type }) => type === 'timeZoneName')?.value;
    if (name && /^[A-Z]{2,5}$/.test(name)) return name;
  }
  const minutes = -new Date(sec * 1000).getTimezoneOffset();
  const text = offsetText(minutes * 60, '');
  return text.endsWith('00') ? text.slice(0, 3) : text;
}

/** `+0900`, or with `:` between hours and minutes. */
export function offsetText(offsetSec: number, colon: '' | ':'): string {
  const size = Math.floor(Math.abs(offsetSec) / 60);
  const hours = String(Math.floor(size / 60)).padStart(2, '0');
  return `${offsetSec < 0 ? '-' : '+'}${hours}${colon}${String(size % 60).padStart(2, '0')}`;
}

/**
 * The instant of a civil time in a zone (both in seconds). Where clocks are set back the first of
 * the two instants is taken; a time that is skipped is as much later.
 */
export function instantOf(zone: Zone, civilSec: number): number {
  if (zone.fixedOffset !== undefined) return civilSec - zone.fixedOffset;
  const before = zone.offsetAt(civilSec - 86_400);
  const after = zone.offsetAt(civilSec + 86_400);
  const first = civilSec - before;
  if (before === after || zone.offsetAt(first) === before) return first;
  const second = civilSec - after;
  return zone.offsetAt(second) === after ? second : first;
}

/** A function of an instant that is computed once for each quarter of an hour in use. */
function cachedPerStep<T>(compute: (sec: number) => T): (sec: number) => T {
  const known = new Map<number, T>();
  let lastStep = NaN;
  let last: T;
  return (sec) => {
    const step = Math.floor(sec / STEP_SEC);
    if (step === lastStep) return last;
    const found = known.get(step);
    const value = found === undefined ? compute(step * STEP_SEC) : found;
    if (found === undefined) {
      if (known.size >= 1000) known.clear();
      known.set(step, value);
    }
    lastStep = step;
    last = value;
    return value;
  };
}
