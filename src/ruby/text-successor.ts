/** `String#succ`: "a" -> "b", "az" -> "ba", "Zz9" -> "AAa0", "a-9" -> "b-0". */

const RANGES = [['0', '9', '1'], ['a', 'z', 'a'], ['A', 'Z', 'A']] as const;

/** The next text: the rightmost letter or digit counts up, with a carry to the left. */
export function successor(text: string): string {
  if (text === '') return '';
  const chars = [...text];
  const alphanumeric = (c: string): boolean => /^[0-9a-zA-Z]$/.test(c);
  let i = chars.length - 1;
  if (chars.some(alphanumeric)) {
    while (!alphanumeric(chars[i]!)) i--;
    for (;;) {
      const c = chars[i]!;
      const range = RANGES.find(([first, last]) => c >= first && c <= last)!;
      if (c !== range[1]) {
        chars[i] = String.fromCharCode(c.charCodeAt(0) + 1);
        return chars.join('');
      }
      chars[i] = range[0];
      // the carry goes to the next letter or digit; characters between are passed over
      let left = i - 1;
      while (left >= 0 && !alphanumeric(chars[left]!)) left--;
      if (left < 0) {
        chars.splice(i, 0, range[2]);
        return chars.join('');
      }
      i = left;
    }
  }
  const point = chars[i]!.codePointAt(0)!;
  chars[i] = String.fromCodePoint(point === 0xd7ff ? 0xe000 : point + 1);
  return chars.join('');
}
