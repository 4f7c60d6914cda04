/** One interface per kind of plugin, what a plugin is given, and how it is defined. */
import type { ConfigElement } from './config/element.ts';
import type { Fields, Infer, OwnedPlugin } from './config/params.ts';
import type { ConfigProblem, Location } from './errors.ts';
import type { Ack, EventBatch, EventTime, LogEvent, Tag } from './event.ts';
import type { Clock } from './lib/clock.ts';
import type { LogRecord, Value } from './lib/value.ts';
import type { Logger } from './log/logger.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { LineBlock, TextBatch } from './text-batch.ts';

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
}

export interface Filter extends Lifecycle {
  /**
   * The batch that goes on: the same object if nothing changed, fewer or other events otherwise.
   * The result carries the batch's ack. Events kept for later need `ack.retain()`.
   * A promise delays later batches of the same tag, so that their order holds.
   */
  filter(batch: EventBatch): Awaitable<EventBatch>;
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
   * (retry as configured).
   */
  write(chunk: Chunk, signal: AbortSignal): Awaitable<void>;
  /** Events are handled at once by `emit` when the configuration has no `<buffer>` (see `OutputDefinition.buffer`). */
  emit?(batch: EventBatch): Awaitable<void>;
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
}

/** What a parser found. `time` undefined: the caller takes the current time. */
export interface Parsed {
  readonly time: EventTime | undefined;
  readonly record: LogRecord;
}

export interface Parser extends Lifecycle {
  /** One event, several, or undefined if the text does not fit. */
  parse(text: string): Parsed | readonly Parsed[] | undefined;
  /** For parsers of binary data. */
  parseBytes?(bytes: Buffer): readonly Parsed[];
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

/** Where a buffer keeps its chunks; see `src/buffer/chunk.ts`. */
export interface ChunkStorage extends Lifecycle {
  readonly persistent: boolean;
}

export interface ServiceDiscovery extends Lifecycle {
  services(): readonly { readonly host: string; readonly port: number; readonly weight: number; readonly name?: string | undefined;
    readonly standby: boolean; readonly username: string; readonly password: string; readonly sharedKey?: string | undefined }[];
  onChange?(listener: () => void): void;
}

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

export interface SystemSettings {
  readonly workers: number;
  readonly rootDir: string | undefined;
  readonly hostname: string;
  /** From `<system>`; the modes of files and folders that plugins make, such as 0o644. */
  readonly filePermission: number | undefined;
  readonly dirPermission: number | undefined;
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
  createOutput(plugin: OwnedPlugin<'output'>): Output;
  /** One object for all plugins of the agent that ask with the same key; made by the first. */
  shared<T>(key: string, make: () => T): T;
  /** Compiles a template; unknown or missing chunk keys are a ConfigError here. */
  template(name: string, text: string): Template;
  /** Where an absolute path of the configuration lies on this machine (`--root`). */
  path(configured: string): string;
  /** Place of a parameter, for messages. */
  place(param: string): Location | undefined;
  /** A mistake that only `create` can see; collected with all others. */
  problem(problem: ConfigProblem | string): void;
  /** Runs when the plugin is closed, last first. */
  defer(close: () => Awaitable<void>): void;
}

export interface ChunkKeys {
  readonly tag: boolean;
  readonly time: boolean;
  readonly fields: readonly string[];
  /** Seconds. */
  readonly timekey: number | undefined;
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
  /** Pure: opens no file, socket or timer. Throws ConfigError, or uses `context.problem`. */
  create(config: Infer<F>, context: PluginContext): Kinds[K];
}

type Definition<K extends Kind, F extends Fields> = Omit<PluginDefinition<K, F>, 'kind'>;

function define<K extends Kind>(kind: K) {
  return <const F extends Fields>(definition: Definition<K, F>): PluginDefinition<K, F> => ({ kind, ...definition });
}

export const defineInput = define('input');
export const defineFilter = define('filter');
export const defineOutput = define('output');
export const defineParser = define('parser');
export const defineFormatter = define('formatter');
export const defineBuffer = define('buffer');
export const defineStorage = define('storage');
export const defineServiceDiscovery = define('service_discovery');
