/** Positions in texts: Ruby counts characters, JavaScript UTF-16 units. */

/** Whether the text has characters of two UTF-16 units. */
export function isWide(text: string): boolean {
  return /[\ud800-\udbff][\udc00-\udfff]/.test(text);
}

/** Number of characters. */
export function textLength(text: string): number {
  if (!isWide(text)) return text.length;
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** UTF-16 index of the character at `index` (not negative); at most the length. */
export function unitIndex(text: string, index: number, wide = isWide(text)): number {
  if (!wide) return Math.min(index, text.length);
  let at = 0;
  for (let i = 0; i < index && at < text.length; i++) at += text.codePointAt(at)! > 0xffff ? 2 : 1;
  return at;
}

/** Number of characters before a UTF-16 index. */
export function charIndex(text: string, unit: number): number {
  return isWide(text) ? textLength(text.slice(0, unit)) : unit;
}

/** `length` characters from `start`; undefined if that begins outside of the text. */
export function textPart(text: string, start: number, length: number): string | undefined {
  if (length < 0) return undefined;
  const wide = isWide(text);
  const size = wide ? textLength(text) : text.length;
  const from = start < 0 ? start + size : start;
  if (from < 0 || from > size) return undefined;
  if (!wide) return text.slice(from, from + length);
  const first = unitIndex(text, from, true);
  const rest = text.slice(first);
  return rest.slice(0, unitIndex(rest, length, true));
}

/** The characters. */
export function charactersOf(text: string): string[] {
  return isWide(text) ? [...text] : text.split('');
}
