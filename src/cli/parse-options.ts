/** `parseArgs` with messages that help: what was meant, and where the help of the command is. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { suggest } from '../lib/suggest.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

/** Parses the options of `logferry COMMAND`. Throws an Error with one sentence for what is wrong. */
export function parseOptions<const T extends Options>(argv: readonly string[], options: T, command: string): ReturnType<typeof parseArgs<{ options: T; allowPositionals: false }>>['values'] {
  return parse(argv, options, command, false).values;
}

/** The same for a command that takes names besides. */
export function parseOptionsAndNames<const T extends Options>(argv: readonly string[], options: T, command: string): ReturnType<typeof parseArgs<{ options: T; allowPositionals: true }>> {
  return parse(argv, options, command, true);
}

function parse<T extends Options>(argv: readonly string[], options: T, command: string, allowPositionals: boolean) {
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals });
  } catch (error) {
    const { code } = error as { code?: string };
    if (!(error instanceof Error) || !code?.startsWith('ERR_PARSE_ARGS')) throw error;
    // The sentence takes the place of the original one.
    error.message = `${sentenceOf(code, error.message, options)}. See 'logferry ${command} --help'.`;
    delete (error as { code?: string }).code;
    throw error;
  }
}

function sentenceOf(code: string, text: string, options: Options): string {
  const [, quoted = ''] = /'([^']*)'/.exec(text) ?? [];
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    const near = suggest(quoted.replace(/^-+/, ''), Object.keys(options));
    return `there is no option ${quoted}${near === undefined ? '' : `; did you mean --${near}?`}`;
  }
  if (code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL') return `'${quoted}' belongs to no option${'config' in options ? `: give the configuration with -c ${quoted}` : ''}`;
  const [, missing] = /^Option '([^']+)<value>' argument missing/.exec(text) ?? [];
  if (missing !== undefined) return `${missing.trim()} needs a value`;
  return text.replace(/\.$/, '');
}
