/** What src/api.ts exports, with the doc sentence of each where it is declared. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

export interface ApiExport {
  readonly name: string;
  readonly isType: boolean;
  /** The folder or file of src that it comes from. */
  readonly from: string;
  /** Its first sentence; undefined if it has none. */
  readonly doc: string | undefined;
}

const SRC = path.join(import.meta.dirname, '../../src');

/** In the order of their names. */
export function apiExports(): ApiExport[] {
  return exportsOf(path.join(SRC, 'api.ts'))
    .map(({ name, isType, file }) => ({ name, isType, ...declared(name, file), from: path.relative(SRC, file).replace(/\/index\.ts$/, '').replace(/\.ts$/, '') }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

interface Passed {
  readonly name: string;
  readonly isType: boolean;
  readonly file: string;
}

/** Names that a file passes on from others. */
function exportsOf(file: string): Passed[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/^export (type )?\{([^}]*)\} from '([^']+)';/gm)].flatMap(([, type, names, from]) =>
    names!.split(',').map((name) => name.trim()).filter(Boolean).map((name) => {
      const [own = '', given] = name.replace(/^type /, '').split(' as ');
      return { name: given ?? own, isType: type !== undefined || name.startsWith('type '), file: path.resolve(path.dirname(file), from!) };
    }),
  );
}

/** Goes through files that only pass a name on. */
function declared(name: string, file: string): { readonly doc: string | undefined } {
  const text = readFileSync(file, 'utf8');
  const at = new RegExp(`^export (?:declare )?(?:abstract )?(?:async )?(?:function\\*?|const|class|interface|type|let) ${name}\\b`, 'm').exec(text);
  if (at) return { doc: docBefore(text, at.index) };
  const further = exportsOf(file).find((passed) => passed.name === name) ?? imported(name, file, text);
  return further ? declared(name, further.file) : { doc: undefined };
}

function imported(name: string, file: string, text: string): Passed | undefined {
  for (const [, names, from] of text.matchAll(/^import (?:type )?\{([^}]*)\} from '([^']+)';/gm)) {
    if (names!.split(',').some((each) => each.trim().replace(/^type /, '') === name)) return { name, isType: false, file: path.resolve(path.dirname(file), from!) };
  }
  return undefined;
}

/** The first sentence of the comment that ends right before a declaration. */
function docBefore(text: string, index: number): string | undefined {
  const end = text.lastIndexOf('*/', index);
  if (end < 0 || text.slice(end + 2, index).trim() !== '') return undefined;
  const comment = text.slice(text.lastIndexOf('/**', end) + 3, end).replace(/^\s*\* ?/gm, '').replace(/\s+/g, ' ').replace(/\{@link (\w+)\}/g, '`$1`').trim();
  return /^.*?[.:](?=\s|$)/.exec(comment)?.[0] ?? comment;
}
