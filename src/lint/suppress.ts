/**
 * `# logferry:ignore ID` in a configuration: the finding is known and meant so. At the end of a line it is about that line, alone on
 * a line about the next one; on the line of a section it is about all of the section. Several ids are separated by blanks or commas.
 */
import type { ConfigElement } from '../config/element.ts';
import type { Location } from '../errors.ts';
import type { Finding } from './finding.ts';

/** A comment with the line that it is about. */
export interface IgnoreComment {
  readonly file: string;
  /** Where the comment itself stands. */
  readonly line: number;
  readonly about: number;
  readonly ids: readonly string[];
}

/** The comments of a file's text. */
export function ignoreComments(file: string, text: string): IgnoreComment[] {
  const lines = text.split('\n');
  return lines.flatMap((line, i) => {
    const match = /(^|\s)#\s*logferry:ignore\s+(\S.*)$/.exec(line);
    if (!match) return [];
    const alone = line.slice(0, match.index).trim() === '';
    let about = i;
    if (alone) for (about++; about < lines.length && /^\s*(?:#|$)/.test(lines[about]!); about++);
    const ids = match[2]!.split(/\s+#|\s+-\s/)[0]!.split(/[\s,]+/).filter((id) => id !== '');
    return [{ file, line: i + 1, about: about + 1, ids }];
  });
}

/** Whether one of the comments is about the finding. `same` tells whether two names are the same file. */
export function isSuppressed({ id, at }: Finding, comments: readonly IgnoreComment[], root: ConfigElement, same: (a: string, b: string) => boolean): boolean {
  if (!at) return false;
  const here = comments.filter(({ file, ids }) => ids.includes(id) && same(file, at.file));
  if (here.length === 0) return false;
  const lines = new Set(sectionsAround(root, at).filter(({ file }) => file === at.file).map(({ line }) => line)).add(at.line);
  return here.some(({ about }) => lines.has(about));
}

/** Places of the sections that a place lies in, as far as it is the place of a section or parameter. */
function sectionsAround(element: ConfigElement, at: Location): readonly Location[] {
  const isHere = (other: Location) => other.file === at.file && other.line === at.line && other.column === at.column;
  for (const child of element.elements) {
    if (isHere(child.at) || [...child.params.values()].some((value) => isHere(value.at))) return [child.at];
    const inner = sectionsAround(child, at);
    if (inner.length > 0) return [child.at, ...inner];
  }
  return [];
}
