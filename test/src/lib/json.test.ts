import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { floatText, generateJson, jsonBytes, JsonError, parseJson } from '../../../src/lib/json.ts';
import { decodeText } from '../../../src/lib/text.ts';
import { Float, toFloat, toInteger, type Value } from '../../../src/lib/value.ts';

/** The text that comes out when a text is read and written again. */
function again(text: string): string {
  return generateJson(parseJson(text));
}

describe('numbers come out as Fluentd writes them', () => {
  test.each([
    ['0', '0'],
    ['-1', '-1'],
    ['9007199254740993', '9007199254740993'],
    ['-9007199254740995', '-9007199254740995'],
    ['9223372036854775808', '9223372036854775808'],
    ['123456789012345678901234567890', '123456789012345678901234567890'],
    ['-0', '0'],
    ['-0.0', '0.0'],
    ['1.0', '1.0'],
    ['1.50', '1.5'],
    ['1e3', '1000.0'],
    ['1E+2', '100.0'],
    ['1e-2', '0.01'],
    ['2.5E-7', '2.5e-07'],
    ['1e15', '1000000000000000.0'],
    ['1e16', '10000000000000000.0'],
    ['1e17', '100000000000000000.0'],
    ['1234567890123456789.0', '1234567890123456768.0'],
    ['9.3e18', '9.3e+18'],
    ['-9.3e18', '-9.3e+18'],
    ['1e20', '1.0e+20'],
    ['1.5e300', '1.5e+300'],
    ['5e-324', '5.0e-324'],
    ['0.0001', '0.0001'],
    ['0.00001', '1.0e-05'],
    ['-0.00001', '-1.0e-05'],
    ['123456789.123456789', '123456789.12345679'],
    ['1234567890123456.7', '1234567890123456.8'],
    ['12345678901234567890.5', '1.2345678901234567e+19'],
    ['3.14159265358979323846', '3.141592653589793'],
    ['[1,1.0,1e2]', '[1,1.0,100.0]'],
    ['00', '0'],
    ['-', '0'],
  ])('%s', (text, expected) => {
    expect(again(text)).toBe(expected);
  });

  test.each(['007', '+1', '1.', '.5', '-.5', '0x10', '1_000', '1e', '1e+', '1,5', '--1', '1-'])('%s is none', (text) => {
    expect(() => parseJson(text)).toThrow(JsonError);
  });

  test('what JSON lacks is read but cannot be written', () => {
    expect(parseJson('[NaN,Infinity,-Infinity,nan]')).toEqual([NaN, Infinity, -Infinity, NaN].map((n) => new Float(n)));
    expect(() => generateJson(new Float(NaN))).toThrow('NaN cannot be written as JSON');
  });

  test('Float#to_s of Ruby', () => {
    const texts = [1e15, 1e16, 123456789012345680, 1e-4, 1e-5, -0, 0.1 + 0.2, Infinity, NaN].map(floatText);
    expect(texts).toEqual([
      ...['1000000000000000.0', '1.0e+16', '1.2345678901234568e+17', '0.0001', '1.0e-05', '-0.0'],
      ...['0.30000000000000004', 'Infinity', 'NaN'],
    ]);
  });
});

describe('strings', () => {
  test.each([
    ['"\\u00e4\\u4E2D\\ud83d\\ude00"', '"ä中😀"'],
    ['"a\\/b/c"', '"a/b/c"'],
    ['"\\b\\f\\n\\r\\t"', '"\\b\\f\\n\\r\\t"'],
    ['"\\u0000\\u0001\\u001f\\u007f\\u0080"', '"\\u0000\\u0001\\u001f\u007f\u0080"'],
    ['"\\u2028\\u2029\\ufeff"', '"\u2028\u2029\ufeff"'],
    ['"\\\\\\" \\\\n"', '"\\\\\\" \\\\n"'],
    ['"raw\ttab\u0001"', '"raw\\ttab\\u0001"'],
    ['"unknown \\d \\x41 escape"', '"unknown d x41 escape"'],
    ['["a\\n","b","c\\\\"]', '["a\\n","b","c\\\\"]'],
    ['""', '""'],
  ])('%s', (text, expected) => {
    expect(again(text)).toBe(expected);
  });

  test.each(['"\\u12"', '"\\uZZZZ"', '"\\ud83d"', '"\\ud83dx"', '"open', '"open\\', '"open\\"', '"a\u0000b"'])(
    '%j is none',
    (text) => {
      expect(() => parseJson(text)).toThrow(JsonError);
    },
  );

  test('bytes that are not UTF-8 stay what they are', () => {
    const bytes = Buffer.concat([Buffer.from('{"v":"\\tlatin '), Buffer.of(0xe4, 0xff), Buffer.from('"}')]);
    expect(jsonBytes(parseJson(decodeText(bytes)))).toEqual(bytes);
  });
});

describe('structure', () => {
  test('keys keep their order, and the first place and last value if they come twice', () => {
    const text = '{"b":1,"a":2,"10":3,"2":4,"__proto__":{"x":1},"constructor":1,"":0}';
    expect(again(text)).toBe(text);
    expect(again('{"dup":1,"x":2,"dup":3}')).toBe('{"dup":3,"x":2}');
  });

  test('spaces and comments are allowed around everything', () => {
    expect(again(' \t{ "a" : [ 1 , { "b" : null } ] /* c */ , // d\n "c" : { } }\r\n')).toBe('{"a":[1,{"b":null}],"c":{}}');
  });

  test.each([
    ...['', ' ', '\ufeff{"bom":1}', '{"a":1} trailing', '{"a":1}{"b":2}', '{"a":1},', '{"a":1,}', '{"a":[1,2,]}'],
    ...['{"a":True}', '{"a":nil}', '{a:1}', "{'a':1}", '{"a":1 "b":2}', '{"a" 1}', '{"a":}', '{"a":1', '{"a":1}}', '}{'],
    ...['[,1]', '{,}', '/* open', '{"a":1} // behind', '/x', 'tru', '{"a"', '{"a":', '['],
  ])('%j is none', (text) => {
    expect(() => parseJson(text)).toThrow(JsonError);
  });

  test('a NUL ends the text', () => {
    expect(again('{"a":1}\u0000rest')).toBe('{"a":1}');
  });

  test('nesting has a limit, so that no text exhausts the stack', () => {
    const deep = (n: number): string => '['.repeat(n) + ']'.repeat(n);
    expect(again(deep(1000))).toBe(deep(1000));
    expect(() => parseJson(deep(1001))).toThrow('nested more than 1000 deep at offset 1000');
    expect(() => parseJson('{"a":'.repeat(10_000))).toThrow('nested more than 1000 deep');
    expect(() => parseJson(deep(5), { maxDepth: 4 })).toThrow('nested more than 4 deep');
    let value: Value = null;
    for (let i = 0; i < 10_000; i++) value = [value];
    expect(() => generateJson(value)).toThrow('nested more than 1000 deep');
  });

  test('messages say what was expected, where, and what is there', () => {
    expect(() => parseJson('{"a":1 "b":2}')).toThrow(`expected ',' or '}' at offset 7, found "\\"b\\":2}"`);
    expect(() => parseJson('{"a":')).toThrow('expected a value at offset 5, the text ends');
    expect(() => parseJson('{"a')).toThrow('the string at offset 1 has no end');
  });
});

test('what JSON.stringify writes is read as JSON.parse reads it', () => {
  const toPlain = (value: Value): unknown => {
    if (value instanceof Map) return Object.fromEntries([...value].map(([k, v]) => [k, toPlain(v)]));
    if (Array.isArray(value)) return value.map(toPlain);
    return value instanceof Float ? value.value : typeof value === 'bigint' ? Number(value) : value;
  };
  fc.assert(
    fc.property(fc.json(), (text) => {
      // -0 is an Integer to Ruby, and so 0.
      expect(toPlain(parseJson(text))).toEqual(JSON.parse(text, (_, value: unknown) => (Object.is(value, -0) ? 0 : value)));
    }),
    { numRuns: 200 },
  );
});

test('what is written is read again', () => {
  const { value } = fc.letrec<{ value: Value }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(null, true, false),
      fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0')),
      fc.uint8Array().map((bytes) => decodeText(Buffer.from(bytes).filter((byte) => byte !== 0) as Buffer)),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => toFloat(n === 0 ? 0 : n)),
      fc.bigInt().map(toInteger),
      fc.array(tie('value'), { maxLength: 5 }),
      fc.array(fc.tuple(fc.string(), tie('value')), { maxLength: 5 }).map((pairs) => new Map(pairs)),
    ),
  }));
  fc.assert(
    fc.property(value, (v) => {
      expect(parseJson(generateJson(v))).toEqual(v);
    }),
    { numRuns: 200 },
  );
});
