/** The tags that the pattern of a `<match>` or `<filter>` takes, as a language; the same rules as `src/routing/match-pattern.ts`. */
import { languageOf, type Language, type Piece } from './tag-language.ts';

/** All tags of a pattern; undefined if a regular expression is in it, or it is no pattern. */
export function patternLanguage(text: string): Language | undefined {
  const alternatives = readPattern(text);
  return alternatives.includes(undefined) ? undefined : languageOf(alternatives as Piece[][]);
}

/** Tags that the pattern takes for sure: all of it but its regular expressions. */
export function surePatternLanguage(text: string): Language {
  return languageOf(readPattern(text).filter((pieces) => pieces !== undefined));
}

/** By alternative; undefined for a regular expression. */
function readPattern(text: string): (Piece[] | undefined)[] {
  const trimmed = text.trim() || '**';
  if (trimmed.length > 1 && trimmed.startsWith('/') && trimmed.endsWith('/')) return [undefined];
  return trimmed.split(/\s+/).map((pattern) => (pattern.startsWith('/') ? undefined : readGlob(pattern)));
}

function readGlob(pattern: string): Piece[] | undefined {
  if (pattern === '**') return [{ kind: 'any' }];
  const characters = [...pattern];
  let at = 0;
  const sequence = (nested: boolean): Piece[][] | undefined => {
    const options: Piece[][] = [[]];
    /** A dot that was read but not written: `**` behind it takes it over. */
    let dot = false;
    const pieces = () => options.at(-1)!;
    const writeDot = () => {
      if (dot) pieces().push({ kind: 'text', text: '.' });
      dot = false;
    };
    while (at < characters.length) {
      const c = characters[at++]!;
      if (c === '\\') {
        writeDot();
        pieces().push({ kind: 'text', text: characters[at++] ?? '\\' });
      } else if (c === '.') {
        writeDot();
        dot = true;
      } else if (c === '*' && characters[at] === '*') {
        at++;
        if (dot) pieces().push({ kind: 'boundary' });
        dot = false;
        if (characters[at] === '.') {
          at++;
          pieces().push({ kind: 'parts' });
        } else pieces().push({ kind: 'any' });
      } else if (c === '*') {
        writeDot();
        pieces().push({ kind: 'part' });
      } else if (c === '{') {
        writeDot();
        const inner = sequence(true);
        if (!inner) return undefined;
        pieces().push({ kind: 'either', options: inner });
      } else if (c === '}' && nested) {
        writeDot();
        return options;
      } else if (c === ',' && nested) {
        writeDot();
        options.push([]);
      } else {
        writeDot();
        pieces().push({ kind: 'text', text: c });
      }
    }
    writeDot();
    return nested ? undefined : options;
  };
  return sequence(false)?.[0];
}
