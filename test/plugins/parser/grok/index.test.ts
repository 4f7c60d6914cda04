import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import definitions from '../../../../plugins/parser/grok/index.ts';
import type { Parsed, Parser } from '../../../../src/plugin.ts';
import { plain } from '../../../support/batches.ts';
import { configOf, testContext } from '../../../support/context.ts';

function create(given: Readonly<Record<string, unknown>>, index: 0 | 1 = 0): Parser {
  const definition = definitions[index]!;
  return definition.create(configOf(definition.config, { grok: [], ...given } as never) as never, testContext({ kind: 'parser', type: definition.type })) as Parser;
}

const parse = (parser: Parser, text: string): string => plain((parser.parse(text) as Parsed).record);

describe('the parser grok', () => {
  it('converts what a pattern gives a type', () => {
    const parser = create({ grok_pattern: '%{WORD:w:string} %{INT:i:integer} %{NUMBER:f:float} %{WORD:b:bool} %{GREEDYDATA:l:array:;}' });
    expect(parse(parser, 'a 12 1.5 yes x;y')).toBe('{"w":"a","i":12,"f":1.5,"b":true,"l":["x","y"]}');
  });

  it('takes names with dots and brackets', () => {
    expect(parse(create({ grok_pattern: '%{WORD:a.b} %{WORD:[c][d]}' }), 'x y')).toBe('{"a.b":"x","c.d":"y"}');
  });

  it('knows patterns of its own, from a file or all files of a folder', () => {
    const dir = mkdtempSync(path.join(tmpdir(), 'logferry-grok-'));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    writeFileSync(path.join(dir, 'one'), '# a comment\nORDER ORD-%{INT:id:integer}\n\nBAD\n');
    writeFileSync(path.join(dir, 'two'), 'WORD [A-Z]+\n');
    expect(parse(create({ grok_pattern: '%{ORDER}', custom_pattern_path: path.join(dir, 'one') }), 'ORD-7')).toBe('{"id":7}');
    const both = create({ grok_pattern: '^%{WORD:w}: %{ORDER}$', custom_pattern_path: dir });
    expect(parse(both, 'NEW: ORD-7')).toBe('{"w":"NEW","id":7}');
    expect(parse(both, 'new: ORD-7')).toBe('{"message":"new: ORD-7"}');
  });

  it('says so when no pattern fits, under grok_failure_key', () => {
    expect(parse(create({ grok_pattern: '^%{INT:i}$', grok_failure_key: 'why' }), 'x')).toBe('{"message":"x","why":"No grok pattern matched"}');
  });

  it('tells which pattern is not known', () => {
    expect(() => create({ grok_pattern: '%{NO_SUCH_PATTERN}' })).toThrow('grok pattern not found: %{NO_SUCH_PATTERN}');
  });
});

describe('the parser multiline_grok', () => {
  it('matches several lines, and knows the first one by multiline_start_regexp', () => {
    const parser = create({ grok_pattern: '%{INT:n:integer}: %{GREEDYDATA:text}', multiline_start_regexp: '/^\\d+:/' }, 1);
    expect(parse(parser, '7: one\n  two')).toBe('{"n":7,"text":"one\\n  two"}');
    expect(['7: x', '  two', 'x 7:'].map((line) => parser.multiline!.firstLine!(line))).toEqual([true, false, false]);
  });

  it('has no first line without it', () => {
    expect(create({ grok_pattern: '%{INT:n}' }, 1).multiline).toEqual({});
  });
});
