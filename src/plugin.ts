/** One interface per kind of plugin, what a plugin is given, and how it is defined. */
import type { ConfigElement } from './config/element.ts';
import type { Fields, Infer, OwnedPlugin } from './config/params.ts';
import type { ConfigProblem, Location } from './errors.ts';
import type { Ack, EventBatch, EventTime, LogEvent, Tag } from './event.ts';
import type { Clock } from './lib/clock.ts';
import type { LogRecord, Value } from './lib/value.ts';
import type { Logger } from './log/logger.ts';
import type { Ledger } from './metrics/ledger.ts';
import type { Metrics, Sample } from './metrics/metrics.ts';
import type { OutputPlanning, Scan } from './planning.ts';
import type { LineBlock, TextBatch } from './text-batch.ts';
import type { Zone } from './time/zone.ts';

/** A value, now or later. */
export type Awaitable<T> = T | Promise<T>;

/** What the core calls, in this order; each is optional. */
export interface Lifecycle {
  /** Opens and begins; outputs first, inputs last. */
  start?(): Awaitable<void>;
  /** Takes nothing new; inputs first. */
  stop?(): Awaitable<void>;
  /** Delivers what is held; gives up when the signal is aborted. */
  flush?(signal: AbortSignal): Awaitable<void>;
  /** Frees everything; called exactly once, even if `start` failed. */
  close?(): Awaitable<void>;
}

/** Emits batches through `context.router` between `start` and `stop`. */
export interface Input extends Lifecycle {
  /** SIGUSR1 and the like: state that a user may want to see (monitor_agent). */
  status?(): Readonly<Record<string, unknown>>;
  /** Of inputs with a position: how much was read that is not safe yet, in pieces of any size; 0 when the position covers all of it. */
  unacknowledged?(): number;
  /** For a dry run, instead of `start`: reads once all that is there, to its end, without positions. Absent: it waits for others. */
  scan?(scan: Scan): Promise<void>;
}

/** Changes events on their way, or keeps them back. */
export interface Filter extends Lifecycle {
  /**
   * The batch that goes on: the same object if nothing changed, fewer or other events otherwise.
   * The result carries the batch's ack. Events kept for later need `ack.retain()`.
   * A promise delays later batches of the same tag, so that their order holds.
   */
  filter(batch: EventBatch): Awaitable<EventBatch>;
  /**
   * Gives on what is held for more lines to come, as after a timeout, and goes on: an input before it is about to be
   * replaced, and its successor reads again what was not acknowledged.
   */
  release?(): Awaitable<void>;
}

/** An output that handles events at once. */
export interface Output extends Lifecycle {
  /** Handles the batch; the core settles its ack when this returns (see {@link Ack}). */
  emit(batch: EventBatch): Awaitable<void>;
}

/** An output that gets chunks; buffering, retries and secondary are the core's. */
export interface BufferedOutput extends Lifecycle {
  /** One event's bytes in a chunk. Absent: MessagePack `[time, record]`, as Fluentd's default. */
  format?(tag: Tag, time: EventTime, record: LogRecord): string | Uint8Array;
  /**
   * A whole batch as bytes of the output's own form, for memory buffers without record keys; the
   * chunk then has `packed`. `size` is what counts against chunk_limit_size.
   */
  pack?(batch: EventBatch): PackedBatch;
  /**
   * Delivers one chunk. Throws UnrecoverableError (no retry), RetryLaterError or any other error
   * (retry as configured). A {@link DelayedCommit} frees the flush thread before the chunk is delivered.
   */
  write(chunk: Chunk, signal: AbortSignal): Awaitable<void | DelayedCommit>;
  /** Formatted bytes of what `pack` gave; for the backup of chunks that cannot be delivered. */
  unpack?(packed: Buffer): Uint8Array;
  /** The agent is ending: pauses within `write` should become short from now on. */
  hurry?(): void;
  /** What `pack` gave is not needed any more: its buffers may be used again. */
  recycle?(packed: readonly Buffer[]): void;
  /** A new chunk was staged; `path` is there if it is a file. */
  staged?(chunk: Pick<Chunk, 'id' | 'metadata' | 'path'>): void;
  /** How chunks are compressed if `<buffer>` does not say it. */
  readonly compress?: 'text' | 'gzip' | 'zstd' | undefined;
  /** Of outputs whose configuration names a path: where the file buffer keeps its chunks if `<buffer>` has no path. */
  readonly bufferPath?: string | undefined;
  /** For a dry run, instead of `write`: what would be sent where. */
  readonly planning?: OutputPlanning | undefined;
  /** Events are handled at once by `emit` when the configuration has no `<buffer>` (see `OutputDefinition.buffer`). */
  emit?(batch: EventBatch): Awaitable<void>;
}

/**
 * The chunk was handed on; it is kept until `committed` resolves, and tried again if that rejects: as a failed try, or, with a
 * TakebackError, at once.
 */
export interface DelayedCommit {
  readonly committed: Promise<void>;
}

export interface PackedBatch {
  readonly bytes: Buffer;
  readonly events: number;
  readonly size: number;
}

/** What the events of one chunk have in common. */
export interface ChunkMetadata {
  readonly tag?: Tag | undefined;
  /** Start of the time slot, in seconds since 1970. */
  readonly timekey?: number | undefined;
  /** Values of the record fields that are chunk keys, in the order of the keys. */
  readonly variables?: ReadonlyMap<string, Value> | undefined;
  /** A counter that tells chunks with equal keys apart once they are queued. */
  readonly seq?: number | undefined;
}

/** A chunk as an output sees it. */
export interface Chunk {
  /** 16 bytes as 32 hexadecimal digits. */
  readonly id: string;
  readonly metadata: ChunkMetadata;
  readonly eventCount: number;
  readonly byteLength: number;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly modifiedAt: number;
  /** The formatted bytes, uncompressed. */
  read(): Awaitable<Buffer>;
  /** The events of a chunk in the default MessagePack format. */
  events(): Awaitable<readonly LogEvent[]>;
  /** What `pack` gave, in order; undefined if this chunk holds formatted bytes. */
  readonly packed: readonly Buffer[] | undefined;
  /** Its file, if the buffer keeps chunks in files. */
  readonly path?: string | undefined;
  /** The bytes as they are kept, and how they are compressed. */
  stored?(): Awaitable<{ readonly compress: 'text' | 'gzip' | 'zstd'; readonly bytes: Buffer }>;
}

/**
 * One event of a parsed text. `time` is undefined only if the text had none and the parser must not
 * take the current time (`estimate_current_event false`): an input treats the text as unmatched then,
 * a filter keeps the event's time.
 */
export interface Parsed {
  readonly time: EventTime | undefined;
  readonly record: LogRecord;
}

/** Reads events from text or bytes (`<parse>`). */
export interface Parser extends Lifecycle {
  /**
   * One event, several, or undefined if the text does not fit; an undefined among several is a part
   * that does not fit. Throws where Fluentd raises (a time that cannot be read): the text is then
   * dropped with a warning, and is not treated as unmatched.
   *
   * `asBytes`: the encoding of the text is not known (an input without `encoding`), so patterns
   * match single bytes, as in Ruby.
   */
  parse(text: string, asBytes?: boolean): Parsed | readonly (Parsed | undefined)[] | undefined;
  /** For parsers of binary data. */
  parseBytes?(bytes: Buffer): readonly (Parsed | undefined)[];
  /**
   * Lines to a batch without making strings, or undefined if this block needs `parse` line by line
   * (a line does not fit, is odd, ...). Must give exactly what `parse` would.
   */
  parseLines?(lines: LineBlock, tag: Tag): TextBatch | undefined;
  /** Present if an event spans several lines. */
  readonly multiline?: {
    /** Whether a new event begins here; absent: as soon as the lines so far match. */
    readonly firstLine?: ((text: string) => boolean) | undefined;
  };
}

/** Writes one event as text or bytes (`<format>`). */
export interface Formatter extends Lifecycle {
  format(tag: Tag, time: EventTime, record: LogRecord): string | Uint8Array;
}

/** Keeps a few values over restarts (`<storage>`). */
export interface Storage extends Lifecycle {
  get(key: string): Value | undefined;
  put(key: string, value: Value): void;
  delete(key: string): void;
  /** Writes what changed, if it is persistent. */
  save(): void;
}

/** Where a buffer keeps its chunks (`<buffer> @type`); staging, queue and limits are the core's. */
export interface ChunkStorage extends Lifecycle {
  /** Whether chunks outlive the process: then a write into the storage settles acknowledgements, at once or as `whenSafe` says. */
  readonly persistent: boolean;
  /** Of a persistent storage: calls back when all that was appended so far is as safe as the storage promises. Absent: it always is. */
  whenSafe?(done: () => void): void;
  /** Called once while the graph is created: opens nothing. Throws a ConfigError if it cannot serve this output. */
  attach?(owner: StorageOwner): void;
  /** An empty chunk. */
  create(chunk: ChunkIdentity): StoredChunk;
  /** What an earlier run left, staged chunks and queued ones; called once, after `start`. */
  resume?(): readonly ResumedChunk[];
}

/** The output whose chunks a storage keeps. */
export interface StorageOwner {
  readonly id: string;
  readonly type: string;
  /** Whether the output has an `@id`. */
  readonly configured: boolean;
  readonly chunkKeys: ChunkKeys;
  /** What the output offers as path, see `BufferedOutput.bufferPath`. */
  readonly defaultPath: string | undefined;
  /** Whether events are MessagePack (and not the text of a formatter). */
  readonly msgpack: boolean;
  /** Chunks are compressed so. */
  readonly compress: 'text' | 'gzip' | 'zstd';
  /** Keeps bytes that are no usable chunk, or the end of one, with so many events as far as that is known, before the storage removes them. */
  setAside(id: string, bytes: Buffer, events: number): void;
}

/** What a chunk is from its beginning. */
export interface ChunkIdentity {
  readonly id: string;
  readonly metadata: ChunkMetadata;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** One chunk's bytes in a storage. */
export interface StoredChunk {
  readonly path?: string | undefined;
  /**
   * Adds bytes behind those that are there. `events` and `modifiedAt` (milliseconds since 1970) are
   * the chunk's new totals. Throws if it cannot: then nothing was added. The bytes may be kept: nobody
   * changes them afterwards.
   */
  append(bytes: Buffer, events: number, modifiedAt: number): void;
  /** Takes back what was added behind the first `byteLength` bytes. */
  truncate(byteLength: number, events: number, modifiedAt: number): void;
  /** The chunk takes no more events. */
  enqueue(): void;
  /** All bytes, as they were added. */
  read(): Awaitable<Buffer>;
  /** The chunk was delivered, or dropped on purpose. */
  purge(): void;
  /** Frees what is open; a persistent chunk stays. */
  close(): void;
}

/** A chunk of an earlier run. */
export interface ResumedChunk extends ChunkIdentity {
  readonly state: 'staged' | 'queued';
  readonly byteLength: number;
  readonly eventCount: number;
  readonly modifiedAt: number;
  readonly stored: StoredChunk;
}

/** Tells which servers there are (`<service_discovery>`). */
export interface ServiceDiscovery extends Lifecycle {
  services(): readonly { readonly host: string; readonly port: number; readonly weight: number; readonly name?: string | undefined;
    readonly standby: boolean; readonly username: string; readonly password: string; readonly sharedKey?: string | undefined }[];
  onChange?(listener: () => void): void;
}

/** What `create` gives for each kind. */
export interface Kinds {
  input: Input;
  filter: Filter;
  output: Output | BufferedOutput;
  parser: Parser;
  formatter: Formatter;
  buffer: ChunkStorage;
  storage: Storage;
  service_discovery: ServiceDiscovery;
}
/** The kinds of plugins. */
export type Kind = keyof Kinds;

/** Where an emitted batch goes. */
export interface Router {
  /**
   * Takes the batch and one claim of its ack. Returns undefined when all is done, a promise where
   * the caller should wait before it emits more (back-pressure). Throws (or rejects with)
   * BufferOverflowError when the events were not taken: then the claim is still the caller's.
   */
  emit(batch: EventBatch): void | Promise<void>;
  /** To the `@ERROR` label, or into the agent's log if there is none. Takes one claim of the ack. */
  emitError(tag: Tag, event: LogEvent, error: unknown, ack?: Ack): void;
}

/** A template such as `path/${tag}/%Y%m%d` made into a function of the chunk (see `src/buffer/placeholder.ts`). */
export interface Template {
  readonly text: string;
  expand(chunk: Pick<Chunk, 'id' | 'metadata'>): string;
}

/** What `<system>` and the machine say to all plugins. */
export interface SystemSettings {
  readonly workers: number;
  readonly rootDir: string | undefined;
  readonly hostname: string;
  /** From `<system>`; the modes of files and folders that plugins make, such as 0o644. */
  readonly filePermission: number | undefined;
  readonly dirPermission: number | undefined;
  /** How many bytes of events the agent may hold in memory; absent: derived from the machine. */
  readonly memoryLimit?: number | undefined;
  /** `<system> disable_shared_socket`: each worker listens for itself, and an address serves one of them. */
  readonly ownSockets?: boolean | undefined;
  /** `<system> enable_size_metrics`: the bytes of events are counted where they are emitted. */
  readonly countSizes?: boolean | undefined;
}

/** What the agent shows of itself, for plugins that tell others of it (`monitor_agent`, `prometheus`, ...). */
export interface AgentView {
  /** Seconds since 1970. */
  readonly startedAt: number;
  readonly configFile: string;
  /** The whole configuration. */
  readonly config: ConfigElement;
  /** Every plugin that runs, what others own behind its owner; in the order inputs, outputs, filters. */
  plugins(): readonly PluginView[];
  /** Every series of metrics as it stands now. */
  metrics(): Iterable<Sample>;
  ledger(): Ledger;
  /** Tells of each batch at each step until the function that it gives is called. */
  watch(observer: Observer): () => void;
}

export interface PluginView {
  readonly id: string;
  /** Whether the configuration gave the id. */
  readonly configured: boolean;
  readonly kind: Kind;
  readonly type: string;
  readonly element: ConfigElement;
  readonly plugin: Kinds[Kind];
  /** Of outputs: whether it has a buffer, and what that tells of itself; the names are Fluentd's. */
  readonly buffered: boolean;
  statistics(): Readonly<Record<string, unknown>> | undefined;
  /** Names of its parameters that must not be shown. */
  readonly secrets: ReadonlySet<string>;
  readonly step: Step | undefined;
}

/** One input, filter or output, with totals in records since the start. */
export interface Step {
  readonly kind: 'input' | 'filter' | 'output';
  readonly type: string;
  readonly id: string;
  /** Whether the configuration gave the id. */
  readonly configured: boolean;
  /** The label that it stands in; `@ROOT` is the top level. */
  readonly label: string;
  /** Of filters and outputs with a place of their own: the pattern as written. */
  readonly pattern: string | undefined;
  readonly at: Location;
  /** Of the output of a `<store>`: what it is a store of. */
  readonly owner: Step | undefined;
  /** Filters and outputs: given to it. */
  readonly received: number;
  /** Filters: handed on. */
  readonly passed: number;
  /** Emitted into a router: all of an input's, what an output re-emits, what a filter lets go later. */
  readonly emitted: number;
  /** Given to `emitError`. */
  readonly failed: number;
  /** Outputs: batches that were given to it. */
  readonly batches: number;
  /** Bytes of its events as MessagePack: of what an input emitted, a filter handed on, an output was given; absent if they are not counted. */
  readonly bytes?: number | undefined;
}

/** Sees each batch at each step, synchronously: bytes of a batch are lent for the call only. */
export interface Observer {
  /** Emitted into a router, before it is routed. */
  emitted?(step: Step, label: string, batch: EventBatch): void;
  /** A filter took `before` and gave `after`, which may be the same or empty. */
  filtered?(step: Step, before: EventBatch, after: EventBatch): void;
  /** Given to an output, before it does anything. */
  received?(step: Step, batch: EventBatch): void;
  /** Given to `emitError`. */
  failed?(step: Step, tag: Tag, event: LogEvent, error: unknown): void;
  /** No `<match>` of the label took it. */
  unmatched?(label: string, batch: EventBatch): void;
}

/** Everything that a plugin may use of the agent. */
export interface PluginContext {
  readonly kind: Kind;
  readonly type: string;
  /** `@id`, or a generated one that changes with every start. */
  readonly id: string;
  /** True if `@id` was given. */
  readonly configured: boolean;
  readonly element: ConfigElement;
  readonly log: Logger;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly system: SystemSettings;
  readonly workerId: number;
  /** The router that the plugin's place and `@label` give. */
  readonly router: Router;
  /** Of an output: whether chunks are used (a `<buffer>` is there, or the output always has one). */
  readonly buffered: boolean;
  /** Of a buffered output: its chunk keys. */
  readonly chunkKeys: ChunkKeys;
  /** The router of a label such as `@NORMAL`; a ConfigError if there is none. `@ROOT` is the top level. */
  label(name: string, at?: Location): Router;
  /** Creates the plugin of a `<parse>`, `<format>` ... section; its life follows this plugin's. */
  create<K extends Kind>(plugin: OwnedPlugin<K>): Kinds[K];
  /** Creates the output of a `<store>`: with its buffer if it has one; its life follows this plugin's. */
  createOutput(plugin: OwnedPlugin<'output'>): Pick<Output, 'emit'>;
  /** One object for all plugins of the agent that ask with the same key; made by the first. */
  shared<T>(key: string, make: () => T): T;
  /**
   * Compiles a template such as `path/${tag}/%Y%m%d`. Placeholders of what is no chunk key stay as they are, with
   * a warning; with `known` they are a ConfigError, with `complete` chunk keys that the template lacks are one too.
   */
  template(name: string, text: string, options?: { readonly check?: 'known' | 'complete' | undefined }): Template;
  /** Where an absolute path of the configuration lies on this machine (`--root`). */
  path(configured: string): string;
  /** The inverse: a path of this machine as the configuration (and a tag) has it. */
  configuredPath(actual: string): string;
  /** Place of a parameter, for messages. */
  place(param: string): Location | undefined;
  /** A mistake that only `create` can see; collected with all others. */
  problem(problem: ConfigProblem | string): void;
  /** Nothing will be started, sent or written: what would be written without a start must not be, either. */
  readonly dryRun?: boolean | undefined;
  /** The agent around the plugin; to be asked once it runs, not in `create`. */
  readonly agent: AgentView;
  /** Runs when the plugin is closed, last first. */
  defer(close: () => Awaitable<void>): void;
}

/** What the events of one chunk have in common, as `<buffer KEYS>` says. */
export interface ChunkKeys {
  readonly tag: boolean;
  readonly time: boolean;
  readonly fields: readonly string[];
  /** Seconds. */
  readonly timekey: number | undefined;
  /** In which time slots begin and templates are written; UTC if absent. */
  readonly zone?: Zone | undefined;
}

/** Groups of old flat parameters, see `src/config/legacy.ts`. */
export type LegacyGroup = 'buffer' | 'inject' | 'extract' | 'parser' | 'formatter';

/** How an output buffers. */
export interface BufferSupport {
  /**
   * `always`: chunks, whether or not `<buffer>` is written; `optional`: chunks only with `<buffer>`,
   * else `emit`.
   */
  readonly mode: 'always' | 'optional';
  /** Chunk keys where `<buffer>` has no argument. */
  readonly chunkKeys?: readonly string[];
  /** Defaults of `<buffer>` parameters that differ for this output. */
  readonly defaults?: Readonly<Record<string, unknown>>;
}

/** The declaration of a plugin: everything about it is in here or derives from it. */
export interface PluginDefinition<K extends Kind = Kind, F extends Fields = Fields> {
  readonly kind: K;
  /** Its `@type`. */
  readonly type: string;
  /** A sentence or more: what it does. For the reference. */
  readonly doc: string;
  readonly config: F;
  /** Outputs only. */
  readonly buffer?: BufferSupport;
  /** Old flat parameters that stand for those of a section (`format json` for `<parse>`). */
  readonly legacy?: readonly LegacyGroup[];
  /** Cannot run in several workers at once (it would read the same thing twice). */
  readonly singleWorker?: boolean;
  /** Outputs that hand events on to labels, tags or stores and do nothing else: a dry run lets them work. */
  readonly handsOn?: boolean;
  /** Pure: opens no file, socket or timer. Throws ConfigError, or uses `context.problem`. */
  create(config: Infer<F>, context: PluginContext): Kinds[K];
}

type Definition<K extends Kind, F extends Fields> = Omit<PluginDefinition<K, F>, 'kind'>;

function define<K extends Kind>(kind: K) {
  return <const F extends Fields>(definition: Definition<K, F>): PluginDefinition<K, F> => ({ kind, ...definition });
}

/** Declares an input: what a `<source>` holds. */
export const defineInput = define('input');
/** Declares a filter: what a `<filter>` holds. */
export const defineFilter = define('filter');
/** Declares an output: what a `<match>` or `<store>` holds. */
export const defineOutput = define('output');
/** Declares a parser: what a `<parse>` holds. */
export const defineParser = define('parser');
/** Declares a formatter: what a `<format>` holds. */
export const defineFormatter = define('formatter');
/** Declares a buffer: where chunks are kept. */
export const defineBuffer = define('buffer');
/** Declares a storage: where a plugin keeps a few values over restarts. */
export const defineStorage = define('storage');
/** Declares a service discovery. */
export const defineServiceDiscovery = define('service_discovery');
