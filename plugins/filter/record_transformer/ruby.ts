/** Placeholders with Ruby (`enable_ruby true`): `${...}` holds an expression. */
import { compileEventExpression, ConfigError, rubyTime, type Location, type Value } from '#logferry';
import { fixed, type CompileText, type Expression, type Needs, type Scope } from './expression.ts';

/** What expressions may name. */
const VARIABLES = ['tag', 'tag_parts', 'tag_prefix', 'tag_suffix', 'time', 'record', 'hostname'] as const;
const OF_EVENT = ['time', 'record'];
/** Texts in which Ruby's double quotes would change nothing. */
const PLAIN = /^(?:[^\\$#]|[$#](?![{@$]))*$/;
const QUOTES = ['[]', '()', '<>', '||', '!!', '~~', '^^', '//', '%%', '++', '::', ',,'];

export interface RubyOptions {
  readonly hostname: string;
  readonly autoTypecast: boolean;
  readonly at: Location | undefined;
}

/** Makes the function that compiles texts with Ruby in them. It throws a ConfigError for what cannot be compiled. */
export function rubyCompiler(options: RubyOptions): CompileText {
  return (text, asText) => {
    if (PLAIN.test(text)) return fixed(text);
    const isOne = text.startsWith('${') && text.endsWith('}') && text.indexOf('${', 1) < 0;
    const source = isOne && options.autoTypecast && !asText ? text.slice(2, -1) : quoted(text);
    return compile(source, text, options);
  };
}

/** A double-quoted Ruby text in which `${` is `#{`, between quotes that the text does not contain. */
function quoted(text: string): string {
  const quotes = QUOTES.find(([open, close]) => !text.includes(open) && !text.includes(close)) ?? '[]';
  return `%Q${quotes[0]}${text.replaceAll('${', '#{')}${quotes[1]}`;
}

function compile(source: string, text: string, { hostname, at }: RubyOptions): Expression {
  let compiled;
  try {
    compiled = compileEventExpression(source, VARIABLES);
  } catch (error) {
    throw new ConfigError(`cannot compile the Ruby expression in '${text}': ${(error as Error).message}`, at);
  }
  const { uses, mutates } = compiled;
  const needs: Needs = OF_EVENT.some((name) => uses.has(name)) || !compiled.pure ? 'event' : 'tag';
  const usesTime = uses.has('time');
  return {
    needs,
    mutates,
    evaluate: ({ tag, time, record }: Scope): Value =>
      compiled.run([
        tag.tag, mutates ? [...tag.parts] : tag.parts, mutates ? [...tag.prefix] : tag.prefix,
        mutates ? [...tag.suffix] : tag.suffix, usesTime ? rubyTime(time) : null, record, hostname,
      ]),
  };
}
