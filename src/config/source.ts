/** The text of one configuration file, and the places in it. */
import type { ConfigProblem, Location } from '../errors.ts';

/** A text with the name that messages give it. */
export interface Source {
  readonly file: string;
  readonly text: string;
  /** Index of the first character of every line. */
  readonly lineStarts: readonly number[];
}

/** Prepares a text; a byte order mark at its beginning is left out. */
export function createSource(file: string, raw: string): Source {
  const text = raw.startsWith('\ufeff') ? raw.slice(1) : raw;
  const lineStarts = [0];
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) lineStarts.push(i + 1);
  return { file, text, lineStarts };
}

/** Line and column (in characters, not UTF-16 units) of an index of the text. */
export function locate({ file, text, lineStarts }: Source, index: number): Location {
  let low = 0;
  let high = lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (lineStarts[middle] <= index) low = middle;
    else high = middle - 1;
  }
  let column = 1;
  for (let i = lineStarts[low]; i < index; column++) i += text.codePointAt(i)! > 0xffff ? 2 : 1;
  return { file, line: low + 1, column };
}

/** Index of the first character of the line after the one that `index` is in; the text's length at its end. */
export function nextLine(text: string, index: number): number {
  const end = text.indexOf('\n', index);
  return end < 0 ? text.length : end + 1;
}

/** What stands at `index`, for 'found ...' in messages. */
export function foundAt(text: string, index: number): string {
  if (index >= text.length) return 'the end of the file';
  const end = text.slice(index, index + 200).search(/[\r\n]|\s+#/);
  const rest = (end < 0 ? text.slice(index, index + 200) : text.slice(index, index + end)).trimEnd();
  if (rest === '') return 'the end of the line';
  return `'${shortened(rest)}'`;
}

/** A piece of the text that is not too long for a message. */
export function shortened(text: string): string {
  return text.length > 60 ? text.slice(0, 60) + '...' : text;
}

/** Thrown within the parser for a problem after which it goes on reading at `resume`. */
export class SyntaxProblem extends Error {
  readonly problem: ConfigProblem;
  readonly resume: number;

  constructor(problem: ConfigProblem, resume: number) {
    super(problem.message);
    this.problem = problem;
    this.resume = resume;
  }
}
