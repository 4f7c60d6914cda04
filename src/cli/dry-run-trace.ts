/** `logferry dry-run --trace FILE:LINE`: one line's way. */
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { createTracer, type Scene, type Traceable, type TraceReport } from '../dry-run/index.ts';
import { fromFolder, toFolder } from '../lib/mounts.ts';
import { suggest } from '../lib/suggest.ts';

/** Traces a line of each source that reads the file. `place` is FILE:LINE; FILE as the configuration has it, or as it lies here. */
export async function traceFile(scene: Scene, place: string): Promise<TraceReport[]> {
  const match = /^(.+):(\d+)$/.exec(place);
  if (!match || match[2] === '0') throw new Error(`--trace: expected FILE:LINE, such as /var/log/messages:12, found '${place}'`);
  const [, file, line] = match as unknown as [string, string, string];
  const reports: TraceReport[] = [];
  const readers = matching(scene, await (await createTracer(scene)).files(), file);
  for (const reader of readers) reports.push(await (await createTracer(scene)).trace(reader, Number(line)));
  return reports;
}

/** Traces a text from a tag on; `tag` may have a label in front: `@NORMAL app.web`. */
export async function traceLine(scene: Scene, text: string, tag: string): Promise<TraceReport> {
  const [, label = '@ROOT', rest = tag] = /^(@\S+)\s+(\S+)$/.exec(tag) ?? [];
  return (await createTracer(scene)).traceText(text.replace(/\r?\n$/, ''), rest, label);
}

function matching(scene: Scene, files: readonly Traceable[], wanted: string): readonly Traceable[] {
  const configured = fromFolder(path.resolve(wanted), scene.mounts);
  const exact = files.filter((file) => file.path === wanted || file.path === configured);
  if (exact.length > 0) return exact;
  const real = realPath(wanted) ?? realPath(toFolder(wanted, scene.mounts));
  const linked = real === undefined ? [] : files.filter((file) => realPath(toFolder(file.path, scene.mounts)) === real);
  if (linked.length > 0) return linked;
  const near = suggest(wanted, files.map((file) => file.path));
  const some = files.slice(0, 5).map((file) => file.path).join(', ');
  throw new Error(`--trace: no source reads ${wanted}${near === undefined ? (some === '' ? '' : `; they read ${some}${files.length > 5 ? ', ...' : ''}`) : `; did you mean ${near}?`}`);
}

function realPath(file: string): string | undefined {
  try {
    return realpathSync(file);
  } catch {
    return undefined;
  }
}
