import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dumpConfig } from '../../../src/config/dump.ts';
import { addConfigDirectory, parseConfig, readConfig } from '../../../src/config/read.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

describe('readConfig', () => {
  it('reads inline configuration as if it stood at the end of the main file', () => {
    const file = write('fluent.conf', '<source>\n</source>\n');
    write('more.conf', '<match more>\n</match>\n');
    const root = readConfig(file, { inlineConfig: '<match in>\\n</match>\n@include more.conf' });
    expect(root.elements.map(({ name, arg }) => `${name} ${arg}`)).toEqual(['source ', 'match in', 'match more']);
    expect(root.elements[1].at).toEqual({ file: '(inline config)', line: 1, column: 1 });
  });

  it('opens the files below another root', () => {
    write('etc/fluent/fluent.conf', '@include conf.d/*.conf\n@include /opt/x.conf\n');
    write('etc/fluent/conf.d/a.conf', 'a 1\n');
    write('opt/x.conf', 'x 1\n');
    const files: string[] = [];
    const root = readConfig('/etc/fluent/fluent.conf', {
      resolvePath: (name) => path.join(folder, name),
      onFile: (name) => void files.push(name),
    });
    expect([...root.params.keys()]).toEqual(['a', 'x']);
    expect(files).toEqual(['/etc/fluent/fluent.conf', '/etc/fluent/conf.d/a.conf', '/opt/x.conf']);
  });

  it('does not search the whole machine because a variable is missing', () => {
    const file = write('fluent.conf', 'a 1\n@include "#{x}/**/*.conf"\n');
    expect(() => readConfig(file, { evaluate: () => null })).toThrow(
      `${file}:2:1: the included path is /**/*.conf: the whole machine would be searched for configuration files (#{x} gives no folder: are its environment variables set?)`,
    );
    const warnings: string[] = [];
    readConfig(write('other.conf', '@include "#{x}/none/*.conf"\n'), { evaluate: () => '', warn: (message) => void warnings.push(message) });
    expect(warnings).toEqual(['no file matches the included path /none/*.conf (#{x} gives nothing)']);
  });

  it('does not take the root for the folder of additional files', () => {
    const root = readConfig(write('fluent.conf', '<system>\n  config_include_dir "#{x}/#{y}"\n</system>\n'), { evaluate: () => '' });
    for (const folderOfIt of ['/', '/elsewhere'])
      expect(() => addConfigDirectory(root, folderOfIt)).toThrow(
        'fluent.conf:2:3: config_include_dir is /: the whole machine would be searched for configuration files ("#{x}/#{y}" gives no folder: are its environment variables set?)',
      );
  });

  it('says which file it cannot read', () => {
    const file = path.join(folder, 'none.conf');
    expect(() => readConfig(file)).toThrow(`cannot read ${file}: ENOENT`);
  });

  it('goes by the given form rather than by the extension', () => {
    const file = write('fluent.conf', 'config:\n  - source: {$type: x}\n');
    expect(readConfig(file, { configFileType: 'yaml' }).elements[0].params.get('@type')?.text).toBe('x');
    expect(readConfig(file, { configFileType: 'v1' }).params.get('config:')?.text).toBe('');
  });

  it('finds files in a folder whose name looks like a pattern', () => {
    const file = write('[a]*{b}/fluent.conf', '@include *.inc\n');
    write('[a]*{b}/x.inc', 'x 1\n');
    expect([...readConfig(file).params.keys()]).toEqual(['x']);
  });
});

describe('addConfigDirectory', () => {
  it('adds the files of a folder and its subfolders in the order of their names', () => {
    write('d/10.conf', 'ten 1');
    write('d/20.yaml', 'config:\n  - source: {$type: x}\n');
    write('d/9.conf', 'nine 1');
    write('d/50/b.conf', 'b 1');
    write('d/50/a/z.conf', 'z 1');
    write('d/7.conf.bak', 'no 1');
    write('d/8.conf', 'skipped 1');
    const root = parseConfig('first 1');
    const all = addConfigDirectory(root, path.join(folder, 'd'), { skip: (file) => file.endsWith('8.conf') });
    expect([...all.params.keys()]).toEqual(['first', 'ten', 'z', 'b', 'nine']);
    expect(all.elements.map(({ name }) => name)).toEqual(['source']);
    expect([...root.params.keys()]).toEqual(['first']);
  });

  it('adds nothing for a folder that is not there', () => {
    const root = parseConfig('first 1');
    expect(addConfigDirectory(root, path.join(folder, 'none'))).toEqual(root);
  });
});

describe('parseConfig', () => {
  it('refuses embedded Ruby where nobody evaluates it', () => {
    expect(() => parseConfig('a "#{1}"', { file: 'x.conf' })).toThrow(
      'x.conf:1:4: embedded Ruby is not allowed here: #{1}',
    );
  });

  it('counts columns in characters', () => {
    expect(() => parseConfig('🎉é "x" y', { file: 'x.conf' })).toThrow(/^x\.conf:1:8: /);
  });

  it('survives very deep nesting', () => {
    const deep = parseConfig('<a>\n'.repeat(5000) + '</a>\n'.repeat(5000));
    expect(deep.elements[0].elements[0].name).toBe('a');
    expect(() => parseConfig(`a "${'#{"'.repeat(5000)}`)).toThrow('cannot find the end of the embedded Ruby');
    expect(() => parseConfig(`a ${'['.repeat(50_000)}${']'.repeat(50_000)}`)).toThrow('expected a JSON array');
    expect(() => parseConfig(`config: ${'['.repeat(20_000)}`, { configFileType: 'yaml' })).toThrow('YAML syntax');
  });
});

describe('dumpConfig', () => {
  it('masks what is secret and quotes what was quoted', () => {
    const root = parseConfig('<match a.** b>\n@type "x"\npassword secret\nlist [1, 2]\nnone\nempty ""\n</match>\n');
    const isSecret = (_: unknown, key: string) => key === 'password';
    expect(dumpConfig(root, { isSecret }).split('\n')).toEqual([
      '<ROOT>',
      '  <match a.** b>',
      '    @type "x"',
      '    password xxxxxx',
      '    list [1,2]',
      '    none',
      '    empty ""',
      '  </match>',
      '</ROOT>',
    ]);
  });
});
