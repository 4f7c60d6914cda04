/**
 * The position file's lines, as Fluentd writes and reads them:
 *
 *   path TAB position TAB inode LF
 *
 * position: 16 hexadecimal digits, where the next line starts; ffffffffffffffff: not watched any more
 * inode:    16 hexadecimal digits
 *
 * A path may hold any bytes but these three. One with a tab or a line feed would break the file (an
 * entry of another file could be forged): it is written as `/./%` followed by the path with tabs,
 * line feeds and `%` as `%09`, `%0A` and `%25`. No path that a pattern finds begins with `/./%`.
 */
import { decodeText, encodeText } from '#logferry';

export interface PositionLine {
  readonly path: string;
  /** undefined: not watched any more. */
  readonly position: number | undefined;
  readonly inode: bigint;
}

export interface ParsedPositions {
  readonly lines: readonly PositionLine[];
  /** What could not be understood. */
  readonly unparsable: readonly string[];
}

const UNWATCHED = 'f'.repeat(16);
const ESCAPED = '/./%';
const LINE = /^([^\t]+)\t([0-9a-fA-F]+)\t([0-9a-fA-F]+)\s*$/;
/** Length of what follows a path and its tab: position, tab, inode, line feed. */
export const FIELDS_LENGTH = 34;

export function parsePositions(bytes: Buffer): ParsedPositions {
  const lines: PositionLine[] = [];
  const unparsable: string[] = [];
  for (const text of decodeText(bytes).split('\n')) {
    if (text === '') continue;
    const found = LINE.exec(text);
    if (!found) {
      unparsable.push(text);
      continue;
    }
    const position = found[2]!.toLowerCase();
    lines.push({
      path: unescapePath(found[1]!),
      position: position === UNWATCHED ? undefined : Number(`0x${position}`),
      inode: BigInt(`0x${found[3]!}`),
    });
  }
  return { lines, unparsable };
}

/** The path with its tab, in bytes. */
export function pathBytes(path: string): Buffer {
  return encodeText(`${escapePath(path)}\t`);
}

/** Everything behind the path's tab: {@link FIELDS_LENGTH} characters. */
export function fieldsText(position: number | undefined, inode: bigint): string {
  const hex = position === undefined ? UNWATCHED : position.toString(16).padStart(16, '0');
  return `${hex}\t${inode.toString(16).padStart(16, '0').slice(-16)}\n`;
}

function escapePath(path: string): string {
  if (!/[\t\n]/.test(path) && !path.startsWith(ESCAPED)) return path;
  return ESCAPED + path.replace(/[\t\n%]/g, (c) => (c === '\t' ? '%09' : c === '\n' ? '%0A' : '%25'));
}

function unescapePath(text: string): string {
  if (!text.startsWith(ESCAPED)) return text;
  return text.slice(ESCAPED.length).replace(/%(09|0A|25)/g, (_, code: string) => (code === '09' ? '\t' : code === '0A' ? '\n' : '%'));
}
