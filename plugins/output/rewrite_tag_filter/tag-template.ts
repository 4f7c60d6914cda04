/** The new tag of a rule: text with `$1`, `${tag}`, `${tag_parts[0]}`, `${hostname}` and their old spellings. */
import type { TagValues } from '#logferry';

/** Gives the tag; `captures[0]` is what `$1` stands for. */
export type TagTemplate = (captures: readonly (string | undefined)[], tag: TagValues, hostname: string) => string;

type Part = string | { readonly group: number } | ((tag: TagValues, hostname: string) => string);

const PLACEHOLDER = /\$(\d+)|\$\{([^}]+)\}|__(TAG|HOSTNAME|TAG_PARTS\[[^\]]+\])__/g;
const PART = /^tag_parts\[(-?\d+)(?:(\.\.\.?)(-?\d+))?\]$/;

/** Compiles a rule's tag. `onUnknown` is told of placeholders that are replaced with nothing. */
export function compileTagTemplate(text: string, capitalize: boolean, onUnknown: (placeholder: string) => void): TagTemplate {
  const parts: Part[] = [];
  let end = 0;
  for (const match of text.matchAll(PLACEHOLDER)) {
    if (match.index > end) parts.push(text.slice(end, match.index));
    end = match.index + match[0].length;
    const [whole, group, name, oldName] = match;
    if (group !== undefined) {
      parts.push({ group: Number(group) - 1 });
      continue;
    }
    const value = ofTag(name ?? oldName!.toLowerCase());
    if (value) parts.push(value);
    else onUnknown(whole);
  }
  if (end < text.length) parts.push(text.slice(end));
  return (captures, tag, hostname) => {
    let out = '';
    for (const part of parts) {
      if (typeof part === 'string') out += part;
      else if (typeof part === 'function') out += part(tag, hostname);
      else {
        const captured = captures[part.group] ?? '';
        out += capitalize ? capitalized(captured) : captured;
      }
    }
    return out;
  };
}

function ofTag(name: string): ((tag: TagValues, hostname: string) => string) | undefined {
  if (name === 'tag') return ({ tag }) => tag;
  if (name === 'hostname') return (_tag, hostname) => hostname;
  const part = PART.exec(name);
  if (!part) return undefined;
  const first = Number(part[1]);
  if (part[2] === undefined) return ({ parts }) => parts.at(first) ?? '';
  const last = Number(part[3]);
  const open = part[2] === '...' ? 0 : 1;
  return ({ parts }) => {
    const from = first < 0 ? parts.length + first : first;
    const to = (last < 0 ? parts.length + last : last) + open;
    return from < 0 ? '' : parts.slice(from, to).join('.');
  };
}

/** As Ruby's `capitalize`: the first letter large, all others small. */
function capitalized(text: string): string {
  const [first = ''] = text;
  return first.toUpperCase() + text.slice(first.length).toLowerCase();
}
