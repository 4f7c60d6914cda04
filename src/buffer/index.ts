/** Buffers: stage, queue, chunks, retries and templates of outputs. */
export { createBufferedOutput, SOFT_LIMIT_BYTES } from './buffered-output.ts';
export type { BufferControl, BufferedOutputOptions, BufferSettings } from './buffered-output.ts';
export { chunkKeysOf } from './chunk-keys.ts';
export { compressPiece, compressionProblem, decompressPieces, type Compress } from './compression.ts';
export { bufferedOutputFields, bufferFields, fileStorageFields, memoryLimits, storageFields } from './fields.ts';
export type { BufferConfig, BufferedOutputConfig, StorageConfig } from './fields.ts';
export { createFileStorage, type ChunkFileForm } from './file-storage.ts';
export { bufferOutput, sharedMemoryBudget, type BufferSection } from './output-with-buffer.ts';
export { compileTemplate, type TemplateContext } from './placeholder.ts';
export type { BufferStatistics } from './statistics.ts';
export { countEntries, countLines } from './whole-events.ts';
