/** Appending to a file, whole or not at all. */
import type { FileHandle } from 'node:fs/promises';

/** Appends and forces to the disk; if that fails the file is as long as before. Gives its former length; closes it in any case. */
export async function appendOrUndo(file: FileHandle, bytes: Buffer): Promise<number> {
  try {
    const { size } = await file.stat();
    try {
      await file.appendFile(bytes);
      await file.datasync();
    } catch (error) {
      await file.truncate(size);
      throw error;
    }
    return size;
  } finally {
    await file.close();
  }
}
