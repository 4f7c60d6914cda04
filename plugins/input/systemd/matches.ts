/** The parameter `matches`: from hashes to groups of `NAME=value`. */
import { encodeText, isHash, type Value } from '#logferry';

const NAME = /^(?!__)[A-Z0-9_]{1,64}$/;

/** Groups of matches: one group has to match, in it one value of each field. */
export function compileMatches(list: readonly Value[], problem: (message: string) => void): readonly (readonly Uint8Array[])[] {
  const groups: Uint8Array[][] = [];
  for (const hash of list) {
    if (!isHash(hash)) {
      problem(`expected a list of hashes, found ${describe(hash)} in it`);
      continue;
    }
    const group: Uint8Array[] = [];
    for (const [field, given] of hash) {
      const name = field.toUpperCase();
      if (!NAME.test(name)) problem(`'${field}' is not the name of a field: expected letters, digits and _, not beginning with __`);
      for (const value of Array.isArray(given) ? (given as readonly Value[]) : [given]) {
        if (value !== null && typeof value === 'object') problem(`the value of '${field}' should be a text or a list of texts, found ${describe(value)}`);
        else group.push(encodeText(`${name}=${value === null ? '' : String(value)}`));
      }
    }
    if (group.length > 0) groups.push(group);
  }
  return groups;
}

function describe(value: Value): string {
  if (isHash(value)) return 'a hash';
  return Array.isArray(value) ? 'a list' : JSON.stringify(String(value));
}
