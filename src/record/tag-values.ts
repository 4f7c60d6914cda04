/** What placeholders know of a tag. */
import type { Tag } from '../event.ts';

/** A tag, its parts between dots, and what the first and the last of them make together. */
export interface TagValues {
  readonly tag: Tag;
  readonly parts: readonly string[];
  /** `prefix[i]`: parts 0 to i. */
  readonly prefix: readonly string[];
  /** `suffix[i]`: part i to the last. */
  readonly suffix: readonly string[];
}

/** Splits a tag; dots at its end make no parts, as with Ruby's `split`. */
export function tagValues(tag: Tag): TagValues {
  const parts = tag.split('.');
  while (parts.length > 0 && parts[parts.length - 1] === '') parts.pop();
  const prefix: string[] = [];
  const suffix: string[] = [];
  for (let i = 0; i < parts.length; i++) {
    prefix.push(i === 0 ? parts[0] : `${prefix[i - 1]}.${parts[i]}`);
    const back = parts.length - 1 - i;
    suffix[back] = i === 0 ? parts[back] : `${parts[back]}.${suffix[back + 1]}`;
  }
  return { tag, parts, prefix, suffix };
}

/** A function of the tag whose last results are kept; the oldest are forgotten. */
export function perTag<T>(make: (tag: Tag) => T, kept = 1024): (tag: Tag) => T {
  const made = new Map<Tag, T>();
  return (tag) => {
    const known = made.get(tag);
    if (known !== undefined) return known;
    if (made.size >= kept) made.delete(made.keys().next().value as Tag);
    const value = make(tag);
    made.set(tag, value);
    return value;
  };
}
