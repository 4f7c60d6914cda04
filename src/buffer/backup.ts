/** The folder for chunks that can never be delivered: `ROOT/backup/workerN/PLUGIN_ID/CHUNK_ID.log`. */
import { closeSync, fstatSync, fsyncSync, ftruncateSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { PluginContext } from '../plugin.ts';

/** Where the backup folder lies if `<system>` has no root_dir. */
const DEFAULT_ROOT = '/tmp/fluent';
/** What may not stand in the name of a folder. */
const UNSAFE = /[ "/\\:;|*<>?]/g;

/** Keeps the bytes of a chunk on the disk, all or none; returns the file. Throws what the file system throws. */
export type Backup = (id: string, bytes: Buffer) => string;

export function createBackup(context: Pick<PluginContext, 'id' | 'path' | 'system' | 'workerId'>): Backup {
  const { system } = context;
  return (id, bytes) => {
    const root = context.path(system.rootDir ?? DEFAULT_ROOT);
    const folder = path.join(root, 'backup', `worker${context.workerId}`, context.id.replace(UNSAFE, '_'));
    mkdirSync(folder, { recursive: true, mode: system.dirPermission ?? 0o755 });
    const file = path.join(folder, `${id}.log`);
    appendWhole(file, bytes, system.filePermission ?? 0o644);
    return file;
  };
}

function appendWhole(file: string, bytes: Buffer, mode: number): void {
  const handle = openSync(file, 'a', mode);
  try {
    const { size } = fstatSync(handle);
    try {
      writeFileSync(handle, bytes);
      fsyncSync(handle);
    } catch (error) {
      ftruncateSync(handle, size);
      throw error;
    }
  } finally {
    closeSync(handle);
  }
}
