import { expect, test } from 'vitest';
import { compileFilterPattern } from '../../../src/local-cloudwatch/filter-pattern.ts';

const fits = (pattern: string, message: string): boolean => compileFilterPattern(pattern)?.(message) ?? true;

test.each([
  ['', 'anything', true],
  ['  ', 'anything', true],
  ['ERROR', '[ERROR 400] BAD REQUEST', true],
  ['ERROR', '[error 400] BAD REQUEST', false],
  ['ERROR BAD', '[ERROR 400] BAD REQUEST', true],
  ['ERROR GOOD', '[ERROR 400] BAD REQUEST', false],
  ['"ERROR 400"', '[ERROR 400] BAD REQUEST', true],
  ['"ERROR  400"', '[ERROR 400] BAD REQUEST', false],
  ['"say \\"hi\\""', 'they say "hi" twice', true],
  ['?ERROR ?WARN', 'WARN it is late', true],
  ['?ERROR ?"it is"', 'it is late', true],
  ['?ERROR ?WARN', 'INFO all is well', false],
  ['ERROR -ARGUMENTS', 'ERROR in ARGUMENTS', false],
  ['ERROR -ARGUMENTS', 'ERROR in VALUES', true],
  ['-"two words"', 'has two words', false],
  ['%5[0-9]{2}%', 'status 503', true],
  ['%5[0-9]{2}%', 'status 403', false],
  ['%^a b$%', 'a b', true],
])('the terms %j fit %j: %j', (pattern, message, expected) => {
  expect(fits(pattern, message)).toBe(expected);
});

const record = JSON.stringify({
  level: 'error', ms: 120.5, ok: true, no: false, none: null, user: { id: 'u-1', 'a.b': 'dotted' },
  list: [{ n: 1 }, { n: 2 }], text: 'exit status 1', ip: '10.0.0.1', __proto__x: 1,
});

test.each([
  ['{ $.level = "error" }', true],
  ['{$.level="error"}', true],
  ['{ $.level = error }', true],
  ['{ $.level = "warn" }', false],
  ['{ $.level != "warn" }', true],
  ['{ $.missing != "warn" }', false],
  ['{ $.ms > 100 }', true],
  ['{ $.ms >= 120.5 && $.ms <= 1.205e2 }', true],
  ['{ $.ms < 100 }', false],
  ['{ $.ms = 120.5 }', true],
  ['{ $.level > 3 }', false],
  ['{ $.ok IS TRUE }', true],
  ['{ $.no is false }', true],
  ['{ $.ok IS FALSE }', false],
  ['{ $.none IS NULL }', true],
  ['{ $.missing IS NULL }', false],
  ['{ $.missing NOT EXISTS }', true],
  ['{ $.none NOT EXISTS }', false],
  ['{ $.user.id EXISTS }', true],
  ['{ $.user.id = "u-*" }', true],
  ['{ $.text = "*status*" }', true],
  ['{ $.text = "*status" }', false],
  ['{ $.ip = 10.0.* }', true],
  ["{ $.user.['a.b'] = dotted }", true],
  ['{ $.user["a.b"] = dotted }', true],
  ['{ $.list[1].n = 2 }', true],
  ['{ $.list[2].n = 2 }', false],
  ['{ $.list[*].n = 2 }', true],
  ['{ $.text = %^exit status [0-9]+$% }', true],
  ['{ $.level = "warn" || $.ms > 100 && $.ok IS TRUE }', true],
  ['{ ($.level = "warn" || $.ms > 100) && $.ok IS FALSE }', false],
  ['{ $.constructor EXISTS }', false],
  ['{ $.list.length EXISTS }', false],
])('the pattern %j fits a record: %j', (pattern, expected) => {
  expect(fits(pattern, record)).toBe(expected);
});

test.each(['plain text', '{"level":', '"error"', '5', ''])('a JSON pattern does not fit %j', (message) => {
  expect(fits('{ $.level NOT EXISTS }', message)).toBe(false);
});

test.each([
  ['[ip, user]', 'Invalid filter pattern: space-delimited patterns ([...]) are not supported by this local endpoint; use terms or { $.field = "x" }'],
  ['"open', 'Invalid filter pattern: " at character 1 is not closed'],
  ['a -', 'Invalid filter pattern: expected a term at character 4'],
  ['%(%', 'Invalid filter pattern: %(% is no regular expression: '],
  ['{ level = 1 }', "Invalid filter pattern: expected a selector such as $.field at character 3, found 'level = 1 }'"],
  ['{ $ = 1 }', "Invalid filter pattern: expected a field after $ at character 5, found '= 1 }'"],
  ['{ $.a ~ 1 }', "Invalid filter pattern: expected =, !=, <, <=, >, >=, IS, EXISTS or NOT EXISTS at character 7, found '~ 1 }'"],
  ['{ $.a > x }', "Invalid filter pattern: expected a number after > at character 9, found 'x }'"],
  ['{ $.a > %1% }', "Invalid filter pattern: expected a number after > at character 9, found '%1% }'"],
  ['{ $.a = 1', 'Invalid filter pattern: expected } at character 10, found the end'],
  ['{ $.a = }', "Invalid filter pattern: expected a value at character 9, found '}'"],
  ['{ $.a = 1 } x', "Invalid filter pattern: expected nothing after } at character 13, found 'x'"],
  ['{ $.a IS 5 }', "Invalid filter pattern: expected NULL, TRUE or FALSE at character 10, found '5 }'"],
  ['x'.repeat(1025), "failed to satisfy constraint: Member must have length less than or equal to 1024"],
])('the pattern %j is an InvalidParameterException', (pattern, message) => {
  expect(() => compileFilterPattern(pattern)).toThrow(expect.objectContaining({
    type: 'InvalidParameterException', message: expect.stringContaining(message),
  }));
});
