/** Files of grok patterns: a name and a pattern on each line; lines that begin with # are comments. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Patterns of a file, or of all files of a folder; none if the path does not exist. */
export function readPatterns(path: string): Map<string, string> {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return new Map();
  const files = stat.isDirectory() ? readdirSync(path).sort().map((name) => join(path, name)) : [path];
  return new Map(files.flatMap((file) => parsePatterns(readFileSync(file, 'utf8'))));
}

function parsePatterns(text: string): [string, string][] {
  const patterns: [string, string][] = [];
  for (const line of text.split('\n')) {
    const found = line.startsWith('#') ? null : /^(\S+)\s+(.*)$/.exec(line);
    if (found) patterns.push([found[1]!, found[2]!]);
  }
  return patterns;
}
