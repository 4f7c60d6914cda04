/** Buffers: stage, queue, chunks, retries and templates of outputs. */
export { createBufferedOutput, SOFT_LIMIT_BYTES } from './buffered-output.ts';
export type { BufferControl, BufferedOutputOptions, BufferSettings } from './buffered-output.ts';
export { createChunkFile } from './chunk-file.ts';
export { countEntries, makeChunkFolder, resumeChunks } from './chunk-folder.ts';
export { chunkKeysOf } from './chunk-keys.ts';
export { chunkFile, resolveChunkPaths, type ChunkPaths } from './chunk-path.ts';
export { compressPiece, compressionProblem, decompressPieces, type Compress } from './compression.ts';
export { bufferedOutputFields, bufferFields, fileLimits, fileMode, memoryLimits, storageFields } from './fields.ts';
export type { BufferConfig, BufferedOutputConfig, StorageConfig } from './fields.ts';
export { bufferOutput, type BufferSection } from './output-with-buffer.ts';
export { compileTemplate, type TemplateContext } from './placeholder.ts';
export type { BufferStatistics } from './statistics.ts';
