/** Writing a chunk's bytes to a file, whole or not at all; then they are on the disk, as the buffer forgets them. */
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { appendOrUndo, compressPiece, type Chunk } from '#logferry';
import { INDEX } from './path-template.ts';

export interface WriteOptions {
  readonly append: boolean;
  readonly fileMode: number;
  readonly dirMode: number;
}

/** The bytes that a file gets; a chunk that is kept in the wanted compression is not compressed again. */
export async function fileBytes(chunk: Chunk, compress: 'text' | 'gzip' | 'zstd', recompress: boolean): Promise<Buffer> {
  if (compress !== 'text' && !recompress && chunk.stored) {
    const stored = await chunk.stored();
    if (stored.compress === compress) return stored.bytes;
  }
  return compressPiece(await chunk.read(), compress);
}

/**
 * Writes bytes to a file; its folders are made. With `append` behind what is there, else into the first file
 * whose number in place of `_**` is free. Returns the path. If the write fails nothing of it stays.
 */
export async function writeFile(template: string, bytes: Buffer, options: WriteOptions): Promise<string> {
  await mkdir(path.dirname(template), { recursive: true, mode: options.dirMode });
  if (options.append) {
    const file = await open(template, 'a', options.fileMode);
    await writeOrUndo(template, file, bytes);
    return template;
  }
  for (let i = 0; ; i++) {
    const name = template.replace(INDEX, () => `_${i}`);
    const file = await openNew(name, options.fileMode);
    if (!file) continue;
    await writeOrUndo(name, file, bytes);
    return name;
  }
}

async function openNew(name: string, mode: number): Promise<FileHandle | undefined> {
  try {
    return await open(name, 'ax', mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  }
}

async function writeOrUndo(name: string, file: FileHandle, bytes: Buffer): Promise<void> {
  if ((await appendOrUndo(file, bytes)) === 0) await syncFolder(path.dirname(name));
}

/** So that a new name is on the disk, too; not every file system can do that. */
async function syncFolder(name: string): Promise<void> {
  const folder = await open(name, 'r');
  try {
    await folder.sync().catch(() => {});
  } finally {
    await folder.close();
  }
}
