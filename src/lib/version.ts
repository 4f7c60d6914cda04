/** The version of this package, from its package.json. */
import { readFileSync } from 'node:fs';

/** Such as `0.1.0`. */
export function version(): string {
  // From src/lib and from dist/src/lib the package is two or three folders up.
  for (const up of ['../../package.json', '../../../package.json']) {
    try {
      const { name, version: found } = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')) as { name?: string; version?: string };
      if (name === 'logferry' && found !== undefined) return found;
    } catch {
      // Not this one.
    }
  }
  return 'unknown';
}
