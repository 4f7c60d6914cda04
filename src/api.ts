/** Everything that a plugin may import, as `#logferry` (or `logferry` from a package of its own). */
export { owned, param, section } from './config/params.ts';
export type { Fields, Infer, OwnedPlugin, Param, RegexpLiteral } from './config/params.ts';
export type { ConfigElement, ConfigValue } from './config/element.ts';
export { BufferOverflowError, ConfigError, errorText, RetryLaterError, UnrecoverableError } from './errors.ts';
export type { ConfigProblem, Location } from './errors.ts';
export { Ack, ObjectBatch, withEvents } from './event.ts';
export type { EventBatch, EventTime, LogEvent, Tag } from './event.ts';
export { decodeText, encodeText, isValidText, scrubText, textByteLength } from './lib/text.ts';
export { Float, isHash, isNumeric, toFloat, toInteger } from './lib/value.ts';
export type { LogRecord, Value } from './lib/value.ts';
export type { Clock } from './lib/clock.ts';
export type { Level, LogFields, Logger } from './log/logger.ts';
export type { Counter, Gauge, Metrics } from './metrics/metrics.ts';
export {
  defineBuffer, defineFilter, defineFormatter, defineInput, defineOutput, defineParser, defineServiceDiscovery, defineStorage,
} from './plugin.ts';
export type {
  Awaitable, BufferedOutput, Chunk, ChunkKeys, ChunkMetadata, ChunkStorage, Filter, Formatter, Input, Kind, Kinds, Lifecycle,
  Output, PackedBatch, Parsed, Parser, PluginContext, PluginDefinition, Router, ServiceDiscovery, Storage, SystemSettings, Template,
} from './plugin.ts';
export { columnValue, TextBatch } from './text-batch.ts';
export type { Column, ConstantColumn, LineBlock, SpanColumn, Times } from './text-batch.ts';
