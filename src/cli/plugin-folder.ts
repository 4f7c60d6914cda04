/** `-p DIR`: plugins of the user. Each module's default export is a definition, or a list of them. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AnyDefinition, Registry } from '../registry.ts';

/** Adds all plugins in a folder (.js and .mjs files; not below). Throws an Error that names the file that is wrong. */
export async function loadPluginFolder(folder: string, registry: Registry): Promise<void> {
  const names = (await readdir(folder)).filter((name) => /\.m?js$/.test(name)).sort();
  for (const name of names) {
    const file = path.resolve(folder, name);
    const { default: found } = (await import(pathToFileURL(file).href)) as { default?: AnyDefinition | readonly AnyDefinition[] };
    const definitions = Array.isArray(found) ? (found as readonly AnyDefinition[]) : [found as AnyDefinition];
    for (const definition of definitions) {
      if (typeof definition?.kind !== 'string' || typeof definition.type !== 'string' || typeof definition.create !== 'function')
        throw new Error(`${file}: expected the default export to be a plugin definition (see defineInput, defineOutput, ...)`);
      registry.add(`${definition.kind}/${definition.type}`, async () => ({ default: definition }));
    }
  }
}
