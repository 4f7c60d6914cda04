import { describe, expect, it } from 'vitest';
import plugin from '../../../plugins/parser/json_in_json.ts';
import type { Parsed, Parser } from '../../../src/plugin.ts';
import { plain } from '../../support/batches.ts';
import { createPlugin, testContext } from '../../support/context.ts';

function parse(text: string): readonly (string | undefined)[] {
  const parser = createPlugin(plugin, {}, testContext({ kind: 'parser', type: 'json_in_json' })) as Parser;
  const found = parser.parse(text);
  const all = Array.isArray(found) ? (found as (Parsed | undefined)[]) : [found as Parsed | undefined];
  return all.map((parsed) => parsed && `${parsed.time?.sec} ${plain(parsed.record)}`);
}

describe('the parser json_in_json', () => {
  it('puts the fields of an object within a text at the end of the record, one level deep', () => {
    expect(parse('{"timestamp":5,"log":"{\\"a\\":1,\\"n\\":\\"{}\\"}\\n","n":2,"z":3}')).toEqual(['5 {"n":"{}","z":3,"a":1}']);
  });

  it('reads an array within a text in its place, and leaves other texts as they are', () => {
    expect(parse('{"timestamp":5,"a":"{oops","b":" [1]","c":"text","d":"1"}')).toEqual(['5 {"a":"{oops","b":[1],"c":"text","d":"1"}']);
  });

  it('reads a list of objects, and nothing else', () => {
    expect(parse('[{"timestamp":5,"a":"{\\"x\\":1}"},1]')).toEqual(['5 {"x":1}', undefined]);
    expect(parse('no')).toEqual([undefined]);
  });
});
