/** `{a,b}` in a pattern of paths, written out. */

/** The patterns that a pattern stands for, in order, at most `most`; a backslash takes the meaning from a brace or comma. */
export function expandBraces(pattern: string, most = Infinity): string[] {
  const open = pattern.search(/(?<!\\)\{/);
  if (open < 0) return [pattern];
  const choices: string[] = [];
  let depth = 0;
  let start = open + 1;
  for (let i = open; i < pattern.length; i++) {
    const c = pattern[i];
    if (c === '\\') i++;
    else if (c === '{') depth++;
    else if (c === ',' && depth === 1) {
      choices.push(pattern.slice(start, i));
      start = i + 1;
    } else if (c === '}' && --depth === 0) {
      choices.push(pattern.slice(start, i));
      const tails = expandBraces(pattern.slice(i + 1), most);
      const heads = choices.flatMap((choice) => expandBraces(pattern.slice(0, open) + choice, most));
      return heads.flatMap((head) => tails.map((tail) => head + tail)).slice(0, most);
    }
  }
  return [pattern];
}
