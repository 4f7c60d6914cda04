/** File: paths for everyone, reading for configurations. */
import { basename, dirname, extname, isAbsolute, normalize, resolve } from 'node:path/posix';
import { decodeText } from '../../lib/text.ts';
import { integerArgument, textArgument } from '../arguments.ts';
import { enumerator, fileLines } from '../list.ts';
import { machine } from '../machine.ts';
import { aliasMethods, ANY, defineMethods, defineModule } from '../method.ts';
import { rubyError, type RubyError } from '../ruby-error.ts';
import { linesOf } from './string.ts';
import { RubyFile, type RubyProc, type RubyValue } from '../values.ts';

const ERRORS: Readonly<Record<string, readonly [rubyClass: string, text: string]>> = {
  ENOENT: ['Errno::ENOENT', 'No such file or directory'],
  EACCES: ['Errno::EACCES', 'Permission denied'],
  EPERM: ['Errno::EACCES', 'Operation not permitted'],
  EISDIR: ['Errno::EISDIR', 'Is a directory'],
  ENOTDIR: ['Errno::ENOTDIR', 'Not a directory'],
};

function fileError(error: unknown, path: string): RubyError {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const [rubyClass, text] = ERRORS[code] ?? ['SystemCallError', code];
  const function_ = rubyClass === 'Errno::EISDIR' ? 'io_fread' : 'rb_sysopen';
  return rubyError(rubyClass, `${text} @ ${function_} - ${path}`);
}

/** The text of a file. Only for configurations: throws SecurityError elsewhere. */
function readText(value: RubyValue): string {
  const path = textArgument(value);
  onlyInConfigurations();
  let bytes: Buffer;
  try {
    bytes = machine().host.readFile(path);
  } catch (error) {
    throw fileError(error, path);
  }
  return decodeText(bytes);
}

function onlyInConfigurations(): void {
  if (machine().scope !== 'config') throw rubyError('SecurityError', 'an expression on events cannot read files');
}

function fileKind(value: RubyValue): ReturnType<ReturnType<typeof machine>['host']['fileKind']> {
  onlyInConfigurations();
  return machine().host.fileKind(textArgument(value));
}

/** `File.open(path)`: with a block its result, without one the file. */
export function openFile(path: RubyValue, block: RubyProc | null, mode?: RubyValue): RubyValue {
  if (typeof mode === 'string' && /[wa+]/.test(mode)) throw rubyError('SecurityError', 'expressions can only read files');
  const file = new RubyFile(textArgument(path), readText(path));
  return block ? block.call1(file) : file;
}

/** `File.join`: one slash between the parts. */
function join(parts: readonly RubyValue[]): string {
  const flat = parts.filter((part) => part !== undefined).flatMap((part) => (Array.isArray(part) ? join(part) : textArgument(part)));
  return flat.reduce((path, part, i) => {
    if (i === 0) return part;
    if (path.endsWith('/')) return path + part.replace(/^\/+/, '');
    return part.startsWith('/') ? path + part : `${path}/${part}`;
  }, '');
}

function baseName(path: string, suffix: RubyValue | undefined): string {
  if (path === '') return '';
  const base = basename(path) || '/';
  if (suffix === undefined) return base;
  const end = textArgument(suffix);
  if (end === '.*') return base.replace(/(?<=.)\.[^.]*$/, '');
  return base !== end && base.endsWith(end) ? base.slice(0, -end.length) : base;
}

function extension(path: string): string {
  const ext = extname(path);
  return ext === '.' ? '.' : ext;
}

function absolute(path: string, base: RubyValue | undefined): string {
  if (isAbsolute(path)) return resolve(path);
  if (base === undefined || base === null) throw rubyError('ArgumentError', 'expand_path needs an absolute path or folder here');
  return resolve(normalize(textArgument(base)), path);
}

defineModule('File', {
  join: [0, ANY, (_, __, ...parts) => join(parts)],
  basename: [1, 2, (_, __, path, suffix) => baseName(textArgument(path), suffix)],
  dirname: [1, 2, (_, __, path) => dirname(textArgument(path))],
  extname: [1, 1, (_, __, path) => extension(textArgument(path))],
  split: [1, 1, (_, __, path) => [dirname(textArgument(path)), baseName(textArgument(path), undefined)]],
  expand_path: [1, 2, (_, __, path, base) => absolute(textArgument(path), base)],
  'absolute_path?': [1, 1, (_, __, path) => isAbsolute(textArgument(path))],
  'fnmatch?': [2, 3, (_, __, pattern, path) => globPattern(textArgument(pattern)).test(textArgument(path))],
  fnmatch: [2, 3, (_, __, pattern, path) => globPattern(textArgument(pattern)).test(textArgument(path))],
  read: [1, 3, (_, __, path) => readText(path)],
  binread: [1, 2, (_, __, path) => readText(path)],
  readlines: [1, 3, (_, __, path, separator, options) => linesOf(readText(path), separator, options)],
  foreach: [1, 1, (_, block, path) => {
    const lines = linesOf(readText(path), undefined, undefined);
    const run = (given: RubyProc): RubyValue => {
      for (const line of lines) given.call1(line);
      return null;
    };
    return block ? run(block) : enumerator('foreach', run);
  }],
  open: [1, 4, (_, block, path, mode) => openFile(path, block, mode)],
  new: [1, 3, (_, __, path, mode) => openFile(path, null, mode)],
  'exist?': [1, 1, (_, __, path) => fileKind(path) !== undefined],
  'file?': [1, 1, (_, __, path) => fileKind(path)?.kind === 'file'],
  'directory?': [1, 1, (_, __, path) => fileKind(path)?.kind === 'directory'],
  'readable?': [1, 1, (_, __, path) => fileKind(path) !== undefined],
  size: [1, 1, (_, __, path) => {
    const found = fileKind(path);
    if (!found) throw rubyError('Errno::ENOENT', `No such file or directory @ rb_file_s_size - ${textArgument(path)}`);
    return found.size;
  }],
  'size?': [1, 1, (_, __, path) => fileKind(path)?.size || null],
  'zero?': [1, 1, (_, __, path) => fileKind(path)?.size === 0],
  'empty?': [1, 1, (_, __, path) => fileKind(path)?.size === 0],
});
defineModule('IO', {
  read: [1, 3, (_, __, path) => readText(path)],
  binread: [1, 2, (_, __, path) => readText(path)],
  readlines: [1, 3, (_, __, path, separator, options) => linesOf(readText(path), separator, options)],
});
defineModule('Dir', { 'exist?': [1, 1, (_, __, path) => fileKind(path)?.kind === 'directory'] });

/** `*` and `?` as in file names, `[a-z]` and `**`. */
function globPattern(pattern: string): RegExp {
  const source = pattern.replace(/\*\*\/|\*|\?|\[[^\]]*\]|[.+^${}()|\\]/g, (c) => {
    if (c === '**/') return '(?:.*/)?';
    if (c === '*') return '[^/]*';
    if (c === '?') return '[^/]';
    return c.startsWith('[') ? c : '\\' + c;
  });
  return new RegExp(`^${source}$`, 's');
}

defineMethods<RubyFile>('File', {
  read: [0, 1, (self, _, length) => {
    const rest = self.text.slice(self.position);
    const part = length === undefined || length === null ? rest : rest.slice(0, integerArgument(length));
    self.position += part.length;
    return part;
  }],
  gets: [0, 1, (self) => nextLine(self)],
  readline: [0, 1, (self) => {
    const line = nextLine(self);
    if (line === null) throw rubyError('EOFError', 'end of file reached');
    return line;
  }],
  readlines: [0, 1, (self, _, options) => linesOf(self.text.slice(self.position), options, undefined)],
  each_line: [0, 0, (self, block) => {
    const run = (given: RubyProc): RubyValue => {
      for (const line of fileLines(self)) given.call1(line);
      return self;
    };
    return block ? run(block) : enumerator('each_line', run);
  }],
  'eof?': [0, 0, (self) => self.position >= self.text.length],
  size: [0, 0, (self) => Buffer.byteLength(self.text)],
  path: [0, 0, (self) => self.path],
  rewind: [0, 0, (self) => (self.position = 0)],
  close: [0, 0, () => null],
});
aliasMethods('File', { each: 'each_line', to_path: 'path', eof: 'eof?' });

function nextLine(file: RubyFile): string | null {
  if (file.position >= file.text.length) return null;
  const end = file.text.indexOf('\n', file.position);
  const line = file.text.slice(file.position, end < 0 ? undefined : end + 1);
  file.position += line.length;
  return line;
}
