/** The agent from configuration to exit: read -> create -> start -> run -> drain. */
import { hostname } from 'node:os';
import path from 'node:path';
import { dumpConfig } from './config/dump.ts';
import type { ConfigElement } from './config/element.ts';
import { ConfigReader, placeOf } from './config/schema.ts';
import { addConfigDirectory, readConfig, type ReadOptions } from './config/read.ts';
import { secretNames } from './config/secrets.ts';
import { findSystem, systemFields, type SystemConfig } from './config/system.ts';
import { ConfigError, problemText, type Location } from './errors.ts';
import { ObjectBatch } from './event.ts';
import { systemClock } from './lib/clock.ts';
import { AgentLog } from './log/agent-log.ts';
import { openLogFile } from './log/log-file.ts';
import { LEVELS, type Level } from './log/logger.ts';
import { computeLedger, ledgerText, type Ledger } from './metrics/ledger.ts';
import { MetricsRegistry } from './metrics/metrics.ts';
import type { AgentView, Awaitable, Lifecycle, Observer, SystemSettings } from './plugin.ts';
import type { Registry } from './registry.ts';
import { parseRpcEndpoint, startRpc, type RpcServer } from './rpc.ts';
import { configEvaluator, systemHost, type RubyHost } from './ruby/index.ts';
import { compileStrftime } from './time/strftime.ts';
import { localZone } from './time/zone.ts';
import { buildGraph, type Graph } from './topology/build.ts';
import type { Instance } from './topology/context.ts';
import { createObservers, type ObserverList } from './topology/observers.ts';

export interface AgentOptions {
  readonly configFile: string;
  readonly registry: Registry;
  readonly configFileType?: 'v1' | 'yaml' | 'guess' | undefined;
  readonly inlineConfig?: string | undefined;
  /** Absolute paths of the configuration lie below this folder. */
  readonly root?: string | undefined;
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
}

export class Agent {
  readonly log: AgentLog;
  readonly metrics = new MetricsRegistry();
  readonly #options: AgentOptions;
  readonly #shared = new Map<string, unknown>();
  #graph: Graph | undefined;
  #system: SystemConfig | undefined;
  #root: ConfigElement | undefined;
  #rpc: RpcServer | undefined;
  readonly #started: Lifecycle[] = [];
  readonly #observers: ObserverList;
  readonly view: AgentView;

  constructor(options: AgentOptions) {
    this.#options = options;
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
  }

  get graph(): Graph {
    if (!this.#graph) throw new Error('the configuration has not been read');
    return this.#graph;
  }

  get system(): SystemConfig {
    if (!this.#system) throw new Error('the configuration has not been read');
    return this.#system;
  }

  /** Reads and checks everything, opens nothing. Throws a ConfigError with all problems. */
  async load(): Promise<void> {
    const { options, log } = { options: this.#options, log: this.log };
    const files = new Set<string>();
    const early: [string, Location][] = [];
    const read: ReadOptions = {
      configFileType: options.configFileType,
      inlineConfig: options.inlineConfig,
      evaluate: configEvaluator(hostOf(options.workerId ?? 0)),
      onFile: (file) => files.add(file),
      warn: (message, at) => early.push([message, at]),
    };
    let root = readConfig(options.configFile, read);
    const system = await this.#readSystem(root);
    this.#system = system;
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
    this.#root = root;
    log.info(`parsing config file is succeeded`, { path: options.configFile });

    const reader = new ConfigReader({ registry: options.registry, strict: options.strict ?? system.strict_config_value ?? false });
    const settings: SystemSettings = {
      workers: system.workers,
      rootDir: system.root_dir,
      hostname: hostname(),
      filePermission: system.file_permission,
      dirPermission: system.dir_permission,
    };
    try {
      this.#graph = await buildGraph(root, {
        reader,
        env: {
          log,
          clock: systemClock,
          metrics: this.metrics,
          system: settings,
          workerId: options.workerId ?? 0,
          shared: this.#shared,
          agent: this.view,
          observer: this.#observers,
          path: (configured) => this.path(configured),
          configuredPath: (actual) => this.configuredPath(actual),
        },
        routerOptions: { log, now: () => systemClock.monotonic() },
        withoutSource: options.withoutSource ?? system.without_source ?? false,
      });
    } finally {
      for (const warning of reader.warnings) log.warn(problemText(warning));
    }
    if (!options.suppressConfigDump && !system.suppress_config_dump) {
      log.info(`using configuration file: ${await this.#dump()}`);
    }
  }

  /** Where every line that was read has gone. */
  ledger(): Ledger {
    const { steps, routers } = this.graph;
    const labels = [...routers].map(([name, router]) => ({
      name, entered: router.enteredRecords, unmatched: router.unmatchedRecords, dumped: router.dumpedRecords, refused: router.refusedRecords,
    }));
    return computeLedger(steps, labels, this.metrics.read());
  }

  #makeView(): AgentView {
    const agent = this;
    const startedAt = Math.floor(systemClock.now() / 1000);
    return {
      startedAt,
      configFile: this.#options.configFile,
      get config() {
        return agent.#root!;
      },
      plugins: () => agent.graph.views,
      metrics: () => agent.metrics.read(),
      ledger: () => agent.ledger(),
      watch: (observer) => agent.#observers.add(observer),
    };
  }

  /** Where a path of the configuration lies on this machine. */
  path(configured: string): string {
    const { root } = this.#options;
    return root !== undefined && path.isAbsolute(configured) ? path.join(root, configured) : configured;
  }

  /** The inverse of {@link path}. */
  configuredPath(actual: string): string {
    const { root } = this.#options;
    if (root === undefined) return actual;
    const relative = path.relative(root, actual);
    return relative.startsWith('..') ? actual : '/' + relative;
  }

  /** Outputs first, inputs last. Throws what a plugin threw; `stop` still has to be called. */
  async start(): Promise<void> {
    for (const part of this.#parts()) {
      this.#started.push(part);
      await part.start?.();
    }
    await this.#startRpc();
    this.#routeOwnLog();
    this.log.info(`logferry worker is now running worker=${this.#options.workerId ?? 0}`);
  }

  /** The configuration as text, without secrets. */
  async #dump(): Promise<string> {
    const root = this.#root!;
    const secrets = await secretNames(this.#options.registry, root);
    return dumpConfig(root, { isSecret: (_, key) => secrets.has(key) });
  }

  /** Fluentd's supervisor has one for all workers. */
  async #startRpc(): Promise<void> {
    const { rpc_endpoint: endpoint, enable_get_dump: dumps } = this.system;
    if (endpoint === undefined || (this.#options.workerId ?? 0) !== 0) return;
    this.#rpc = await startRpc(parseRpcEndpoint(endpoint, placeOf(this.system, 'rpc_endpoint')), {
      end: (signal) => process.kill(process.pid, signal),
      flushBuffers: () => this.flushBuffers(),
      dump: dumps ? () => this.#dump() : undefined,
    }, this.log);
  }

  /** All that is staged is handed to the flush threads (SIGUSR1). */
  async flushBuffers(): Promise<void> {
    for (const { output } of this.graph.outputs) await (output as { flushNow?: () => Awaitable<void> } | undefined)?.flushNow?.();
  }

  /**
   * Takes nothing new, delivers what is held for at most `deadlineMs`, frees everything. What could not be
   * delivered is in the file buffer, or is read again at the next start: its position has not moved.
   */
  async stop(deadlineMs: number): Promise<void> {
    const { inputs, filters, outputs } = this.graph;
    const deadline = AbortSignal.timeout(deadlineMs);
    await this.#guard('stop', () => this.#rpc?.close());
    await this.#each(inputs, 'stop', (part) => part.stop?.());
    await this.#each(filters, 'flush', (part) => part.flush?.(deadline));
    await this.#each(filters, 'stop', (part) => part.stop?.());
    this.log.routeEvents(undefined);
    // Twice: an output may emit to another one while it is flushed.
    for (let round = 0; round < 2; round++)
      await Promise.all(outputs.map((output) => this.#each([output], 'flush', (part) => part.flush?.(deadline))));
    await this.#each(outputs, 'stop', (part) => part.stop?.());
    await this.#each([...outputs, ...filters, ...inputs], 'close', (part) => part.close?.());
    for (const { deferred } of [...outputs, ...filters, ...inputs])
      for (const close of deferred.toReversed()) await this.#guard('close', () => close());
    this.log.info(ledgerText(this.ledger()));
  }

  async #each(instances: readonly Instance[], step: string, call: (part: Lifecycle) => Awaitable<void> | undefined): Promise<void> {
    for (const { parts } of instances)
      for (const part of parts.toReversed()) if (this.#started.includes(part)) await this.#guard(step, () => call(part));
  }

  async #guard(step: string, call: () => Awaitable<void> | undefined): Promise<void> {
    try {
      await call();
    } catch (error) {
      this.log.warn(`unexpected error in ${step}`, { error });
    }
  }

  *#parts(): Generator<Lifecycle> {
    const { inputs, filters, outputs } = this.graph;
    for (const { parts } of [...outputs, ...filters, ...inputs]) yield* parts;
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
      const write = openLogFile({ path: this.path(log.path), rotateAge: log.rotate_age, rotateSize: log.rotate_size, fallback });
      this.log.configure({ write, colour: false });
    }
    this.log.configure({
      level: leveled(system.log_level, this.#options.verbosity),
      format: log.format,
      formatTime: logTime(log.time_format),
      ignoreRepeatedMs: system.ignore_repeated_log_interval === undefined ? undefined : system.ignore_repeated_log_interval * 1000,
      ignoreSameMs: system.ignore_same_log_interval === undefined ? undefined : system.ignore_same_log_interval * 1000,
    });
  }

  /** Own log lines as events: to `<label @FLUENT_LOG>`, else to the top level where it has a match for them. */
  #routeOwnLog(): void {
    const label = this.graph.routers.get('@FLUENT_LOG');
    const router = label ?? this.graph.routers.get('@ROOT')!;
    const wanted = new Set(LEVELS.filter((level) => label !== undefined || router.matches(`fluent.${level}`)));
    if (wanted.size === 0) {
      this.log.routeEvents(undefined);
      return;
    }
    let emitting = false;
    this.log.routeEvents((level, time, record) => {
      // What happens because of a log event is not logged as an event again: that would never end.
      if (emitting || !wanted.has(level)) return;
      setImmediate(() => {
        emitting = true;
        try {
          const result = router.emit(new ObjectBatch(`fluent.${level}`, [{ time, record }]));
          if (result) result.catch(() => {});
        } catch {
          // The line itself is in the log already.
        } finally {
          emitting = false;
        }
      });
    });
  }
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
