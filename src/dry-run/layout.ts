/** Text in columns. */

/** Columns of the report. */
export const WIDTH = 100;

/** Marks for terminals that show colours; the same functions without. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

export function createPaint(colour: boolean): Paint {
  const code = (open: number, close: number) => (text: string) => (colour && text !== '' ? `\x1b[${open}m${text}\x1b[${close}m` : text);
  return { bold: code(1, 22), dim: code(2, 22), red: code(31, 39), green: code(32, 39), yellow: code(33, 39), cyan: code(36, 39) };
}

/** `1.2 MB`: three digits at most, in steps of a thousand. */
export function byteText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value.toFixed(value < 100 ? 1 : 0)} ${units[unit]}`;
}

/** At most so many columns; what is in the middle goes, as names differ at both ends. */
export function squeeze(text: string, width: number): string {
  if (text.length <= width) return text;
  const end = Math.floor((width - 1) / 2);
  return `${text.slice(0, width - 1 - end)}…${text.slice(text.length - end)}`;
}

/** At most so many columns from the beginning. */
export function clip(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

/** Text on the left and on the right of a line; `painted` is what is shown for the left one. */
export function spread(left: string, right: string, width = WIDTH, painted = left, paintedRight = right): string {
  return painted + ' '.repeat(Math.max(2, width - left.length - right.length)) + paintedRight;
}

/** A text that may come from anywhere, on one line and without what a terminal would act on. */
export function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/\n/g, '⏎').replace(/\t/g, '→').replace(/[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, '·');
}

/**
 * A text for a terminal that has fewer columns than the report: blanks between what stands left and right go, rules get shorter.
 * What is longer all the same is left to the terminal.
 */
export function fitted(text: string, columns: number): string {
  if (columns >= WIDTH) return text;
  // eslint-disable-next-line no-control-regex
  const length = (line: string) => line.replace(/\x1b\[\d+m/g, '').length;
  return text.split('\n').map((line) => {
    const ruled = line.replace(/─{20,}/, (rule) => rule.slice(0, Math.max(1, columns)));
    const excess = length(ruled) - columns;
    if (excess <= 0) return ruled;
    const widest = [...ruled.matchAll(/(?<=\S) {3,}/g)].reduce<RegExpExecArray | undefined>((most, gap) => (gap[0].length > (most?.[0].length ?? 0) ? gap : most), undefined);
    return widest ? ruled.slice(0, widest.index) + ' '.repeat(Math.max(2, widest[0].length - excess)) + ruled.slice(widest.index + widest[0].length) : ruled;
  }).join('\n');
}

/** Words in lines of at most so many columns. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** `2024-05-14 09:30:00`. */
export function timeText(iso: string | null): string {
  return iso === null ? '' : iso.slice(0, 19).replace('T', ' ');
}
