/** Listens for connections on a Unix domain socket. */
import { chmodSync, lstatSync, mkdirSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import { ConfigError, errorText } from '../errors.ts';
import type { PluginContext } from '../plugin.ts';
import type { StreamServer } from './connection.ts';
import { listenStream, type OnConnection } from './stream-server.ts';

export interface UnixOptions {
  /** Of the socket's file; its folder is made if need be. */
  readonly path: string;
  /** Permissions of the file, such as 0o660; the umask decides if absent. */
  readonly mode?: number | undefined;
  readonly backlog?: number | undefined;
  /** See `MAX_CONNECTIONS`. */
  readonly maxConnections?: number | undefined;
}

/** Bytes of a path in a socket address of Linux. */
const MAX_PATH_BYTES = 107;

/**
 * Listens; a file that is in the way is removed, with a warning. The socket's file is removed at the end. Rejects with a
 * ConfigError.
 */
export async function listenUnix(context: PluginContext, options: UnixOptions, onConnection: OnConnection): Promise<StreamServer> {
  const { path: file, mode, backlog } = options;
  const at = context.place('path') ?? context.element.at;
  const explain = (error: unknown): Error => new ConfigError(`the socket '${file}' cannot be listened on: ${errorText(error)}`, at);
  if (Buffer.byteLength(file) > MAX_PATH_BYTES) {
    throw new ConfigError(`the path of a socket has ${MAX_PATH_BYTES} bytes at most, '${file}' has ${Buffer.byteLength(file)}`, at, 'take a shorter one');
  }
  try {
    removeOld(file, context, at);
    const { dirPermission } = context.system;
    mkdirSync(path.dirname(file), { recursive: true, ...(dirPermission === undefined ? {} : { mode: dirPermission }) });
  } catch (error) {
    throw error instanceof ConfigError ? error : explain(error);
  }
  // Node removes the file when the server is closed.
  const server = await listenStream(context, {
    listen: { path: file, exclusive: context.system.ownSockets === true, ...(backlog === undefined ? {} : { backlog }) },
    maxConnections: options.maxConnections,
    explain,
  }, onConnection);
  if (mode !== undefined) chmodSync(file, mode);
  return server;
}

function removeOld(file: string, { log }: PluginContext, at: ConfigError['problems'][number]['at']): void {
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (!found) return;
  if (found.isDirectory()) throw new ConfigError(`path: '${file}' is a folder`, at, 'write the path of a file');
  log.warn(`Found existing '${file}'. Remove this file`);
  unlinkSync(file);
}
