/** Bytes to lines: the hottest loop of the input. */
import type { LineBlock } from '#logferry';

export interface SplitOptions {
  /** Most lines of a block. */
  readonly maxLines: number;
  /** Lines longer than this, line break included, are left out. */
  readonly maxLineSize: number;
  /** The line break's bytes; it stands at multiples of `newline.length` from the line's start. */
  readonly newline: Buffer;
  /** Whether a carriage return before the line break stays part of the line. */
  readonly keepReturn: boolean;
}

export interface SplitResult {
  readonly block: LineBlock;
  /** Behind the last line break that was seen: where the next line starts. */
  readonly next: number;
  /** Lines that were left out because of their length. */
  readonly tooLong: number;
}

const LINE_FEED = 10;
const RETURN = 13;

/**
 * Lines of bytes[start..end-1] that are complete, up to `maxLines`. There is no line break before
 * `searchFrom`. The rest behind `next` has no line break, unless there were `maxLines` lines.
 */
export function splitLines(bytes: Buffer, start: number, searchFrom: number, end: number, options: SplitOptions): SplitResult {
  const { maxLines, maxLineSize, newline, keepReturn } = options;
  const view = end === bytes.length ? bytes : bytes.subarray(0, end);
  const wide = newline.length > 1;
  let starts = new Int32Array(Math.min(maxLines, Math.max(8, (end - start) >> 5)));
  let ends = new Int32Array(starts.length);
  let count = 0;
  let tooLong = 0;
  let from = start;
  let search = searchFrom;
  while (count < maxLines) {
    const at = wide ? indexOfWide(view, newline, from, search) : view.indexOf(LINE_FEED, search);
    if (at < 0) break;
    const next = at + newline.length;
    if (next - from > maxLineSize) tooLong++;
    else {
      if (count === starts.length) {
        starts = grown(starts, maxLines);
        ends = grown(ends, maxLines);
      }
      starts[count] = from;
      ends[count++] = !wide && !keepReturn && at > from && view[at - 1] === RETURN ? at - 1 : at;
    }
    from = search = next;
  }
  const block = { bytes, starts: starts.subarray(0, count), ends: ends.subarray(0, count), count };
  return { block, next: from, tooLong };
}

/** The line break at a whole number of units behind the line's start. */
function indexOfWide(bytes: Buffer, newline: Buffer, lineStart: number, from: number): number {
  const unit = newline.length;
  let at = bytes.indexOf(newline, Math.max(lineStart, from - unit + 1));
  while (at >= 0 && (at - lineStart) % unit !== 0) at = bytes.indexOf(newline, at + 1);
  return at;
}

function grown(array: Int32Array<ArrayBuffer>, most: number): Int32Array<ArrayBuffer> {
  const bigger = new Int32Array(Math.min(most, array.length * 2));
  bigger.set(array);
  return bigger;
}
