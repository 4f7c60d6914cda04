/** String#split of Ruby. */

/**
 * Parts between delimiters. Without a limit empty parts at the end are dropped; a limit gives at most
 * so many parts, -1 as many as there are. A single space splits at runs of white space.
 */
export function rubySplit(text: string, delimiter: string | RegExp, limit = 0): string[] {
  if (text === '') return [];
  if (delimiter === ' ') return trimmed(splitPattern(text.replace(/^[\s\0]+/, ''), /[\s\0]+/g, limit), limit);
  if (typeof delimiter !== 'string') return trimmed(splitPattern(text, delimiter, limit), limit);
  if (limit <= 0) return trimmed(text.split(delimiter), limit);
  const parts: string[] = [];
  let from = 0;
  while (parts.length < limit - 1) {
    const at = delimiter === '' ? (from < text.length ? from + 1 : -1) : text.indexOf(delimiter, from);
    if (at < 0) break;
    parts.push(text.slice(from, at));
    from = at + delimiter.length;
  }
  parts.push(text.slice(from));
  return parts;
}

/** `pattern` must have the flag g. Groups of the pattern become parts too. */
function splitPattern(text: string, pattern: RegExp, limit: number): string[] {
  const parts: string[] = [];
  let from = 0;
  pattern.lastIndex = 0;
  while (limit <= 0 || parts.length < limit - 1) {
    const found = pattern.exec(text);
    if (!found) break;
    if (found[0] === '') {
      if (found.index >= text.length) break;
      pattern.lastIndex = found.index + 1;
      if (found.index === from) continue;
    }
    parts.push(text.slice(from, found.index), ...found.slice(1).filter((group) => group !== undefined));
    from = found.index + found[0].length;
  }
  parts.push(text.slice(from));
  return parts;
}

function trimmed(parts: string[], limit: number): string[] {
  if (limit !== 0) return parts;
  let end = parts.length;
  while (end > 0 && parts[end - 1] === '') end--;
  return end === parts.length ? parts : parts.slice(0, end);
}
