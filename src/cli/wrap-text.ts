/** Text in lines of a terminal. */

/** Breaks a text between words into lines of at most `width` characters, each begun with `indent`; a longer word keeps a line of its own. */
export function wrapText(text: string, width: number, indent = ''): string {
  return text.split('\n').map((paragraph) => wrapParagraph(paragraph, width - indent.length).map((line) => (indent + line).trimEnd()).join('\n')).join('\n');
}

function wrapParagraph(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of words(text)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** Words; a short piece of code between backquotes is one. */
function words(text: string): string[] {
  return text.match(/(?:[^\s`]|`[^`]{1,40}`)+|\S+/g) ?? [];
}
