/** The program built from the sources as they are: for tests that need a process of its own. Built once for each state of the sources. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';

const PROJECT = path.join(import.meta.dirname, '../..');
const CACHE = path.join(PROJECT, 'node_modules/.cache/logferry-tests');
/** Builds of former states that are kept, for tests that still run with them. */
const KEPT = 3;

/** The path of `main.js`. `#logferry` leads to `dist` beside the package.json, so each build has both. */
export function builtProgram(): string {
  const folder = path.join(CACHE, stateOfSources());
  const main = path.join(folder, 'dist/src/main.js');
  if (existsSync(main)) return main;
  const making = `${folder}.${process.pid}`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true });
  copyFileSync(path.join(PROJECT, 'package.json'), path.join(making, 'package.json'));
  symlinkSync(path.join(PROJECT, 'node_modules'), path.join(making, 'node_modules'));
  symlinkSync(path.join(PROJECT, 'conf'), path.join(making, 'conf'));
  const compiler = path.join(PROJECT, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--noCheck', '--outDir', path.join(making, 'dist')], { cwd: PROJECT, stdio: 'pipe' });
  try {
    renameSync(making, folder);
  } catch {
    // Another test was faster.
    rmSync(making, { recursive: true, force: true });
  }
  forget();
  return main;
}

/** Changes with every file that goes into a build. */
function stateOfSources(): string {
  const hash = createHash('sha256');
  for (const folder of ['src', 'plugins']) {
    for (const name of (readdirSync(path.join(PROJECT, folder), { recursive: true }) as string[]).sort()) {
      const { mtimeMs, size } = statSync(path.join(PROJECT, folder, name));
      hash.update(`${folder}/${name} ${mtimeMs} ${size}\n`);
    }
  }
  return hash.digest('hex').slice(0, 16);
}

function forget(): void {
  const builds = readdirSync(CACHE).map((name) => path.join(CACHE, name));
  const byAge = builds.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  for (const old of byAge.slice(KEPT)) rmSync(old, { recursive: true, force: true });
}
