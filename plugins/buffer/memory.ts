/** Keeps chunks in memory. What is not delivered when the process ends is read again by inputs that keep their place. */
import { defineBuffer, memoryLimits, storageFields, type StoredChunk } from '#logferry';

export default defineBuffer({
  type: 'memory',
  doc: 'Keeps chunks in memory: fast, and lost with the process unless the input can read the events again.',
  config: storageFields(memoryLimits),

  create() {
    return { persistent: false, create: createMemoryChunk };
  },
});

function createMemoryChunk(): StoredChunk {
  let parts: Buffer[] = [];
  let byteLength = 0;
  const join = (): Buffer => {
    if (parts.length > 1) parts = [Buffer.concat(parts, byteLength)];
    return parts[0] ?? Buffer.alloc(0);
  };
  const drop = (): void => {
    parts = [];
    byteLength = 0;
  };
  return {
    append(bytes) {
      parts.push(bytes);
      byteLength += bytes.length;
    },
    truncate(length) {
      parts = [join().subarray(0, length)];
      byteLength = length;
    },
    enqueue() {},
    read: join,
    purge: drop,
    close: drop,
  };
}
