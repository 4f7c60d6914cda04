/** The agent from configuration to exit: read -> create -> start -> run -> drain. */
import { hostname } from 'node:os';
import path from 'node:path';
import { dumpConfig } from './config/dump.ts';
import type { ConfigElement } from './config/element.ts';
import type { Evaluate } from './config/embedded.ts';
import { ConfigReader, placeOf } from './config/schema.ts';
import { addConfigDirectory, readConfig, type ReadOptions } from './config/read.ts';
import { secretNames } from './config/secrets.ts';
import { findSystem, systemFields, type SystemConfig } from './config/system.ts';
import { ConfigError, problemText, type Location } from './errors.ts';
import { systemClock, type Clock } from './lib/clock.ts';
import { fromFolder, mountsOf, toFolder, type Mount } from './lib/mounts.ts';
import { AgentLog } from './log/agent-log.ts';
import { openLogFile } from './log/log-file.ts';
import { LEVELS, type Level } from './log/logger.ts';
import { addCoreMetrics, type CoreMetrics } from './metrics/core-metrics.ts';
import { computeLedger, ledgerText, type Ledger } from './metrics/ledger.ts';
import { MetricsRegistry } from './metrics/metrics.ts';
import type { AgentView, Observer, SystemSettings } from './plugin.ts';
import type { Registry } from './registry.ts';
import { parseRpcEndpoint, startRpc, type RpcActions } from './rpc.ts';
import { configEvaluator, systemHost, type RubyHost } from './ruby/index.ts';
import { compileStrftime } from './time/strftime.ts';
import { localZone } from './time/zone.ts';
import { buildGraph, type Graph } from './topology/build.ts';
import type { StandIn } from './topology/context.ts';
import { createObservers, type ObserverList } from './topology/observers.ts';
import { routeOwnLog } from './topology/own-log.ts';
import { RunningGraph } from './topology/running.ts';

export interface AgentOptions {
  readonly configFile: string;
  readonly registry: Registry;
  readonly configFileType?: 'v1' | 'yaml' | 'guess' | undefined;
  readonly inlineConfig?: string | undefined;
  /** Absolute paths of the configuration lie below this folder. */
  readonly root?: string | undefined;
  /** Single folders of the configuration that lie elsewhere: these come before `root`. */
  readonly mounts?: readonly Mount[] | undefined;
  /** `-v` is -1, `-q` is +1, and so on: steps of the log level. */
  readonly verbosity?: number | undefined;
  readonly suppressConfigDump?: boolean | undefined;
  readonly withoutSource?: boolean | undefined;
  readonly strict?: boolean | undefined;
  readonly workerId?: number | undefined;
  /** Where the log goes. */
  readonly write: (line: string) => void;
  /** `write` decides, whatever `<system>` says (`-o FILE`, dry run). */
  readonly ownLogFile?: boolean | undefined;
  readonly colour?: boolean | undefined;
  /** Sees every batch at every step, from the start. */
  readonly observer?: Observer | undefined;
  /** Of a dry run: the graph is created, and never started. */
  readonly rehearsal?: Rehearsal | undefined;
}

/** What takes the place of the world in a dry run. */
export interface Rehearsal {
  readonly clock: Clock;
  /** Evaluates `"#{...}"`. */
  readonly evaluate: Evaluate;
  /** Takes the place of outputs. */
  readonly standIn: StandIn;
  /** Objects that plugins would else make for all of them (`PluginContext.shared`). */
  readonly shared: ReadonlyMap<string, unknown>;
}

/** A configuration that was read and checked. */
interface Loaded {
  readonly root: ConfigElement;
  readonly system: SystemConfig;
  readonly graph: Graph;
}

export class Agent {
  readonly log: AgentLog;
  readonly metrics = new MetricsRegistry();
  readonly #core: CoreMetrics;
  readonly #options: AgentOptions;
  #loaded: Loaded | undefined;
  #running: RunningGraph | undefined;
  #reloading = false;
  #closeRpc: () => Promise<void> = async () => {};
  readonly #observers: ObserverList;
  readonly #mounts: readonly Mount[];
  readonly view: AgentView;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#mounts = mountsOf(options.mounts ?? [], options.root);
    this.#observers = createObservers(options.observer, (error) => this.log.error('what watched the events failed and is told no more', { error }));
    this.view = this.#makeView();
    this.log = new AgentLog({
      level: leveled('info', options.verbosity),
      format: 'text',
      formatTime: logTime('%Y-%m-%d %H:%M:%S %z'),
      write: options.write,
      clock: systemClock,
      workerId: options.workerId ?? 0,
      colour: options.colour,
    });
    this.#core = addCoreMetrics(this.metrics, () => this.#running?.graph.routers ?? [], () => this.log.counts);
  }

  get workerId(): number {
    return this.#options.workerId ?? 0;
  }

  get graph(): Graph {
    return this.#running?.graph ?? unread();
  }

  get system(): SystemConfig {
    return this.#loaded?.system ?? unread();
  }

  /** Reads and checks everything, opens nothing. Throws a ConfigError with all problems. */
  async load(): Promise<void> {
    this.#loaded = await this.#read(undefined);
    this.#running = new RunningGraph(this.#loaded.graph, this.log);
    if (!this.#options.suppressConfigDump && !this.system.suppress_config_dump) this.log.info(`using configuration file: ${await this.#dump()}`);
  }

  /** Reads the configuration; with `running` what is unchanged of that graph is used in the new one. */
  async #read(running: Graph | undefined): Promise<Loaded> {
    const { options, log } = { options: this.#options, log: this.log };
    const files = new Set<string>();
    const early: [string, Location][] = [];
    const read: ReadOptions = {
      configFileType: options.configFileType,
      inlineConfig: options.inlineConfig,
      evaluate: options.rehearsal?.evaluate ?? configEvaluator(hostOf(options.workerId ?? 0)),
      onFile: (file) => files.add(file),
      warn: (message, at) => early.push([message, at]),
    };
    let root = readConfig(options.configFile, read);
    const system = await this.#readSystem(root);
    this.#configureLog(system);
    for (const [message, at] of early) log.warn(problemText({ message, at }));
    if (system.config_include_dir !== '') {
      const dir = this.path(system.config_include_dir);
      const main = new Set(files);
      root = addConfigDirectory(root, dir, {
        ...read,
        inlineConfig: undefined,
        skip: (file) => main.has(file),
        onFile: (file) => log.info('loading additional configuration file', { path: file }),
      });
    }
    log.info(`parsing config file is succeeded`, { path: options.configFile });
    return { root, system, graph: await this.#build(root, system, running) };
  }

  async #build(root: ConfigElement, system: SystemConfig, running: Graph | undefined): Promise<Graph> {
    const { options, log } = { options: this.#options, log: this.log };
    const reader = new ConfigReader({ registry: options.registry, strict: options.strict ?? system.strict_config_value ?? false });
    const settings: SystemSettings = {
      workers: system.workers,
      rootDir: system.root_dir,
      hostname: hostname(),
      filePermission: system.file_permission,
      dirPermission: system.dir_permission,
      memoryLimit: system.memory_limit,
    };
    try {
      return await buildGraph(root, {
        reader,
        env: {
          log,
          clock: options.rehearsal?.clock ?? systemClock,
          metrics: this.metrics,
          system: settings,
          workerId: options.workerId ?? 0,
          shared: new Map(options.rehearsal?.shared),
          agent: this.view,
          observer: this.#observers,
          standIn: options.rehearsal?.standIn,
          path: (configured) => this.path(configured),
          configuredPath: (actual) => this.configuredPath(actual),
        },
        routerOptions: { log, now: () => systemClock.monotonic() },
        withoutSource: options.withoutSource ?? system.without_source ?? false,
        running,
      });
    } finally {
      for (const warning of reader.warnings) log.warn(problemText(warning));
    }
  }

  /**
   * Reads the configuration again and goes over to it: what it has unchanged carries on, the rest is replaced. Throws a ConfigError
   * with all problems if it is wrong, and nothing has changed then.
   */
  async reload(): Promise<void> {
    if (this.#reloading) throw new Error('the configuration is being reloaded already');
    this.#reloading = true;
    try {
      // An agent of its own finds every problem, and no part of it is used.
      await new Agent({ ...this.#options, observer: undefined, suppressConfigDump: true, write: () => {}, ownLogFile: true }).load();
      const before = this.system;
      const next = await this.#read(this.graph);
      for (const name of ['workers', 'root_dir', 'rpc_endpoint', 'admin_endpoint', 'admin_stall_after', 'process_name'] as const)
        if (before[name] !== next.system[name]) this.log.warn(`<system> ${name} changes with the next start only`, { now: before[name], then: next.system[name] });
      await this.#running!.change(next.graph);
      this.#loaded = next;
      routeOwnLog(this.log, next.graph);
      this.#core.reloads.add();
      this.log.info('the configuration was reloaded', { path: this.#options.configFile });
    } catch (error) {
      this.#core.refusedReloads.add();
      throw error;
    } finally {
      this.#reloading = false;
    }
  }

  /** Where every line that was read has gone. */
  ledger(): Ledger {
    const labels = [...this.graph.routers].map(([name, router]) => ({
      name, entered: router.enteredRecords, unmatched: router.unmatchedRecords, dumped: router.dumpedRecords, refused: router.refusedRecords,
    }));
    return computeLedger(this.#running!.steps, labels, this.metrics.read());
  }

  #makeView(): AgentView {
    const root = (): ConfigElement => this.#loaded?.root ?? unread();
    const startedAt = Math.floor(systemClock.now() / 1000);
    return {
      startedAt,
      configFile: this.#options.configFile,
      get config() {
        return root();
      },
      plugins: () => this.graph.views,
      metrics: () => this.metrics.read(),
      ledger: () => this.ledger(),
      watch: (observer) => this.#observers.add(observer),
    };
  }

  /** Where a path of the configuration lies on this machine. */
  path(configured: string): string {
    return toFolder(configured, this.#mounts);
  }

  /** The inverse of {@link path}. */
  configuredPath(actual: string): string {
    return fromFolder(actual, this.#mounts);
  }

  /** Outputs first, inputs last. Throws what a plugin threw; `stop` still has to be called. */
  async start(): Promise<void> {
    await this.#running!.start();
    if (this.system.workers === 1) this.#closeRpc = await this.startRpc({ flushBuffers: () => this.flushBuffers(), reload: () => this.reload() });
    routeOwnLog(this.log, this.graph);
    this.log.info(`logferry worker is now running worker=${this.workerId}`);
  }

  /** The configuration as text, without secrets. */
  async #dump(): Promise<string> {
    const { root } = this.#loaded ?? unread();
    const secrets = await secretNames(this.#options.registry, root);
    return dumpConfig(root, { isSecret: (_, key) => secrets.has(key) });
  }

  /** Listens on `<system> rpc_endpoint`, if there is one. Several workers have one for all, which the process around them starts. */
  async startRpc(actions: Pick<RpcActions, 'flushBuffers' | 'reload'>): Promise<() => Promise<void>> {
    const { rpc_endpoint: endpoint, enable_get_dump: dumps } = this.system;
    if (endpoint === undefined) return async () => {};
    const server = await startRpc(parseRpcEndpoint(endpoint, placeOf(this.system, 'rpc_endpoint')), {
      ...actions,
      end: (signal) => process.kill(process.pid, signal),
      dump: dumps ? () => this.#dump() : undefined,
    }, this.log);
    return () => server.close().catch((error: unknown) => this.log.warn('unexpected error in stop', { error }));
  }

  /** All that is staged is handed to the flush threads (SIGUSR1). */
  async flushBuffers(): Promise<void> {
    await this.#running?.flushBuffers();
  }

  /**
   * Takes nothing new, delivers what is held for at most `deadlineMs`, frees everything. What could not be
   * delivered is in the file buffer, or is read again at the next start: its position has not moved.
   */
  async stop(deadlineMs: number): Promise<void> {
    const deadline = AbortSignal.timeout(deadlineMs);
    await this.#closeRpc();
    await this.#running?.stop(deadline);
    this.log.info(ledgerText(this.ledger()));
  }

  async #readSystem(root: ConfigElement): Promise<SystemConfig> {
    const reader = new ConfigReader({ registry: this.#options.registry, strict: this.#options.strict ?? false });
    const config = await reader.fields(findSystem(root), systemFields, { label: '<system>' });
    if (reader.problems.length > 0) throw new ConfigError(reader.problems);
    for (const warning of reader.warnings) this.log.warn(problemText(warning));
    const system = config as unknown as SystemConfig;
    if (system.rpc_endpoint !== undefined) parseRpcEndpoint(system.rpc_endpoint, placeOf(system, 'rpc_endpoint'));
    return system;
  }

  #configureLog(system: SystemConfig): void {
    if (system.process_name !== undefined) process.title = system.process_name;
    const { log } = system;
    if (log.path !== undefined && !this.#options.ownLogFile) {
      const { write: fallback } = this.#options;
      const file = system.workers > 1 && (log.rotate_age !== undefined || log.rotate_size !== undefined) ? ownName(log.path, this.workerId) : log.path;
      const write = openLogFile({ path: this.path(file), rotateAge: log.rotate_age, rotateSize: log.rotate_size, fallback });
      this.log.configure({ write, colour: false });
    }
    this.log.configure({
      level: leveled(system.log_level, this.#options.verbosity),
      format: log.format,
      formatTime: logTime(log.time_format),
      ignoreRepeatedMs: system.ignore_repeated_log_interval === undefined ? undefined : system.ignore_repeated_log_interval * 1000,
      ignoreSameMs: system.ignore_same_log_interval === undefined ? undefined : system.ignore_same_log_interval * 1000,
      suppressRepeatedStacks: system.suppress_repeated_stacktrace ?? true,
      stackLevel: log.forced_stacktrace_level === 'none' ? undefined : log.forced_stacktrace_level,
    });
  }
}

/** Two processes cannot rotate the same file: `x.log` is `x-1.log` for worker 1, as Fluentd has it. */
function ownName(file: string, workerId: number): string {
  const { dir, name, ext } = path.parse(file);
  return path.join(dir, `${name}-${workerId}${ext}`);
}

function unread(): never {
  throw new Error('the configuration has not been read');
}

function leveled(level: Level, steps = 0): Level {
  return LEVELS[Math.max(0, Math.min(LEVELS.length - 1, LEVELS.indexOf(level) + steps))]!;
}

function logTime(format: string): (time: { sec: number; nsec: number }) => string {
  return compileStrftime(format, localZone());
}

/** What `"#{...}"` sees of this machine; the supervisor of Fluentd sets its worker's number as a variable. */
function hostOf(workerId: number): RubyHost {
  return { ...systemHost, env: { ...systemHost.env, SERVERENGINE_WORKER_ID: `${workerId}` }, workerId };
}
