/** The agent from configuration to exit: read -> create -> start -> run -> drain. */
import { dumpConfig } from './config/dump.ts';
import type { ConfigElement } from './config/element.ts';
import type { Evaluate } from './config/embedded.ts';
import { ConfigReader, placeOf } from './config/schema.ts';
import { addConfigDirectory, readConfig, type ReadOptions } from './config/read.ts';
import { secretNames } from './config/secrets.ts';
import type { SystemConfig } from './config/system.ts';
import { problemText, type Location } from './errors.ts';
import { systemClock, type Clock } from './lib/clock.ts';
import { fromFolder, mountsOf, toFolder, type Mount } from './lib/mounts.ts';
import { AgentLog } from './log/agent-log.ts';
import { leveled, logSettings, logTime, openSystemLog } from './log/system-log.ts';
import { addCoreMetrics, type CoreMetrics } from './metrics/core-metrics.ts';
import { computeLedger, ledgerText, type Ledger } from './metrics/ledger.ts';
import { MetricsRegistry } from './metrics/metrics.ts';
import type { AgentView, Observer } from './plugin.ts';
import { logWriters } from './record/stdout-printer.ts';
import type { Registry } from './registry.ts';
import { parseRpcEndpoint, startRpc, type RpcActions } from './rpc.ts';
import { configEvaluator, systemHost, type RubyHost } from './ruby/index.ts';
import { createFailurePace } from './routing/failure-pace.ts';
import { buildGraph, type Graph } from './topology/build.ts';
import type { StandIn } from './topology/context.ts';
import { createObservers, type ObserverList } from './topology/observers.ts';
import { routeOwnLog } from './topology/own-log.ts';
import { metricLabels, readSystem, settingsOf } from './topology/read-system.ts';
import { RunningGraph } from './topology/running.ts';
import { createSourceOnly, type SourceOnly } from './topology/source-only.ts';

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
  readonly withSourceOnly?: boolean | undefined;
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
  /** Of the log's file, if there is one. */
  #logWrite: ((line: string) => void) | undefined;
  readonly #mayLogFailure = createFailurePace(() => this.#loaded?.system.emit_error_log_interval, () => systemClock.monotonic());
  /** Inputs run alone (`waiting`), or did; undefined: they never do. */
  #sourceOnly: { readonly mode: SourceOnly; waiting: boolean } | undefined;
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
    if (options.ownLogFile) this.#logWrite = options.write;
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
    const { graph, system } = this.#loaded;
    if (this.#options.withSourceOnly ?? system.with_source_only)
      this.#sourceOnly = { mode: createSourceOnly(system, this.workerId, (configured) => this.path(configured)), waiting: false };
    this.#running = new RunningGraph(graph, this.log);
    if (!this.#options.suppressConfigDump && !this.system.suppress_config_dump) this.log.info(`using configuration file: ${await this.dump()}`);
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
    try {
      return await buildGraph(root, {
        reader,
        env: {
          log,
          clock: options.rehearsal?.clock ?? systemClock,
          metrics: this.metrics,
          system: settingsOf(system),
          workerId: options.workerId ?? 0,
          shared: new Map(options.rehearsal?.shared ?? logWriters(this.#logWrite)),
          agent: this.view,
          observer: this.#observers,
          standIn: options.rehearsal?.standIn,
          path: (configured) => this.path(configured),
          configuredPath: (actual) => this.configuredPath(actual),
        },
        routerOptions: { log, now: () => systemClock.monotonic(), mayLogFailure: this.#mayLogFailure },
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
    if (this.#sourceOnly?.waiting) throw new Error('inputs run alone (with_source_only): send SIGWINCH first');
    this.#reloading = true;
    try {
      // An agent of its own finds every problem, and no part of it is used.
      await new Agent({ ...this.#options, observer: undefined, suppressConfigDump: true, write: () => {}, ownLogFile: true }).load();
      const before = this.system;
      const next = await this.#read(this.graph);
      for (const name of ['workers', 'root_dir', 'rpc_endpoint', 'admin_endpoint', 'admin_stall_after', 'process_name'] as const)
        if (before[name] !== next.system[name]) this.log.warn(`<system> ${name} changes with the next start only`, { now: before[name], then: next.system[name] });
      await this.#running!.change(this.#sourceOnly ? await this.#sourceOnly.mode.delivering(next.graph) : next.graph);
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
    if (this.#sourceOnly) await this.#startSourcesOnly(this.#sourceOnly);
    else await this.#running!.start();
    if (this.system.workers === 1) this.#closeRpc = await this.startRpc({ flushBuffers: () => this.flushBuffers(), reload: () => this.reload() });
    // Lines of its own that come before the end of that mode are kept for it.
    if (!this.isSourceOnly) routeOwnLog(this.log, this.graph);
    this.log.info(`logferry worker is now running worker=${this.workerId}`);
  }

  async #startSourcesOnly(own: { readonly mode: SourceOnly; waiting: boolean }): Promise<void> {
    own.waiting = true;
    this.#running = new RunningGraph(await own.mode.storing(this.graph), this.log);
    await this.#running.start();
    this.log.info('with_source_only: inputs run alone, and what they emit waits in files; SIGWINCH ends this mode', { path: own.mode.folder });
  }

  /** Whether inputs run alone now, and `endSourceOnly` is waited for. */
  get isSourceOnly(): boolean {
    return this.#sourceOnly?.waiting === true;
  }

  /** Starts everything but the inputs, which run already, and delivers what has waited. Rejects with what a plugin threw. */
  async endSourceOnly(): Promise<void> {
    const own = this.#sourceOnly;
    if (!own?.waiting) return;
    own.waiting = false;
    this.log.info('with_source_only ends: all plugins are started, and what has waited is delivered', { path: own.mode.folder });
    await this.#running!.change(await own.mode.delivering(this.#loaded!.graph));
    routeOwnLog(this.log, this.graph);
  }

  /** The configuration as text, without secrets. */
  async dump(): Promise<string> {
    const { root } = this.#loaded ?? unread();
    const secrets = await secretNames(this.#options.registry, root);
    return dumpConfig(root, { isSecret: (_, key) => secrets.has(key) });
  }

  /** Listens on `<system> rpc_endpoint`, if there is one. Several workers have one for all, which the process around them starts. */
  async startRpc(actions: Pick<RpcActions, 'flushBuffers' | 'reload'> & Partial<Pick<RpcActions, 'dump'>>): Promise<() => Promise<void>> {
    const { rpc_endpoint: endpoint, enable_get_dump: dumps } = this.system;
    if (endpoint === undefined) return async () => {};
    const server = await startRpc(parseRpcEndpoint(endpoint, placeOf(this.system, 'rpc_endpoint')), {
      ...actions,
      end: (signal) => process.kill(process.pid, signal),
      dump: dumps ? (actions.dump ?? (() => this.dump())) : undefined,
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
    const system = await readSystem(root, { registry: this.#options.registry, strict: this.#options.strict ?? false }, this.log);
    if (system.rpc_endpoint !== undefined) parseRpcEndpoint(system.rpc_endpoint, placeOf(system, 'rpc_endpoint'));
    this.metrics.labelAll(metricLabels(system));
    return system;
  }

  #configureLog(system: SystemConfig): void {
    if (system.process_name !== undefined) process.title = system.process_name;
    const { ownLogFile, write: fallback, verbosity } = this.#options;
    const file = ownLogFile ? undefined : openSystemLog(system, this.workerId, (configured) => this.path(configured), fallback);
    if (file) {
      this.#logWrite = file;
      this.log.configure({ write: file, colour: false });
    }
    this.log.configure(logSettings(system, verbosity));
  }

}

function unread(): never {
  throw new Error('the configuration has not been read');
}

/** What `"#{...}"` sees of this machine; the supervisor of Fluentd sets its worker's number as a variable. */
function hostOf(workerId: number): RubyHost {
  return { ...systemHost, env: { ...systemHost.env, SERVERENGINE_WORKER_ID: `${workerId}` }, workerId };
}
