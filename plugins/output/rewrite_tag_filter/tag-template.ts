/** The new tag of a rule: text with `$1`, `${tag}`, `${tag_parts[0]}`, `${hostname}`, `__TAG__` and `__HOSTNAME__`. */
import type { TagValues } from '#logferry';

/** Gives the tag; `captures[0]` is what `$1` stands for. */
export type TagTemplate = (captures: readonly (string | undefined)[], tag: TagValues, hostname: string) => string;

export interface TemplateOptions {
  /** The first letter of what `$1` stands for is made large, all others small. */
  readonly capitalize: boolean;
  /** Without them `$1` is just text. */
  readonly withGroups: boolean;
}

type Part = string | { readonly group: number } | ((tag: TagValues, hostname: string) => string);

/** What looks like a placeholder to Fluentd; anything else in braces is text. */
const PLACEHOLDER = /\$(\d+)|\$\{[a-z_]+(?:\[([0-9]+)\])?\}|__[A-Z_]+__/g;

/** Compiles a rule's tag. `onUnknown` is told of placeholders that are replaced with nothing. */
export function compileTagTemplate(
  text: string, { capitalize, withGroups }: TemplateOptions, onUnknown: (placeholder: string) => void,
): TagTemplate {
  const parts: Part[] = [];
  let end = 0;
  for (const match of text.matchAll(PLACEHOLDER)) {
    const [whole, group, index] = match;
    if (group !== undefined && !withGroups) continue;
    if (match.index > end) parts.push(text.slice(end, match.index));
    end = match.index + whole.length;
    if (group !== undefined) parts.push({ group: Number(group) - 1 });
    else if (whole === '${tag}' || whole === '__TAG__') parts.push(({ tag }) => tag);
    else if (whole === '${hostname}' || whole === '__HOSTNAME__') parts.push((_tag, hostname) => hostname);
    else if (whole.startsWith('${tag_parts[')) parts.push((tag) => tag.parts[Number(index)] ?? '');
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

/** As Ruby's `capitalize`: the first letter large, all others small. */
function capitalized(text: string): string {
  const [first = ''] = text;
  return first.toUpperCase() + text.slice(first.length).toLowerCase();
}
