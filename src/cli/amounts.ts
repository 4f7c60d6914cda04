/** Numbers as people read them in a terminal. */

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** Such as `1.5 MiB`. */
export function bytesText(bytes: number): string {
  let unit = 0;
  let rest = Math.max(0, bytes);
  while (rest >= 1000 && unit < UNITS.length - 1) {
    rest /= 1024;
    unit++;
  }
  return `${unit === 0 ? Math.round(rest) : digits(rest)} ${UNITS[unit]}`;
}

/** A count in full, with commas between thousands. */
export function countText(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

/** A rate in few characters: `0`, `0.3`, `12`, `4.60k`, `1.2M`. */
export function rateText(rate: number): string {
  if (rate <= 0) return '0';
  if (rate < 0.1) return '<0.1';
  if (rate < 9.95) return rate.toFixed(1);
  if (rate < 999.5) return String(Math.round(rate));
  return rate < 999_500 ? `${digits(rate / 1000)}k` : `${digits(rate / 1e6)}M`;
}

/** A span of seconds: `0.4 s`, `12 s`, `3 min 20 s`, `5 h 2 min`, `4 d 3 h`. */
export function spanText(seconds: number): string {
  if (seconds < 9.95) return seconds <= 0.05 ? '0 s' : `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return two(Math.floor(whole / 60), 'min', whole % 60, 's');
  if (whole < 86_400) return two(Math.floor(whole / 3600), 'h', Math.floor((whole % 3600) / 60), 'min');
  return two(Math.floor(whole / 86_400), 'd', Math.floor((whole % 86_400) / 3600), 'h');
}

function digits(value: number): string {
  return value < 9.995 ? value.toFixed(2) : value < 99.95 ? value.toFixed(1) : String(Math.round(value));
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
