/** All ways in which plugins of users come into the program: `-p DIR`, `-r MODULE`, and installed packages. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Registry } from '../registry.ts';
import { leadToOwnApi } from './own-api.ts';
import { loadPluginFolder } from './plugin-folder.ts';
import { addRequired, loadPluginPackages, resolvePackage } from './plugin-packages.ts';

export interface ThirdParty {
  /** Folders of `-p`. */
  readonly folders?: readonly string[] | undefined;
  /** Files, packages or modules of Node of `-r`. */
  readonly required?: readonly string[] | undefined;
  /** Packages are looked for beside it (or them), and beside the working directory. */
  readonly configFile?: string | readonly string[] | undefined;
}

/** Adds them to the registry. Throws an Error for what was asked for and is not right; gives sentences about packages that are left out. */
export async function loadThirdParty({ folders = [], required = [], configFile }: ThirdParty, registry: Registry): Promise<string[]> {
  const configFiles = configFile === undefined ? [] : typeof configFile === 'string' ? [configFile] : configFile;
  const places = [...new Set([...configFiles.map((file) => path.dirname(path.resolve(file))), process.cwd()])];
  const problems = await loadPluginPackages(places, registry);
  for (const folder of folders) await loadPluginFolder(folder, registry);
  for (const name of required) {
    leadToOwnApi();
    const file = existsSync(name) ? path.resolve(name) : await resolvePackage(name, places);
    const { default: found } = (await import(file === undefined ? name : pathToFileURL(file).href)) as { readonly default?: unknown };
    addRequired(found, name, registry);
  }
  return problems;
}
