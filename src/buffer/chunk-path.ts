/** Where the files of a file buffer lie, and what their names say. */
import { statSync } from 'node:fs';
import path from 'node:path';
import { ConfigError, type Location } from '../errors.ts';
import type { PluginContext, StorageOwner } from '../plugin.ts';

/** Names are `prefix` + `.` + state and id + `.` + `suffix`. */
export interface ChunkPaths {
  readonly folder: string;
  readonly prefix: string;
  readonly suffix: string;
  /** Another folder in which an earlier run may have left chunks. */
  readonly formerFolder: string | undefined;
}

export interface ChunkFileName {
  readonly file: string;
  readonly state: 'staged' | 'queued';
  /** As in the name: hexadecimal digits. */
  readonly id: string;
  /** What stands between prefix and state, without dots around it, if there is something: file_single keeps the chunk key there. */
  readonly key: string | undefined;
}

export interface PathSettings {
  readonly path: string | undefined;
  /** Name of a file before the state and id: `buffer` or `fsb`. */
  readonly prefix: string;
  /** With its dot: `.log`. */
  readonly suffix: string;
  readonly place: Location | undefined;
}

type Surroundings = Pick<PluginContext, 'path' | 'shared' | 'system' | 'workerId'>;

/**
 * The folder and the names that a `path` means: a folder, `folder/prefix.*.suffix`, or the beginning of names.
 * Throws a ConfigError if there is no path, or another buffer uses it.
 */
export function resolveChunkPaths(settings: PathSettings, owner: StorageOwner, context: Surroundings): ChunkPaths {
  const { system, workerId } = context;
  const given = settings.path ?? ownFolder(owner, context) ?? owner.defaultPath;
  if (given === undefined) {
    throw new ConfigError(`buffer path is not configured for output '${owner.type}'`, settings.place, "specify 'path' in <buffer>, or @id and <system> root_dir");
  }
  const used = context.shared('buffer paths', () => new Map<string, string>());
  const other = used.get(given);
  if (other !== undefined) {
    throw new ConfigError(`Other '${other}' plugin already uses same buffer path: type = ${owner.type}, buffer path = ${given}`, settings.place);
  }
  used.set(given, owner.type);

  const file = context.path(given);
  const { prefix, suffix } = settings;
  const base = path.basename(file);
  if (isFolder(file) ?? !base.includes('.*')) {
    const isPrivate = settings.path === undefined && ownFolder(owner, context) !== undefined;
    if (isPrivate || system.workers <= 1) return { folder: file, prefix, suffix, formerFolder: undefined };
    return { folder: path.join(file, `worker${workerId}`), prefix, suffix, formerFolder: workerId === 0 ? file : undefined };
  }
  if (system.workers > 1) {
    throw new ConfigError(`the buffer path ${given} names files: with several workers it has to be a folder`, settings.place);
  }
  const folder = path.dirname(file);
  const star = base.lastIndexOf('.*');
  if (star === -1) return { folder, prefix: base, suffix, formerFolder: undefined };
  return { folder, prefix: base.slice(0, star), suffix: base.slice(star + 2) || suffix, formerFolder: undefined };
}

/** The folder of a plugin with an `@id` below `<system> root_dir`. */
function ownFolder(owner: StorageOwner, { system, workerId }: Surroundings): string | undefined {
  if (system.rootDir === undefined || !owner.configured) return undefined;
  return path.join(system.rootDir, `worker${workerId}`, owner.id, 'buffer');
}

function isFolder(file: string): boolean | undefined {
  const found = statSync(file, { throwIfNoEntry: false });
  return found?.isDirectory();
}

/** The file of a chunk in a state. */
export function chunkFile({ folder, prefix, suffix }: ChunkPaths, state: ChunkFileName['state'], id: string, key?: string): string {
  const middle = key === undefined ? '' : `.${key}`;
  return path.join(folder, `${prefix}${middle}.${state === 'staged' ? 'b' : 'q'}${id}${suffix}`);
}

/** What a file's name says; undefined if it is no chunk of this buffer. `.meta` files are none. */
export function readChunkName(name: string, { prefix, suffix }: Pick<ChunkPaths, 'prefix' | 'suffix'>): Omit<ChunkFileName, 'file'> | undefined {
  if (!name.startsWith(`${prefix}.`) || !name.endsWith(suffix)) return undefined;
  const middle = name.slice(prefix.length, name.length - suffix.length);
  const found = /^(?:\.(.*))?\.([bq])([0-9a-f]+)$/s.exec(middle);
  if (!found) return undefined;
  return { state: found[2] === 'b' ? 'staged' : 'queued', id: found[3]!, key: found[1] };
}

/** The file of a chunk's checksums, whatever its state: Fluentd's patterns do not match names that begin with a dot. */
export function sumsFile({ folder, prefix }: Pick<ChunkPaths, 'folder' | 'prefix'>, id: string): string {
  return path.join(folder, `.${prefix}.${id}.sums`);
}

/** The id in the name of a file of checksums, finished or not; undefined if it is none of this buffer. */
export function readSumsName(name: string, { prefix }: Pick<ChunkPaths, 'prefix'>): string | undefined {
  if (!name.startsWith(`.${prefix}.`)) return undefined;
  return /^([0-9a-f]+)\.sums(?:\.new)?$/.exec(name.slice(prefix.length + 2))?.[1];
}
