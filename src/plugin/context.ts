/** What a plugin is given. */
import type { ConfigElement } from '../config/element.ts';
import type { OwnedPlugin } from '../config/params.ts';
import type { ConfigProblem, Location } from '../errors.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../log/logger.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { AgentView } from './agent-view.ts';
import type { ChunkKeys, Template } from './chunk.ts';
import type { Kind, Kinds } from './kinds.ts';
import type { Awaitable } from './lifecycle.ts';
import type { Output } from './output.ts';
import type { Router } from './router.ts';

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
