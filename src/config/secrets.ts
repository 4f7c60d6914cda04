/** Names of parameters that must not be shown, from the declarations of the plugins that a configuration uses. */
import type { Kind } from '../plugin.ts';
import type { Registry } from '../registry.ts';
import type { ConfigElement } from './element.ts';
import type { Fields } from './params.ts';

/** Hidden wherever they stand: better once too often than once too little. */
const ALWAYS = ['aws_sec_key', 'password', 'shared_key', 'private_key_passphrase', 'bearer_token', 'secret'];

export async function secretNames(registry: Registry, root: ConfigElement): Promise<Set<string>> {
  const names = new Set(ALWAYS);
  const types = new Set<string>();
  collectTypes(root, types);
  for (const kind of registry.kinds())
    for (const type of types) {
      const definition = await registry.find(kind as Kind, type);
      if (definition) collectSecrets(definition.config as Fields, names);
    }
  return names;
}

/** Those of one plugin's declarations. */
export function secretsOf(fields: Fields): Set<string> {
  const names = new Set(ALWAYS);
  collectSecrets(fields, names);
  return names;
}

function collectTypes(element: ConfigElement, types: Set<string>): void {
  for (const name of ['@type', 'type', 'format']) {
    const value = element.params.get(name);
    if (value) types.add(value.text);
  }
  for (const child of element.elements) collectTypes(child, types);
}

function collectSecrets(fields: Fields, names: Set<string>): void {
  for (const [name, field] of Object.entries(fields)) {
    if (field.kind === 'param' && field.secret) {
      names.add(name);
      if (field.alias) names.add(field.alias);
    }
    if (field.kind === 'section') collectSecrets(field.fields, names);
  }
}
