/** One interface per kind of plugin, what a plugin is given, and how it is defined. */
export type { AgentView, Observer, PluginView, Step } from './plugin/agent-view.ts';
export type { Chunk, ChunkKeys, ChunkMetadata, Template } from './plugin/chunk.ts';
export type { ChunkIdentity, ChunkStorage, ResumedChunk, StorageOwner, StoredChunk } from './plugin/chunk-storage.ts';
export type { PluginContext, SystemSettings } from './plugin/context.ts';
export {
  defineBuffer, defineFilter, defineFormatter, defineInput, defineOutput, defineParser, defineServiceDiscovery, defineStorage,
} from './plugin/definition.ts';
export type { BufferSupport, LegacyGroup, PluginDefinition } from './plugin/definition.ts';
export type { Filter } from './plugin/filter.ts';
export type { Formatter } from './plugin/formatter.ts';
export type { Input } from './plugin/input.ts';
export type { Kind, Kinds } from './plugin/kinds.ts';
export type { Awaitable, Lifecycle } from './plugin/lifecycle.ts';
export type { BufferedOutput, DelayedCommit, Output, PackedBatch } from './plugin/output.ts';
export type { Parsed, Parser } from './plugin/parser.ts';
export type { Router } from './plugin/router.ts';
export type { ServiceDiscovery } from './plugin/service-discovery.ts';
export type { Storage } from './plugin/storage.ts';
