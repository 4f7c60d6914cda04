/** Why a pattern takes a tag or not, in words. */
import { compileMatchPattern } from '../routing/match-pattern.ts';

/** `matches` is what the pattern itself says. */
export function reasonFor(pattern: string, tag: string, matches: boolean): string {
  const text = pattern.trim();
  if (text === '**') return '** takes every tag';
  if (text.startsWith('/') && text.endsWith('/')) return matches ? 'the regular expression matches the whole tag' : 'the regular expression does not match the whole tag';
  const alternatives = text.split(/\s+/);
  if (matches) {
    const taker = alternatives.find((one) => compileMatchPattern(one).matches(tag))!;
    return alternatives.length > 1 ? `${taker} takes it` : whyItFits(taker);
  }
  return alternatives.length > 1 ? 'none of the patterns takes it' : whyNot(text, tag);
}

function whyItFits(pattern: string): string {
  if (!/[*{\\]/.test(pattern)) return 'it is the same tag';
  const prefix = /^([^*{\\/]+)\.\*\*$/.exec(pattern)?.[1];
  if (prefix !== undefined) return `the tag is ${prefix}, or begins with ${prefix}.`;
  return 'every part fits';
}

function whyNot(pattern: string, tag: string): string {
  if (/[{\\/]/.test(pattern)) return 'the tag does not fit';
  const wanted = pattern.split('.');
  const found = tag.split('.');
  for (const [i, part] of wanted.entries()) {
    if (part.includes('**')) return i === wanted.length - 1 ? 'the tag does not fit' : `the tag does not end as it should: .${wanted.slice(i + 1).join('.')}`;
    const actual = found[i];
    if (actual === undefined) return `the tag has ${count(found.length)}, the pattern wants ${wanted.some((each) => each.includes('**')) ? 'more' : count(wanted.length)}`;
    if (!compileMatchPattern(part === '' ? '\\.' : part).matches(actual)) return `part ${i + 1} of the tag is ${actual}, the pattern wants ${part}`;
  }
  if (found.length > wanted.length) return `the tag has ${count(found.length)}, the pattern ${wanted.length}: ${pattern.endsWith('*') ? '* stands for one part, ** for any number' : `${pattern}.** would take it`}`;
  return 'the tag does not fit';
}

function count(parts: number): string {
  return `${parts} part${parts === 1 ? '' : 's'}`;
}
