/** Everything that a plugin may import, as `#logferry` (or `logferry` from a package of its own). */
export {
  compressionProblem, compressPiece, countEntries, countLines, createFileStorage, decompressPieces, fileStorageFields, memoryLimits, sharedMemoryBudget,
  storageFields,
} from './buffer/index.ts';
export { awsFields } from './config/aws-fields.ts';
export { owned, param, section, withoutEffect } from './config/params.ts';
export type { Fields, Infer, OwnedPlugin, Param, RegexpLiteral } from './config/params.ts';
export type { ConfigElement, ConfigValue } from './config/element.ts';
export { BufferOverflowError, ConfigError, errorText, RetryLaterError, TakebackError, UnrecoverableError } from './errors.ts';
export type { ConfigProblem, Location } from './errors.ts';
export { Ack, ObjectBatch, withEvents } from './event.ts';
export type { EventBatch, EventTime, LogEvent, Tag } from './event.ts';
export { toInspect } from './lib/inspect.ts';
export {
  createHelo, createPing, createPong, createStreamOutput, digestsEqual, encodeAck, encodeAs, encodePackedForward, HELO_BYTES, MessageStream, readAck, readHelo, readMessage,
  readPing, readPong, readValues, sharedKeyDigest, userDigest,
} from './forward-protocol/index.ts';
export type { EventRules, EventsMessage, ForwardMessage, PackedForward, Pong, ReceivedMessage, StreamPart } from './forward-protocol/index.ts';
export { addNewlineField, createConfiguredTimeFormatter, formatterFields, lineEnd, newlineField, timelessFormatterFields } from './format/index.ts';
export { floatText } from './lib/json-number.ts';
export { generateJson, jsonBytes, JsonError, jsonString, parseJson } from './lib/json.ts';
export { decodeMany, MsgpackReader, MsgpackWriter } from './lib/msgpack.ts';
export { decodeText, encodeText, isValidText, scrubText, textByteLength } from './lib/text.ts';
export { Float, isHash, isNumeric, toFloat, toInteger } from './lib/value.ts';
export type { LogRecord, Value } from './lib/value.ts';
export { appendOrUndo } from './lib/append-or-undo.ts';
export { createLogsService, createSigningCredentials } from './lib/aws-client.ts';
export type { AwsClientConfig } from './lib/aws-client.ts';
export { expandBraces } from './lib/braces.ts';
export { BufferPool } from './lib/buffer-pool.ts';
export type { Clock } from './lib/clock.ts';
export { JsonCutter } from './lib/json-cutter.ts';
export { LineCutter } from './lib/line-cutter.ts';
export { findEncoding, isEncodingName, isUtf8Name, UNCHANGED } from './lib/line-encoding.ts';
export type { LineEncoding } from './lib/line-encoding.ts';
export { describeEnd, startShellCommand } from './lib/shell-command.ts';
export type { CommandEnd, ShellCommand } from './lib/shell-command.ts';
export type { Level, LogFields, Logger } from './log/logger.ts';
export { version } from './lib/version.ts';
export { agentSamples } from './metrics/agent-samples.ts';
export { exposition, EXPOSITION_TYPE } from './metrics/exposition.ts';
export { BUFFER_STATUS, bufferStatus, isMultiOutput, members, OUTPUT_STATUS, outputStatus, pluginStatistics, statusOf, TAIL_STATUS, tailStatus } from './metrics/fluentd-status.ts';
export type { Ledger } from './metrics/ledger.ts';
export type { Counter, Ending, Gauge, Labels, Metrics, Sample } from './metrics/metrics.ts';
export { userMetrics } from './metrics/user-metrics.ts';
export {
  AddressList, addressFields, ByteAllowance, compileParsedMessages, compileSource, createHostNames, createIntake, cutByCount, cutByDelimiter, handleMessages,
  listenTcp, listenUdp, listenUnix, MAX_CONNECTIONS, prepareTransport, servePages, sourceFields, TaggedEvents, tooLongFields, transportSection, watchConnections,
} from './net/index.ts';
export type {
  ClientConfig, Connection, ConnectionHandler, HostNames, HttpConnections, Intake, MessageCutter, Packet, Page, PageRequest, Sender, SourceKeys, StreamServer, TcpOptions, Transport, TransportConfig, UdpOptions, UdpServer,
  UnixOptions,
} from './net/index.ts';
export type { Delivery, OutputPlanning, PlannedStream, Scan, ScannedFile, ScanFound, ScanRange } from './planning.ts';
export {
  defineBuffer, defineFilter, defineFormatter, defineInput, defineOutput, defineParser, defineServiceDiscovery, defineStorage,
} from './plugin.ts';
export type {
  AgentView, Awaitable, BufferedOutput, Chunk, ChunkIdentity, ChunkKeys, ChunkMetadata, ChunkStorage, DelayedCommit, Filter, Formatter, Input, Kind, Kinds, Lifecycle,
  Observer, Output, PackedBatch, Parsed, Parser, PluginContext, PluginDefinition, PluginView, ResumedChunk, Router, ServiceDiscovery, Storage, StorageOwner, StoredChunk, SystemSettings, Template,
} from './plugin.ts';
export {
  compileParam, compileTypes, createConfiguredTimeParser, createFinisher, createPatternParser, createRegexpMatcher,
  definePatternParser, limitTime, parserFields, patternOptionFields, rubySplit, textToFloat, textToInteger, timeContextOf,
  valueToFloat, valueToInteger, withDefaults,
} from './parse/index.ts';
export type { FieldFinisher, ParserConfig, RegexpMatcher } from './parse/index.ts';
export { compileExtract, extractSection } from './parse/extract.ts';
export type { Extract, ExtractConfig } from './parse/extract.ts';
export { compileInject, injectSection } from './parse/inject.ts';
export { compileParsedBatches } from './parse/parsed-batches.ts';
export { createStreamReader } from './parse/stream-reader.ts';
export type { DropReason, StreamReader } from './parse/stream-reader.ts';
export type { Inject, InjectConfig } from './parse/inject.ts';
export { compileRegexp, groupText, RegexpError } from './regexp/index.ts';
export type { CompiledRegexp, NamedGroup } from './regexp/index.ts';
export { compileAccessor } from './record/accessor.ts';
export type { RecordAccessor } from './record/accessor.ts';
export { deepRecord, SharedHash, shallowRecord, shareRecord, writable } from './record/shared-hash.ts';
export { compilePrinter, sharedLogWriter, sharedWriter } from './record/stdout-printer.ts';
export { compileSystemdFields, systemdFields } from './record/systemd-fields.ts';
export type { SystemdFieldsConfig } from './record/systemd-fields.ts';
export { compileRecordMetrics, recordMetricFields } from './record/metrics/index.ts';
export { createMonitor, monitorFields } from './record/metrics/monitor.ts';
export { compileModifier, compileTagOfRecord, modifierFields } from './record/modifier/index.ts';
export type { ModifierConfig } from './record/modifier/index.ts';
export { isSteadyRuby } from './record/steady-ruby.ts';
export { perTag, tagValues } from './record/tag-values.ts';
export type { TagValues } from './record/tag-values.ts';
export { textOf } from './record/text-of.ts';
export { emitUntilTaken } from './routing/emit-until-taken.ts';
export { handOn } from './routing/hand-on.ts';
export { compileMatchPattern } from './routing/match-pattern.ts';
export { compileRuby, compileRubyText, copyForRuby, RubyError, RubyEventTime, rubyText, RubyTime, toRecordValue } from './ruby/index.ts';
export type { RubyOptions, RubyProgram, RubyValue } from './ruby/index.ts';
export { timeFields, timeSettings } from './time/fields.ts';
export type { TimeConfig } from './time/fields.ts';
export {
  compileByteTime, compileStrftime, compileStrptime, createTimeFormatter, createTimeParser, effectiveZone, localZone, parseZone,
  TimeParseError,
} from './time/index.ts';
export type { ByteTimeReader, TimeParser, TimeSettings } from './time/index.ts';
export { columnValue, Lease, selectRows, TextBatch } from './text-batch.ts';
export type { Column, ConstantColumn, LineBlock, SpanColumn, Times } from './text-batch.ts';
export { tryPlugin } from './topology/try-plugin.ts';
export type { PlainRecord, TriedEvent, TriedPlugin, TryOptions } from './topology/try-plugin.ts';
