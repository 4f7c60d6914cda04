import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dumpConfig } from '../../../src/config/dump.ts';
import type { ConfigElement } from '../../../src/config/element.ts';
import { parseConfig } from '../../../src/config/read.ts';
import { ConfigError } from '../../../src/errors.ts';
import { decodeText } from '../../../src/lib/text.ts';

interface Tree {
  readonly name: string;
  readonly arg: string;
  readonly params: readonly (readonly [string, string])[];
  readonly elements: readonly Tree[];
}

const at = { file: 'x', line: 1, column: 1 };
const pieces = [...'aZ9 #}"\'\\\n\r\t\0[{]<>@é🎉', '#{', '</', '\udc80'];
const anyText = fc.oneof(
  fc.array(fc.constantFrom(...pieces), { maxLength: 8 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 12 }),
);
const sectionName = fc.stringMatching(/^[a-zA-Z0-9_]{1,8}$/);
const params = fc.uniqueArray(fc.tuple(anyText.filter((key) => !key.startsWith('@')), anyText), {
  selector: ([key]) => key,
  maxLength: 4,
});

function treesOf(depth: number): fc.Arbitrary<Tree> {
  const elements = depth === 0 ? fc.constant([]) : fc.array(treesOf(depth - 1), { maxLength: 2 });
  return fc.record({ name: sectionName, arg: anyText, params, elements }, { noNullPrototype: true });
}

function elementOf({ name, arg, params, elements }: Tree): ConfigElement {
  return {
    name,
    arg,
    at,
    params: new Map(params.map(([key, text]) => [key, { text, at }])),
    elements: elements.map(elementOf),
  };
}

function treeOf({ name, arg, params, elements }: ConfigElement): Tree {
  const texts = [...params].map(([key, { text }]) => [key, text] as const);
  return { name, arg, params: texts, elements: elements.map(treeOf) };
}

function readOrRefuse(text: string, configFileType: 'v1' | 'yaml'): void {
  try {
    const root = parseConfig(text, { configFileType, readFile: () => '', evaluate: (source) => source });
    expect(root.name).toBe('ROOT');
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).problems.length).toBeGreaterThan(0);
  }
}

/** Texts that look like configurations more than random bytes do. */
const almostConfig = fc
  .array(
    fc.constantFrom(
      ...pieces,
      '<a>\n',
      '</a>\n',
      '<b "x">\n',
      '</b>',
      'key ',
      '[1, ',
      '{"k": ',
      '"#{',
      '%w[',
      '@include ',
      'a: ',
      '\n  - ',
      '&x ',
      '*x',
      '<<: ',
      '!fluent/s ',
      'config:\n',
      'source: ',
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));
const anyBytes = fc.uint8Array({ maxLength: 200 }).map((bytes) => decodeText(Buffer.from(bytes)));

describe('reading a configuration', () => {
  it('of a printed tree gives the tree again', () => {
    fc.assert(
      fc.property(treesOf(3), (tree) => {
        const printed = dumpConfig(elementOf(tree));
        const root = parseConfig(printed);
        expect(treeOf(root.elements[0])).toEqual(tree);
        expect(dumpConfig(root.elements[0])).toBe(dumpConfig(parseConfig(dumpConfig(root.elements[0])).elements[0]));
      }),
      { numRuns: 300 },
    );
  });

  it.each(['v1', 'yaml'] as const)('of any text (%s) ends, with a tree or a ConfigError', (type) => {
    fc.assert(
      fc.property(fc.oneof(almostConfig, anyBytes), (text) => readOrRefuse(text, type)),
      { numRuns: 1000 },
    );
  });
});
