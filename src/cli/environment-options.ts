/** `--env NAME=VALUE` and `--env-file FILE`: the environment that a configuration is looked at in. */
import { readFileSync } from 'node:fs';
import { parseEnvironment, parseVariable } from '../dry-run/environment.ts';
import { errorText } from '../errors.ts';

/** For `parseArgs`. */
export const ENVIRONMENT_OPTIONS = {
  env: { type: 'string', short: 'e', multiple: true },
  'env-file': { type: 'string', multiple: true },
} as const;

/** For the help of a command. */
export const ENVIRONMENT_HELP = `  -e, --env NAME=VALUE     an environment variable of the agent; may be repeated
      --env-file FILE      more of them, one on each line`;

/** The variables; those of `--env` win. Throws an Error that names the option, file and line that is wrong. */
export function givenVariables(values: { readonly env?: readonly string[] | undefined; readonly 'env-file'?: readonly string[] | undefined }): Map<string, string> {
  const all = new Map<string, string>();
  for (const file of values['env-file'] ?? []) for (const [name, value] of parseEnvironment(readInput(file, '--env-file'), file)) all.set(name, value);
  for (const text of values.env ?? []) all.set(...parseVariable(text, '--env'));
  return all;
}

/** The text of a file that an option names. Throws an Error that begins with the option. */
export function readInput(file: string, option: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`${option}: ${errorText(error)}`, { cause: error });
  }
}

/** `--config-file-type`. Throws an Error if it is none. */
export function configFileType(text: string | undefined): 'v1' | 'yaml' | 'guess' | undefined {
  if (text === undefined || text === 'v1' || text === 'yaml' || text === 'guess') return text;
  throw new Error(`--config-file-type: expected v1, yaml or guess, found '${text}'`);
}
