/** Where the bytes of a file come from: the file itself, or its compressed copy. */
import { closeFile, readFile, sizeOfFile } from './file-access.ts';

export interface Content {
  /** Absent if the bytes do not lie in a file as they are. */
  readonly fd: number | undefined;
  /** Number of bytes read: less than `length` at the end. Positions never go back, but for plain files. */
  read(buffer: Buffer, offset: number, length: number, position: number): Promise<number>;
  /** Bytes that there are now; Infinity if that is not known before the end. */
  size(): number;
  /** May be called more than once. */
  close(): Promise<void>;
}

export function plainContent(fd: number): Content {
  let open = true;
  return {
    fd,
    read: (buffer, offset, length, position) => readFile(fd, buffer, offset, length, position),
    size: () => sizeOfFile(fd),
    async close() {
      if (open) {
        open = false;
        await closeFile(fd);
      }
    },
  };
}
