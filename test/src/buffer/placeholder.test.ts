import { describe, expect, test } from 'vitest';
import { chunkKeysOf } from '../../../src/buffer/chunk-keys.ts';
import { compileTemplate } from '../../../src/buffer/placeholder.ts';
import { ConfigError } from '../../../src/errors.ts';
import { Float, type Value } from '../../../src/lib/value.ts';
import { testLog } from '../../support/context.ts';

const keysOf = (names: string, config: Record<string, unknown> = {}) =>
  chunkKeysOf({ keys: names === '' ? [] : names.split(','), config: { timekey_use_utc: true, ...config } });

function expand(text: string, names: string, metadata: { tag?: string; timekey?: number; variables?: [string, Value][] }, config = {}): string {
  const template = compileTemplate('path', text, { keys: keysOf(names, config) });
  return template.expand({ id: 'c0ffee', metadata: { ...metadata, variables: metadata.variables && new Map(metadata.variables) } });
}

describe('a template', () => {
  const hour = Date.UTC(2022, 9, 3, 10) / 1000;
  test.each([
    ['without placeholders is itself', '/a/b', '', {}, {}, '/a/b'],
    ['gets the tag', 'x.${tag}.y', 'tag', { tag: 'a.b' }, {}, 'x.a.b.y'],
    ['gets parts of the tag', '${tag[0]}-${tag[1]}-${tag[-1]}-${tag[-3]}', 'tag', { tag: 'a.b.c' }, {}, 'a-b-c-a'],
    ['gets nothing for a part that is not there', '<${tag[7]}>', 'tag', { tag: 'a.b' }, {}, '<>'],
    ['gets times of the slot', '%Y/%m/%d %H%M', 'time', { timekey: hour }, { timekey: 3600 }, '2022/10/03 1000'],
    ['gets times in timekey_zone', '%H%M', 'time', { timekey: hour }, { timekey: 3600, timekey_use_utc: false, timekey_zone: '+05:30' }, '1530'],
    ['keeps directives without the chunk key time', '%Y ${tag}', 'tag', { tag: 't' }, {}, '%Y t'],
    ['gets fields', '${k}|${$.o.n}', 'k,$.o.n', { variables: [['k', 'a'], ['$.o.n', null]] }, {}, 'a|'],
    ['writes numbers as Ruby does', '${k}', 'k', { variables: [['k', new Float(1)]] }, {}, '1.0'],
    ['gets the chunk id', '${chunk_id}', '', {}, {}, 'c0ffee'],
    ['does not look again at what was filled in', '${tag}/${k}/%Y', 'tag,k,time', { tag: '${k}%d', timekey: hour, variables: [['k', '%Y${tag}']] }, { timekey: 60 }, '${k}%d/%Y${tag}/2022'],
    ['keeps what is no placeholder', '${tag[0..1]} $tag ${} ${a b}', 'tag', { tag: 'x' }, {}, '${tag[0..1]} $tag ${} ${a b}'],
  ] as const)('%s', (_name, text, names, metadata, config, expected) => {
    expect(expand(text, names, metadata as never, config)).toBe(expected);
  });

  test('keeps a placeholder of what is no chunk key, with a warning', () => {
    const log = testLog();
    const template = compileTemplate('log_group_name', '/g/${tag}/${env}', { keys: keysOf('env'), log });
    expect(template.expand({ id: 'x', metadata: { variables: new Map([['env', 'prod']]) } })).toBe('/g/${tag}/prod');
    expect(log.lines.map(({ message }) => message)).toEqual(["placeholder ${tag} is not replaced: <buffer> does not have the chunk key 'tag'"]);
  });
});

describe('a template that has to fit the chunk keys', () => {
  const at = { file: 'f.conf', line: 3, column: 5 };
  test.each([
    ['x.${k}', '', {}, "has placeholders, but the chunk keys don't have ${k}"],
    ['x.${tag}', '', {}, "has tag placeholders, but the chunk key 'tag' is not configured"],
    ['x.%Y%m%d', '', {}, "has time placeholders, but the chunk key 'time' is not configured"],
    ['x', 'tag', {}, "doesn't have a tag placeholder, but the chunk key 'tag' is configured"],
    ['x', 'a,b', {}, "doesn't have placeholders for the chunk keys a, b"],
    ['x', 'time', { timekey: 3600 }, "doesn't have time placeholders for timekey 3600"],
    ['%Y%m%d', 'time', { timekey: 3600 }, 'is too coarse for timekey 3600: its finest time placeholder is %d (day)'],
    ['%Y%m%d%H', 'time', { timekey: 60 }, 'is too coarse for timekey 60: its finest time placeholder is %H (hour)'],
  ])('%s with the keys [%s] is refused', (text, names, config, problem) => {
    const compile = () => compileTemplate('path', text, { keys: keysOf(names, config), check: 'complete', place: at });
    expect(compile).toThrow(ConfigError);
    expect(compile).toThrow(`f.conf:3:5: Parameter 'path: ${text}' ${problem}`);
  });

  test.each([
    ['${tag[0]}/%Y%m%d%H', 'tag,time', { timekey: 3600 }],
    ['${k}.${chunk_id}', 'k', {}],
    ['%Y%m%d', 'time', { timekey: 86_400 * 7 }],
    ['%s', 'time', { timekey: 60 }],
  ])('%s with the keys [%s] is right', (text, names, config) => {
    expect(() => compileTemplate('path', text, { keys: keysOf(names, config), check: 'complete' })).not.toThrow();
  });

  test('may lack chunk keys if only unknown ones are wrong', () => {
    expect(() => compileTemplate('path', 'x', { keys: keysOf('tag,k'), check: 'known' })).not.toThrow();
    expect(() => compileTemplate('path', '${z}', { keys: keysOf('tag,k'), check: 'known' })).toThrow('${z}');
  });
});
