/** A module of a user with plugins in it: its default export is a definition, or a list of them. */
import { pathToFileURL } from 'node:url';
import { errorText } from '../errors.ts';
import type { AnyDefinition } from '../registry.ts';
import { leadToOwnApi } from './own-api.ts';
import { KINDS } from './reference-text.ts';

const WANTED = 'expected the default export to be a plugin definition or a list of them (see defineInput, defineOutput, ...)';

/** Imports a file and gives its definitions. Throws an Error that names the file and what is wrong with it. */
export async function importDefinitions(file: string): Promise<readonly AnyDefinition[]> {
  leadToOwnApi();
  let found: unknown;
  try {
    ({ default: found } = (await import(pathToFileURL(file).href)) as { readonly default?: unknown });
  } catch (error) {
    throw new Error(`${file}: cannot be loaded: ${errorText(error)}`, { cause: error });
  }
  return definitionsIn(found, file);
}

/** Checks what a module exports by default. Throws an Error that begins with `file`. */
export function definitionsIn(found: unknown, file: string): readonly AnyDefinition[] {
  if (found === undefined) throw new Error(`${file}: ${WANTED}, found none`);
  const all: readonly unknown[] = Array.isArray(found) ? found : [found];
  for (const one of all) {
    const problem = definitionProblem(one);
    if (problem !== undefined) throw new Error(`${file}: ${problem}`);
  }
  return all as readonly AnyDefinition[];
}

function definitionProblem(one: unknown): string | undefined {
  if (typeof one !== 'object' || one === null) return `${WANTED}, found ${one === null ? 'null' : typeof one}`;
  const { kind, type, config, create } = one as Partial<Record<string, unknown>>;
  const kinds = KINDS.map((each) => each.kind);
  if (typeof kind !== 'string' || typeof type !== 'string' || typeof create !== 'function') return WANTED;
  if (!(kinds as readonly string[]).includes(kind)) return `there is no kind of plugin '${kind}'; kinds are ${kinds.join(', ')}`;
  if (!/^[A-Za-z0-9_.-]+$/.test(type)) return `'${type}' cannot be an @type: expected letters, digits, '_', '-' and '.'`;
  if (typeof config !== 'object' || config === null) return `${kind} plugin '${type}': expected config to be an object of declared parameters; {} if it takes none`;
  for (const [name, field] of Object.entries(config)) {
    const { kind: what, doc } = (field ?? {}) as Partial<Record<string, unknown>>;
    if (what !== 'param' && what !== 'section' && what !== 'owned') return `${kind} plugin '${type}': '${name}' is not declared with param, section or owned`;
    if (typeof doc !== 'string' || doc === '') return `${kind} plugin '${type}': '${name}' has no doc sentence`;
  }
  return undefined;
}
