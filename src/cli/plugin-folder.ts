/** `-p DIR`: plugins of the user, one or several in each file. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { errorText } from '../errors.ts';
import type { Registry } from '../registry.ts';
import { importDefinitions } from './plugin-module.ts';

/**
 * Adds all plugins in a folder (.js and .mjs files; not below), in place of built-in ones of the same name. Throws an Error
 * that names the folder or file that is wrong.
 */
export async function loadPluginFolder(folder: string, registry: Registry): Promise<void> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    throw new Error(`--plugin: expected a folder: ${errorText(error)}`, { cause: error });
  }
  for (const name of names.filter((each) => /\.m?js$/.test(each) && !/\.test\.m?js$/.test(each)).sort()) {
    for (const definition of await importDefinitions(path.resolve(folder, name))) {
      registry.add(`${definition.kind}/${definition.type}`, async () => ({ default: definition }));
    }
  }
}
