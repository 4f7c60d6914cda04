/** Paths as text, and as what node's file functions take. */
import { encodeText } from '#logferry';

/**
 * A path as the file functions take it. Names that are not UTF-8 are kept as text with lone
 * surrogates (see `decodeText`): they have to be given as bytes.
 */
export function fsPath(path: string): string | Buffer {
  return path.isWellFormed() ? path : encodeText(path);
}

/** Maps a path of the configuration to the one on this machine. */
export type ResolvePath = (path: string) => string;

/** What `*` in a tag stands for: the path with dots for slashes, none twice, none in front. */
export function pathTag(path: string): string {
  return path.replaceAll('/', '.').replace(/\.{2,}/g, '.').replace(/^\./, '');
}

/** The tag of each path, from the `tag` parameter. */
export function compileTag(tag: string): (path: string) => string {
  const star = tag.indexOf('*');
  if (star < 0) return () => tag;
  const prefix = tag.slice(0, star);
  const suffix = tag.slice(star + 1);
  return (path) => prefix + pathTag(path) + suffix;
}
