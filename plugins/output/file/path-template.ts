/** Names of the files that the file output writes: what is added to `path`, and how a chunk fills it. */
import path from 'node:path';
import { ConfigError, UnrecoverableError, type Chunk, type Location, type Template } from '#logferry';

/** Stands for `_0`, `_1`, ... in names of files that are never appended to. */
export const INDEX = '_**';

export interface PathSettings {
  readonly path: string;
  /** Seconds, if `time` is a chunk key. */
  readonly timekey: number | undefined;
  /** The time format that an old configuration gave (`time_slice_format`). */
  readonly timeSliceFormat: string | undefined;
  readonly append: boolean;
  /** With its dot, or empty. */
  readonly pathSuffix: string;
  readonly compress: 'text' | 'gzip' | 'zstd';
  readonly place: Location | undefined;
}

const COMPRESS_SUFFIX = { text: '', gzip: '.gz', zstd: '.zstd' } as const;

/** The template of all names: time placeholders, index and suffixes are added where the path does not have them. */
export function pathTemplate(settings: PathSettings): string {
  const { timekey, append, compress, timeSliceFormat, place } = settings;
  const end = COMPRESS_SUFFIX[compress];
  const index = append ? '' : INDEX;
  const tail = index + settings.pathSuffix + end;
  if (settings.path.includes('*')) {
    if (timekey === undefined) {
      throw new ConfigError("path including '*' must be used with buffer chunk key 'time'", place, 'write <buffer time>');
    }
    return settings.path.replaceAll('*', (timeSliceFormat ?? timeFormat(timekey)) + index) + end;
  }
  if (timekey === undefined) return settings.path + tail;
  if (timeSliceFormat !== undefined) return `${settings.path}.${timeSliceFormat}${tail}`;
  const directives = timeFormat(timekey).match(/../g)!;
  const missing = directives.filter((directive) => !settings.path.includes(directive));
  if (missing.length === 0) return settings.path + tail;
  if (missing.length === directives.length) return `${settings.path}.${directives.join('')}${tail}`;
  throw new ConfigError(
    `insufficient timestamp placeholders in path '${settings.path}' for timekey ${timekey}`,
    place,
    `add ${missing.join(', ')}, or use no time placeholders at all`,
  );
}

function timeFormat(timekeySec: number): string {
  if (timekeySec < 60) return '%Y%m%d%H%M%S';
  if (timekeySec < 3600) return '%Y%m%d%H%M';
  return timekeySec < 86_400 ? '%Y%m%d%H' : '%Y%m%d';
}

/**
 * A chunk's path. What stands before the first placeholder is where all files lie: a tag or field such as
 * `../../etc` that leads out of that folder is refused with an UnrecoverableError.
 */
export function chunkPath(template: Template, chunk: Pick<Chunk, 'id' | 'metadata'>): string {
  const expanded = template.expand(chunk);
  const fixed = template.text.split(/\$\{|%/, 1)[0]!;
  const folder = path.resolve(fixed.endsWith('/') ? fixed : path.dirname(fixed));
  const found = path.resolve(expanded);
  if (found.includes('\0') || !isWithin(folder, found)) {
    throw new UnrecoverableError(`path '${expanded}' leads out of ${folder}: a tag or field of the chunk has '..' in it`);
  }
  return expanded;
}

function isWithin(folder: string, file: string): boolean {
  return file.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}
