/** From files, or a text, to the tree of sections: the entrance to the configuration language. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ConfigError, errorText } from '../errors.ts';
import type { ConfigProblem, Location } from '../errors.ts';
import { decodeText } from '../lib/text.ts';
import type { ConfigElement } from './element.ts';
import type { Evaluate } from './embedded.ts';
import { globFiles, isPattern } from './glob.ts';
import type { ResolvePath } from './glob.ts';
import { openElement, parseInto } from './parser.ts';
import type { OpenElement } from './parser.ts';
import { createSource } from './source.ts';
import { yamlInto } from './yaml.ts';
import { yamlTree } from './yaml-tree.ts';
import type { YamlHost, YamlNode } from './yaml-tree.ts';

/** How a configuration is read; everything has a default. */
export interface ReadOptions {
  /** Evaluates embedded Ruby; without it `"#{...}"` is a problem. */
  readonly evaluate?: Evaluate | undefined;
  /** The form of the main file; `guess` (default) goes by its extension: .yml and .yaml are YAML. */
  readonly configFileType?: 'v1' | 'yaml' | 'guess' | undefined;
  /** Reads a file as text (see `lib/text.ts`); default: the file system, after `resolvePath`. */
  readonly readFile?: ((file: string) => string) | undefined;
  /** Maps the paths of the main file and of included ones to those that are opened. */
  readonly resolvePath?: ResolvePath | undefined;
  /** More configuration (v1 form), read after the main file; `\n` (two characters) in it is a line break. */
  readonly inlineConfig?: string | undefined;
  /** Takes what is deprecated or odd but works. */
  readonly warn?: ((message: string, at: Location) => void) | undefined;
  /** Takes problems, which are else thrown together at the end: what could be read is given then. */
  readonly onProblem?: ((problem: ConfigProblem) => void) | undefined;
  /** Is told the absolute path of every file that is read, the main file first. */
  readonly onFile?: ((file: string) => void) | undefined;
}

/** What `parseConfig` takes besides: the name of the text in messages; includes are relative to its folder. */
export interface ParseOptions extends ReadOptions {
  readonly file?: string | undefined;
}

/** The name of inline configuration in messages. */
export const INLINE_FILE = '(inline config)';

/**
 * Reads a configuration file with all that it includes and gives its root, named ROOT.
 * Throws a {@link ConfigError} that has every problem of all the files.
 */
export function readConfig(file: string, options: ReadOptions = {}): ConfigElement {
  const reading = new Reading(options);
  const root = openElement('ROOT', '', { file, line: 1, column: 1 });
  reading.mainFile(file, root);
  if (options.inlineConfig !== undefined) reading.inline(options.inlineConfig, file, root);
  reading.finish();
  return root;
}

/** Like {@link readConfig} for a text that is not (or not yet) in a file. */
export function parseConfig(text: string, options: ParseOptions = {}): ConfigElement {
  const file = options.file ?? '(config)';
  const reading = new Reading(options);
  const root = openElement('ROOT', '', { file, line: 1, column: 1 });
  reading.text(file, text, root, isYaml(file, options.configFileType));
  if (options.inlineConfig !== undefined) reading.inline(options.inlineConfig, file, root);
  reading.finish();
  return root;
}

/**
 * Gives `root` with the sections of all .conf, .yaml and .yml files below a folder added at its end,
 * in the order of their names (`<system> config_include_dir`). Files for whose absolute path `skip` is
 * true, such as those that were read before, are left out. A folder that cannot be read adds nothing.
 */
export function addConfigDirectory(
  root: ConfigElement,
  directory: string,
  options: ReadOptions & { readonly skip?: (file: string) => boolean } = {},
): ConfigElement {
  const reading = new Reading(options);
  const all: OpenElement = { ...root, params: new Map(root.params), elements: [...root.elements] as OpenElement[] };
  const asked = root.elements.findLast(({ name, params }) => name === 'system' && params.has('config_include_dir'))?.params.get('config_include_dir');
  if ([asked?.text ?? '', directory].some((each) => each !== '' && path.posix.normalize(each) === '/')) {
    reading.refuseMachine('config_include_dir is /', asked?.at, asked?.source?.includes('#{') ? [asked.source] : []);
    reading.finish();
    return root;
  }
  const files = globFiles(path.posix.join(escapeGlob(directory), '**/*'), options.resolvePath ?? identity);
  for (const file of files.filter((name) => /\.(?:conf|ya?ml)$/.test(name)).sort(byFolder)) {
    if (!options.skip?.(path.resolve(file))) reading.file(file, all, undefined, isYaml(file));
  }
  reading.finish();
  return all;
}

/** One run: what files are open, and what is wrong with them. */
class Reading {
  readonly #options: ReadOptions;
  readonly #problems: ConfigProblem[] = [];
  /** The files between the main file and the one that is being read. */
  readonly #chain: string[] = [];
  readonly #evaluate: Evaluate;
  /** Expressions that gave nothing, such as variables that are not set, by file and line. */
  readonly #empty = new Map<string, string[]>();

  constructor(options: ReadOptions) {
    this.#options = options;
    const { evaluate = refuseRuby } = options;
    this.#evaluate = (source, at) => {
      const value = evaluate(source, at);
      if (value === '' || value === null) {
        const place = placeKey(at);
        this.#empty.set(place, [...(this.#empty.get(place) ?? []), `#{${source}}`]);
      }
      return value;
    };
  }

  finish(): void {
    const { onProblem } = this.#options;
    if (onProblem) this.#problems.forEach((problem) => onProblem(problem));
    else if (this.#problems.length > 0) throw new ConfigError(this.#problems);
  }

  /** All folders would be looked through; `empty`: what may be to blame. */
  refuseMachine(what: string, at: Location | undefined, empty: readonly string[]): void {
    const hint = empty.length === 0 ? 'name the folder that has the files' : `${empty.join(', ')} gives no folder: are its environment variables set?`;
    this.#problems.push({ message: `${what}: the whole machine would be searched for configuration files`, at, hint });
  }

  mainFile(file: string, root: OpenElement): void {
    this.file(file, root, undefined, isYaml(file, this.#options.configFileType));
  }

  inline(text: string, mainFile: string, root: OpenElement): void {
    // relative includes go by the folder of the main file
    this.text(INLINE_FILE, text.replaceAll('\\n', '\n'), root, false, path.dirname(mainFile));
  }

  /** Reads a file into a section; `from` is the place of the include. */
  file(file: string, into: OpenElement, from: Location | undefined, yaml: boolean): void {
    this.#within(file, from, (text) => this.text(file, text, into, yaml));
  }

  text(file: string, text: string, into: OpenElement, yaml: boolean, folder = path.dirname(file)): void {
    const source = createSource(file, text);
    if (yaml) {
      yamlInto(source, this.#yamlHost(folder), into);
      return;
    }
    const { evaluate, report, warn } = this.#yamlHost(folder);
    const include = (name: string, at: Location, section: OpenElement) => {
      for (const found of this.#find(name, at, folder)) this.file(found, section, at, isYaml(found));
    };
    parseInto({ source, pos: 0, evaluate, report }, { include, warn }, into);
  }

  #yamlHost(folder: string): YamlHost {
    return {
      evaluate: this.#evaluate,
      report: (problem) => void this.#problems.push(problem),
      warn: this.#options.warn ?? (() => {}),
      include: (name, at) => this.#includeYaml(name, at, folder),
    };
  }

  #includeYaml(name: string, at: Location, folder: string): YamlNode[] {
    return this.#find(name, at, folder).flatMap((file) => {
      if (!isYaml(file)) {
        this.#problems.push({ message: `cannot include ${file}: a YAML file includes only .yml and .yaml files`, at });
        return [];
      }
      const nodes: YamlNode[] = [];
      this.#within(file, at, (text) => {
        const root = yamlTree(createSource(file, text), this.#yamlHost(path.dirname(file)));
        if (root?.kind === 'list') nodes.push(...root.items);
        else if (root) nodes.push(root);
      });
      return nodes;
    });
  }

  #within(file: string, from: Location | undefined, read: (text: string) => void): void {
    const key = path.resolve(file);
    if (this.#chain.includes(key)) {
      const circle = [...this.#chain.slice(this.#chain.indexOf(key)), key].join(' -> ');
      this.#problems.push({ message: `the file includes itself: ${circle}`, at: from });
      return;
    }
    let text: string;
    try {
      text = this.#read(file);
    } catch (error) {
      this.#problems.push({ message: `cannot read ${file}: ${errorText(error)}`, at: from });
      return;
    }
    this.#options.onFile?.(key);
    this.#chain.push(key);
    read(text);
    this.#chain.pop();
  }

  #read(file: string): string {
    if (this.#options.readFile) return this.#options.readFile(file);
    return decodeText(readFileSync((this.#options.resolvePath ?? identity)(file)));
  }

  /** The files that an include names; none is no problem, as in Fluentd, but worth a warning. */
  #find(name: string, at: Location, folder: string): string[] {
    const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(name)?.[1].toLowerCase();
    if (scheme !== undefined && scheme !== 'file') {
      const message = `cannot include ${name}: only files can be included, not ${scheme} addresses`;
      this.#problems.push({ message, at, hint: 'fetch it into a file first' });
      return [];
    }
    const plain = scheme === 'file' ? name.replace(/^file:(?:\/\/[^/]*)?/i, '') : name;
    const pattern = path.isAbsolute(plain) ? plain : path.join(escapeGlob(folder), plain);
    if (this.#options.readFile && !isPattern(pattern)) return [pattern];
    const empty = this.#empty.get(placeKey(at)) ?? [];
    if (isMachine(pattern)) {
      this.refuseMachine(`the included path is ${pattern}`, at, empty);
      return [];
    }
    const found = globFiles(pattern, this.#options.resolvePath ?? identity);
    if (found.length === 0) this.#options.warn?.(`no file matches the included path ${pattern}${empty.length === 0 ? '' : ` (${empty.join(', ')} gives nothing)`}`, at);
    return found;
  }
}

function isYaml(file: string, type: ReadOptions['configFileType'] = 'guess'): boolean {
  return type === 'guess' ? /\.ya?ml$/.test(file) : type === 'yaml';
}

/** Whether a pattern looks through every folder that there is. */
function isMachine(pattern: string): boolean {
  const parts = pattern.split('/').filter((part) => part !== '' && part !== '.');
  const deep = parts.indexOf('**');
  return path.isAbsolute(pattern) && deep >= 0 && deep < parts.length - 1 && parts.slice(0, deep).every(isPattern);
}

function placeKey({ file, line }: Location): string {
  return `${line} ${file}`;
}

function refuseRuby(source: string): never {
  throw new Error(`embedded Ruby is not allowed here: #{${source}}`);
}

function escapeGlob(folder: string): string {
  return folder.replace(/[*?[\]{}\\]/g, '\\$&');
}

function identity(file: string): string {
  return file;
}

/** A folder's files and folders in one order of names, each folder with all that is below it. */
function byFolder(a: string, b: string): number {
  const left = a.split('/');
  const right = b.split('/');
  for (let i = 0; i < left.length && i < right.length; i++) {
    if (left[i] !== right[i]) return Buffer.compare(Buffer.from(left[i]), Buffer.from(right[i]));
  }
  return left.length - right.length;
}
