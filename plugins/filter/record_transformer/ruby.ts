/** Placeholders with Ruby (`enable_ruby true`): `${...}` holds an expression. */
import {
  compileRuby, compileRubyText, isSteadyRuby, RubyTime, toRecordValue,
  type Location, type RubyOptions as ProgramOptions, type RubyValue, type TagValues,
} from '#logferry';
import { fixed, type CompileText, type Expression } from './expression.ts';

/** What expressions may name. */
const VARIABLES = ['tag', 'tag_parts', 'tag_prefix', 'tag_suffix', 'time', 'record', 'hostname'];
/** Texts in which Ruby's double quotes would change nothing. */
const PLAIN = /^(?:[^\\$#]|[$#](?![{@$]))*$/;

export interface RubyOptions {
  readonly hostname: string;
  readonly autoTypecast: boolean;
  readonly at: Location;
}

/** Makes the function that compiles texts with Ruby in them. It throws a ConfigError for what cannot be compiled. */
export function rubyCompiler({ hostname, autoTypecast, at }: RubyOptions): CompileText {
  return (text, asText) => {
    if (PLAIN.test(text)) return fixed(text);
    const isOne = text.startsWith('${') && text.endsWith('}') && text.indexOf('${', 1) < 0;
    const options: ProgramOptions = { at, scope: 'event', variables: VARIABLES };
    const program =
      isOne && autoTypecast && !asText ? compileRuby(text.slice(2, -1), options) : compileRubyText(text, 'brackets', options);
    const { uses, mutates } = program;
    const usesTime = uses.includes('time');
    const ofTag = mutates ? copiedVariables : tagVariables;
    const expression: Expression = {
      needs: uses.includes('record') || usesTime || !isSteadyRuby(program) ? 'event' : 'tag',
      mutates,
      evaluate: ({ tag, time, record }) =>
        toRecordValue(
          program.run({
            ...ofTag(tag),
            hostname,
            record: record as unknown as RubyValue,
            time: usesTime ? new RubyTime(time.sec, time.nsec) : null,
          }),
        ),
    };
    return expression;
  };
}

function tagVariables({ tag, parts, prefix, suffix }: TagValues): Record<string, RubyValue> {
  return { tag, tag_parts: parts as string[], tag_prefix: prefix as string[], tag_suffix: suffix as string[] };
}

function copiedVariables({ tag, parts, prefix, suffix }: TagValues): Record<string, RubyValue> {
  return { tag, tag_parts: [...parts], tag_prefix: [...prefix], tag_suffix: [...suffix] };
}
