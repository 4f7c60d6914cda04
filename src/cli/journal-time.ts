/** Times as users write them on the command line. */

const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1000, sec: 1000, second: 1000,
  m: 60_000, min: 60_000, minute: 60_000,
  h: 3_600_000, hr: 3_600_000, hour: 3_600_000,
  d: 86_400_000, day: 86_400_000,
  w: 604_800_000, week: 604_800_000,
};
const RELATIVE = /^(?:-(?<minus>\d+)\s*(?<minusUnit>[a-z]+)|(?<ago>\d+)\s*(?<agoUnit>[a-z]+)\s+ago)$/;
const SECONDS = /^@(?<whole>\d{1,12})(?:\.(?<part>\d{1,6}))?$/;

/**
 * Microseconds since 1970 of `@SECONDS[.MICROS]`, `now`, `today`, `yesterday`, `-2h`, `2h ago`, or a
 * date with or without time and zone (without: local time). Throws an Error that says what is expected.
 */
export function parseUserTime(text: string, nowMs: number): bigint {
  const seconds = SECONDS.exec(text)?.groups;
  if (seconds) return BigInt(seconds.whole) * 1_000_000n + BigInt((seconds.part ?? '').padEnd(6, '0'));
  return BigInt(Math.floor(milliseconds(text.trim(), nowMs))) * 1000n;
}

function milliseconds(text: string, nowMs: number): number {
  if (text === 'now') return nowMs;
  if (text === 'today' || text === 'yesterday') {
    const day = new Date(nowMs);
    day.setHours(0, 0, 0, 0);
    if (text === 'yesterday') day.setDate(day.getDate() - 1);
    return day.getTime();
  }
  const groups = RELATIVE.exec(text)?.groups;
  const unit = (groups?.minusUnit ?? groups?.agoUnit)?.replace(/s$/, '') || 's';
  if (groups && UNITS_MS[unit] !== undefined) return nowMs - Number(groups.minus ?? groups.ago) * UNITS_MS[unit];
  // A bare date would be taken as UTC.
  const time = Date.parse(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text} 00:00` : text);
  if (Number.isNaN(time)) {
    throw new Error(`'${text}' is not a time; expected such as '2024-05-06 07:08:09', '2024-05-06T07:08:09Z', '2h ago', 'today' or '@1714979289'`);
  }
  return time;
}
