/** Numbers as people read them. */

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** Such as `1.5 MiB`. */
export function bytes(value) {
  let unit = 0;
  let rest = Math.max(0, value);
  while (rest >= 1000 && unit < UNITS.length - 1) {
    rest /= 1024;
    unit++;
  }
  return `${unit === 0 ? Math.round(rest) : digits(rest)} ${UNITS[unit]}`;
}

/** A count in full, with thin gaps between thousands. */
export function count(value) {
  return Math.round(value).toLocaleString('en').replaceAll(',', '\u202f');
}

/** A rate in few characters: `0`, `0.3`, `12`, `4.6k`, `1.2M`. */
export function rate(value) {
  if (!Number.isFinite(value) || value <= 0) return '0';
  if (value < 0.1) return '<0.1';
  if (value < 9.95) return value.toFixed(1);
  if (value < 999.5) return String(Math.round(value));
  if (value < 999_500) return `${digits(value / 1000)}k`;
  return `${digits(value / 1e6)}M`;
}

/** A span of seconds: `0.4 s`, `12 s`, `3 min 20 s`, `5 h 2 min`, `4 d 3 h`. */
export function span(seconds) {
  if (seconds < 9.95) return seconds <= 0.05 ? '0 s' : `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return two(Math.floor(whole / 60), 'min', whole % 60, 's');
  if (whole < 86_400) return two(Math.floor(whole / 3600), 'h', Math.floor((whole % 3600) / 60), 'min');
  return two(Math.floor(whole / 86_400), 'd', Math.floor((whole % 86_400) / 3600), 'h');
}

/** The time of day. */
export function clock(ms) {
  return new Date(ms).toLocaleTimeString('en-GB');
}

/** As many characters as fit, with a mark if some are missing; of ids and paths the end says most. */
export function cut(text, most, keepEnd = false) {
  if (text.length <= most) return text;
  return keepEnd ? `…${text.slice(text.length - most + 1)}` : `${text.slice(0, Math.max(1, most - 1))}…`;
}

function digits(value) {
  return value < 9.995 ? value.toFixed(2) : value < 99.95 ? value.toFixed(1) : String(Math.round(value));
}

function two(large, largeUnit, small, smallUnit) {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
