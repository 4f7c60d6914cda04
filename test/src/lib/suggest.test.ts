import { describe, expect, it } from 'vitest';
import { editDistance, suggest } from '../../../src/lib/suggest.ts';

describe('suggest', () => {
  it.each([
    ['fitler', 'filter'],
    ['mach', 'match'],
    ['sorce', 'source'],
    ['@lable', '@label'],
    ['flushinterval', 'flush_interval'],
    ['Read-From-Head', 'read_from_head'],
    ['chunk_limit', undefined],
    ['xy', undefined],
    ['', undefined],
  ])('%j is probably meant as %j', (name, expected) => {
    const known = ['match', 'source', 'filter', '@label', 'flush_interval', 'read_from_head', 'chunk_limit_size'];
    expect(suggest(name, known)).toBe(expected);
  });

  it('takes the first of equally near names, and never the name itself', () => {
    expect(suggest('tagx', ['tags', 'tag1'])).toBe('tags');
    expect(suggest('tag', ['tag'])).toBeUndefined();
  });

  it('does not replace every letter of a short name', () => {
    expect(suggest('a', ['b'])).toBeUndefined();
  });
});

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['abc', '', 3],
    ['abc', 'acb', 1],
    ['kitten', 'sitting', 3],
    ['ca', 'abc', 3],
  ])('%j and %j are %i apart', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });
});
