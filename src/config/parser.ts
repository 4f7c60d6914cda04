/**
 * Sections and parameters: the text of one file -> elements.
 *
 * After a problem reading goes on with the next line, so that one run reports all of them.
 */
import { foundAt, locate, nextLine, SyntaxProblem } from './source.ts';
import {
  expectLineEnd,
  problemAt,
  readArgument,
  readKey,
  readText,
  readValue,
  skipBlanks,
  skipSpacing,
} from './lexer.ts';
import type { Cursor } from './lexer.ts';
import type { ConfigElement, ConfigValue } from './element.ts';
import type { Location } from '../errors.ts';
import { suggest } from '../lib/suggest.ts';

/** A section while it is being read. */
export interface OpenElement extends ConfigElement {
  readonly params: Map<string, ConfigValue>;
  readonly elements: OpenElement[];
}

/** What the parser needs from its caller. */
export interface ParserHost {
  /** Reads the files that `@include` names into the section. */
  readonly include: (path: string, at: Location, into: OpenElement) => void;
  readonly warn: (message: string, at: Location) => void;
}

const SECTION_NAME = /[a-zA-Z0-9_]+/y;
const INCLUDE = /(@?)include(?=[ \t])/y;
/** The parameters that every plugin understands; other names with @ are refused in these sections. */
const RESERVED = new Set(['@type', '@id', '@label', '@log_level']);
const STRICT_ABOUT_AT = new Set(['ROOT', 'match', 'source', 'filter', 'system']);

/** Begins a section. */
export function openElement(name: string, arg: string, at: Location): OpenElement {
  return { name, arg, at, params: new Map(), elements: [] };
}

/**
 * Reads a whole source into a section (the root, or the one that includes it).
 * Problems go to the cursor's `report`; only the unexpected is thrown.
 */
export function parseInto(cursor: Cursor, host: ParserHost, root: OpenElement): void {
  const { text } = cursor.source;
  const open: OpenElement[] = [root];
  for (;;) {
    skipSpacing(cursor);
    const start = cursor.pos;
    if (start >= text.length) break;
    try {
      if (text.startsWith('</', start)) closeSection(cursor, open);
      else if (text[start] === '<') openSection(cursor, open);
      else readParameter(cursor, host, open);
    } catch (error) {
      if (!(error instanceof SyntaxProblem)) throw error;
      cursor.report(error.problem);
      cursor.pos = Math.max(error.resume, start + 1);
    }
  }
  for (const element of open.slice(1).reverse()) {
    const message = `expected the end tag </${element.name}>, found the end of the file`;
    cursor.report({ message, at: element.at, hint: `${tagOf(element)} begins here` });
  }
}

function openSection(cursor: Cursor, open: OpenElement[]): void {
  const { source } = cursor;
  const start = cursor.pos;
  cursor.pos++;
  const name = sectionName(cursor);
  if (name === '') {
    const found = foundAt(source.text, cursor.pos);
    throw problemAt(cursor, start, `expected a section name after '<', found ${found}`);
  }
  skipSpacing(cursor);
  const { text: arg } = readArgument(cursor);
  skipSpacing(cursor);
  const element = openElement(name, arg, locate(source, start));
  // the section counts as open even if its tag is broken: its end tag will come
  open.at(-1)!.elements.push(element);
  open.push(element);
  if (source.text[cursor.pos] !== '>') {
    const hint = source.text[cursor.pos] === '"' ? 'several patterns stand in one pair of quotes' : undefined;
    const found = foundAt(source.text, cursor.pos);
    throw problemAt(cursor, start, `expected '>' at the end of the tag <${name}, found ${found}`, hint);
  }
  cursor.pos++;
  const tagEnd = cursor.pos;
  try {
    expectLineEnd(cursor, `the tag ${tagOf(element)}`, 'what follows a tag goes on a line of its own');
  } catch (error) {
    // `<parse>@type none</parse>` closes itself
    const rest = source.text.slice(tagEnd, nextLine(source.text, tagEnd));
    if (rest.includes(`</${name}>`)) open.pop();
    throw error;
  }
}

function closeSection(cursor: Cursor, open: OpenElement[]): void {
  const { source } = cursor;
  const start = cursor.pos;
  cursor.pos += 2;
  const name = sectionName(cursor);
  skipSpacing(cursor);
  const bracket = source.text[cursor.pos] === '>';
  const resume = bracket ? undefined : nextLine(source.text, start);
  const problem = endTagProblem(cursor, open, name, start);
  if (problem) throw problem;
  if (!bracket) {
    const message = `expected '>' at the end of the tag </${name}, found ${foundAt(source.text, cursor.pos)}`;
    throw problemAt(cursor, start, message, undefined, resume);
  }
  cursor.pos++;
  expectLineEnd(cursor, `the end tag </${name}>`);
}

/** Closes what the end tag most likely means, and tells what is wrong with it. */
function endTagProblem(cursor: Cursor, open: OpenElement[], name: string, start: number): SyntaxProblem | undefined {
  const { source } = cursor;
  if (open.length === 1) {
    return problemAt(cursor, start, `unmatched end tag </${name}>: no section is open here`);
  }
  const innermost = open.at(-1)!;
  if (innermost.name === name) {
    open.pop();
    return undefined;
  }
  const level = open.findLastIndex((element, i) => i > 0 && element.name === name);
  if (level > 0) {
    for (const element of open.splice(level).slice(1).reverse()) {
      const message = `expected the end tag </${element.name}>, found </${name}>`;
      const hint = `${tagOf(element)} begins ${placeOf(element, source.file)}`;
      cursor.report({ message, at: locate(source, start), hint });
    }
    return undefined;
  }
  open.pop();
  const meant = name !== '' && suggest(name, [innermost.name]);
  const opened = `${tagOf(innermost)} begins ${placeOf(innermost, source.file)}`;
  const hint = meant ? `did you mean </${meant}>? ${opened}` : opened;
  return problemAt(cursor, start, `unmatched end tag: expected </${innermost.name}>, found </${name}>`, hint);
}

function readParameter(cursor: Cursor, host: ParserHost, open: OpenElement[]): void {
  const { source } = cursor;
  const start = cursor.pos;
  const at = locate(source, start);
  const element = open.at(-1)!;
  // without @ it is an include at the top level only: elsewhere it could be a parameter's name
  INCLUDE.lastIndex = start;
  const include = INCLUDE.exec(source.text);
  if (include && (include[1] === '@' || open.length === 1)) {
    if (include[1] === '') host.warn("'include' is deprecated: use '@include' instead", at);
    cursor.pos += include[0].length;
    includeFile(cursor, host, element, start);
    return;
  }

  const { text: key, special } = readKey(cursor);
  if (special) cursor.report({ message: `use_${special} cannot be the name of a parameter`, at });
  const skipped = skipBlanks(cursor);
  if (skipped.includes('\n') || cursor.pos >= source.text.length) {
    if (key === '@include') throw missingFileName(cursor, start);
    element.params.set(key, { text: '', at, source: '' });
    return;
  }
  if (key === '@include') {
    includeFile(cursor, host, element, start);
    return;
  }
  if (key.startsWith('@') && !RESERVED.has(key)) checkReserved(cursor, host, open, key, at);

  const valueStart = cursor.pos;
  const value = readValue(cursor);
  const written = source.text.slice(valueStart, cursor.pos);
  element.params.set(key, { text: value.text, at, special: value.special, source: written });
  endOfValue(cursor, value.openedAbove, `the value of '${key}'`);
}

function includeFile(cursor: Cursor, host: ParserHost, into: OpenElement, start: number): void {
  skipBlanks(cursor);
  const path = readText(cursor);
  endOfValue(cursor, path.openedAbove, 'the file name');
  if (path.text === '') throw missingFileName(cursor, start);
  host.include(path.text, locate(cursor.source, start), into);
}

function missingFileName(cursor: Cursor, start: number): SyntaxProblem {
  return problemAt(cursor, start, 'expected a file name after @include', undefined, cursor.pos);
}

function endOfValue(cursor: Cursor, openedAbove: number | undefined, what: string): void {
  if (openedAbove === undefined) {
    expectLineEnd(cursor, what);
    return;
  }
  try {
    expectLineEnd(cursor, what);
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error;
    // the quote was meant to be closed on its own line: point there, and read the following lines again
    const message = 'the text that begins here spans several lines: ' + error.problem.message;
    throw problemAt(cursor, openedAbove, `${message} in line ${error.problem.at?.line}`, 'is its closing " missing?');
  }
}

function checkReserved(cursor: Cursor, host: ParserHost, open: OpenElement[], key: string, at: Location): void {
  const { name } = open.at(-1)!;
  if (!STRICT_ABOUT_AT.has(name)) {
    host.warn(`'@' is the system reserved prefix: it works in <${name}> for now, but should not be used: ${key}`, at);
    return;
  }
  const known = suggest(key, [...RESERVED, '@include']);
  const hint = known ? `did you mean ${known}?` : `write ${key.slice(1)}`;
  cursor.report({ message: `expected one of ${[...RESERVED].join(', ')}, found the reserved name ${key}`, at, hint });
}

function sectionName(cursor: Cursor): string {
  SECTION_NAME.lastIndex = cursor.pos;
  const name = SECTION_NAME.exec(cursor.source.text)?.[0] ?? '';
  cursor.pos += name.length;
  return name;
}

function tagOf({ name, arg }: ConfigElement): string {
  return arg === '' ? `<${name}>` : `<${name} ${arg}>`;
}

function placeOf({ at }: ConfigElement, file: string): string {
  return at.file === file ? `in line ${at.line}` : `at ${at.file}:${at.line}`;
}
