/** The life of a graph's instances: start, orderly end, and the change from one graph to another while events flow. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentLog } from '../log/agent-log.ts';
import type { Awaitable, Filter, Input, Lifecycle, Step } from '../plugin.ts';
import type { Graph } from './build.ts';
import type { Instance } from './context.ts';

/** So long a changed input may take until all that it read is safe, milliseconds. */
const SETTLE_MS = 5000;
const LOOK_MS = 20;
/** How often it is looked whether an output that is gone has delivered all. */
const RETIRING_LOOK_MS = 100;
/** After so long filters give on what they hold for more lines of these inputs. */
const RELEASE_MS = 500;
/** A plugin whose start takes longer is named in the log, and again after each such time, milliseconds. */
const SLOW_START_MS = 10_000;
/** So long after the deadline of an end nobody is waited for any more, milliseconds. */
const STUCK_MS = 2000;
/** So long batches that wait in filters are waited for before the outputs behind them are closed, milliseconds. */
const IDLE_MS = 5000;

export class RunningGraph {
  readonly #log: AgentLog;
  #graph: Graph;
  readonly #started = new Set<Lifecycle>();
  /** Outputs of former configurations that still deliver what they hold. */
  readonly #retiring = new Set<Instance>();
  /** Of former configurations: their totals belong to the ledger. */
  readonly #formerSteps: Step[] = [];
  /** While the end goes on: settles when plugins that do not end are waited for no more. */
  #givingUp: Promise<void> | undefined;

  constructor(graph: Graph, log: AgentLog) {
    this.#graph = graph;
    this.#log = log;
  }

  get graph(): Graph {
    return this.#graph;
  }

  /** Of all that runs, and of what ran before a reload. */
  get steps(): readonly Step[] {
    // A plugin with the same @id goes on counting where the former one ended.
    const now = new Set(this.#graph.steps.map(({ kind, id }) => `${kind} ${id}`));
    return [...this.#graph.steps, ...this.#formerSteps.filter(({ kind, id }) => !now.has(`${kind} ${id}`))];
  }

  /** Outputs first, inputs last. Throws what a plugin threw; `stop` still has to be called. */
  async start(): Promise<void> {
    const { inputs, filters, outputs } = this.#graph;
    this.#graph.route();
    await this.#start([...outputs, ...filters, ...inputs]);
  }

  /** All that is staged is handed to the flush threads. */
  async flushBuffers(): Promise<void> {
    for (const { output } of this.#graph.outputs) await (output as { flushNow?: () => Awaitable<void> } | undefined)?.flushNow?.();
  }

  /** Takes nothing new, delivers what is held until the signal is aborted, frees everything. */
  async stop(deadline: AbortSignal): Promise<void> {
    const end = stuckAfter(deadline);
    this.#givingUp = end.stuck;
    // The signal of a deadline does not keep the process, and a plugin that hangs does not either.
    const alive = setInterval(() => {}, 2 ** 30);
    try {
      await this.#stop(deadline);
    } finally {
      clearInterval(alive);
      this.#givingUp = undefined;
      end.clear();
    }
  }

  async #stop(deadline: AbortSignal): Promise<void> {
    const { inputs, filters } = this.#graph;
    const outputs = [...this.#graph.outputs, ...this.#retiring];
    this.#retiring.clear();
    await this.#each(inputs, 'stop', (part) => part.stop?.());
    await this.#each(filters, 'flush', (part) => part.flush?.(deadline));
    await this.#each(filters, 'stop', (part) => part.stop?.());
    this.#log.routeEvents(undefined);
    // Twice: an output may emit to another one while it is flushed.
    for (let round = 0; round < 2; round++)
      await Promise.all(outputs.map((output) => this.#each([output], 'flush', (part) => part.flush?.(deadline))));
    await this.#each(outputs, 'stop', (part) => part.stop?.());
    await this.#close([...outputs, ...filters, ...inputs]);
  }

  /**
   * Goes over to another graph, which was built with this one as `running`: what both have is not touched. Throws if a new
   * output or filter does not start; then the old graph goes on, unless an output with the same files had to be closed for it.
   */
  async change(next: Graph): Promise<void> {
    const kept = new Set<Instance>([...next.inputs, ...next.filters, ...next.outputs]);
    const gone = <T extends Instance>(all: readonly T[]): T[] => all.filter((instance) => !kept.has(instance));
    const fresh = <T extends Instance>(all: readonly T[]): T[] => all.filter(({ parts }) => !parts.some((part) => this.#started.has(part)));
    const { inputs, filters, outputs, routers } = this.#graph;
    const goneInputs = gone(inputs);
    await this.#endInputs(goneInputs);

    const starting = [...fresh(next.outputs), ...fresh(next.filters)];
    // Files of a buffer belong to one output at a time: events wait while they change hands.
    const [filed, others] = partition(gone(outputs), keepsFiles);
    let open!: () => void;
    const gate = new Promise<void>((resolve) => (open = resolve));
    if (filed.length > 0) {
      for (const router of routers.values()) router.hold(gate);
      await Promise.race([Promise.all([...routers.values()].map((router) => router.idle())), sleep(IDLE_MS)]);
      await Promise.all(filed.map(({ output }) => (output as { leave?: () => Promise<void> } | undefined)?.leave?.()));
      await this.#each(filed, 'stop', (part) => part.stop?.());
      await this.#close(filed);
    }
    try {
      await this.#start(starting);
    } catch (error) {
      await this.#each(starting, 'stop', (part) => part.stop?.());
      await this.#close(starting);
      open();
      throw error;
    }
    this.#graph = next;
    // What filters hold that go is on its way before anything comes by the new ones.
    const goneFilters = gone(filters);
    const flushing = goneFilters.map((filter) => this.#each([filter], 'flush', (part) => part.flush?.(AbortSignal.timeout(IDLE_MS))));
    next.route();
    open();

    await Promise.race([Promise.all(flushing), sleep(IDLE_MS)]);
    await this.#each(goneFilters, 'stop', (part) => part.stop?.());
    await this.#close([...goneFilters, ...goneInputs]);
    for (const output of others) this.#retire(output);
    for (const instance of [...goneInputs, ...goneFilters, ...filed, ...others]) this.#formerSteps.push(...instance.steps);
    for (const input of fresh(next.inputs)) await this.#guard('start', () => this.#start([input]));
  }

  /** Inputs that go: what they read is delivered first, so that whoever reads the same files next begins behind it. */
  async #endInputs(inputs: readonly Instance<'input'>[]): Promise<void> {
    if (inputs.length === 0) return;
    // Each may take its time: nothing is read meanwhile.
    await Promise.all(inputs.map((input) => this.#each([input], 'stop', (part) => part.stop?.())));
    // The clock may be set meanwhile.
    const began = performance.now();
    let released = false;
    const unsettled = (): number => inputs.reduce((sum, { plugin }) => sum + ((plugin as Input).unacknowledged?.() ?? 0), 0);
    while (unsettled() > 0 && performance.now() < began + SETTLE_MS) {
      if (!released && performance.now() > began + RELEASE_MS) {
        released = true;
        this.#release();
      }
      await this.flushBuffers();
      await sleep(LOOK_MS);
    }
    if (unsettled() === 0) return;
    this.#release();
    this.#log.warn('not all that changed inputs had read could be delivered before the change: these lines are read and sent again', { unacknowledged: unsettled() });
  }

  /** Lines that wait for the rest of their event go on: joined with lines that are read again it would be wrong. */
  #release(): void {
    // An output that wants nothing now must not hold up the change.
    void this.#each(this.#graph.filters, 'release', (part) => (part as Partial<Filter>).release?.());
  }

  /** An output that nobody emits to any more: delivers what it holds, however long that takes and whatever fails meanwhile. */
  #retire(output: Instance): void {
    const holds = () => output.parts.some((part) => ((part as { held?: () => number }).held?.() ?? 0) > 0);
    this.#retiring.add(output);
    void (async () => {
      while (holds() && this.#retiring.has(output)) {
        for (const part of output.parts) (part as { flushNow?: () => void }).flushNow?.();
        await sleep(RETIRING_LOOK_MS, undefined, { ref: false });
      }
      if (!this.#retiring.has(output)) return;
      await this.#each([output], 'flush', (part) => part.flush?.(new AbortController().signal));
      if (!this.#retiring.delete(output)) return;
      await this.#each([output], 'stop', (part) => part.stop?.());
      await this.#close([output]);
    })();
  }

  async #start(instances: readonly Instance[]): Promise<void> {
    for (const instance of instances) {
      for (const part of instance.parts) {
        this.#started.add(part);
        try {
          const starting = part.start?.();
          if (starting instanceof Promise) await this.#watched(instance, starting);
        } catch (error) {
          this.#log.error(`${instance.kind} plugin '${instance.type}' did not start`, { plugin_id: instance.id, error, at: placeText(instance) });
          throw error;
        }
      }
    }
  }

  /** A start that takes long holds up all others: its name is told. */
  async #watched({ kind, type, id, ...instance }: Instance, starting: Promise<void>): Promise<void> {
    const began = performance.now();
    const timer = setInterval(() => {
      const seconds = Math.round((performance.now() - began) / 1000);
      this.#log.warn(`${kind} plugin '${type}' is still starting, and others wait for it`, { plugin_id: id, at: placeText(instance), seconds });
    }, SLOW_START_MS);
    try {
      await starting;
    } finally {
      clearInterval(timer);
    }
  }

  async #close(instances: readonly Instance[]): Promise<void> {
    await this.#each(instances, 'close', (part) => part.close?.());
    for (const instance of instances) {
      const { parts, deferred } = instance;
      for (const close of deferred.toReversed()) await this.#guard('close', () => close(), instance);
      for (const part of parts) this.#started.delete(part);
    }
  }

  async #each(instances: readonly Instance[], step: string, call: (part: Lifecycle) => Awaitable<void> | undefined): Promise<void> {
    for (const instance of instances)
      for (const part of instance.parts.toReversed()) if (this.#started.has(part)) await this.#guard(step, () => call(part), instance);
  }

  /** Neither what a plugin throws nor one that never ends keeps the others from their end. */
  async #guard(step: string, call: () => Awaitable<void> | undefined, instance?: Instance): Promise<void> {
    try {
      const done = call();
      if (!(done instanceof Promise)) return;
      const givingUp = this.#givingUp;
      if (!givingUp) return await done;
      const ended = await Promise.race([done.then(() => true), givingUp.then(() => sleep(0, false))]);
      if (!ended) this.#log.warn(`${instance?.kind} plugin '${instance?.type}' did not end its ${step} in time and is left alone`, { plugin_id: instance?.id });
    } catch (error) {
      this.#log.warn(`unexpected error in ${step}`, { error });
    }
  }
}

/** A promise that settles some time after the signal was aborted; `clear` when it is not needed any more. */
function stuckAfter(deadline: AbortSignal): { readonly stuck: Promise<void>; readonly clear: () => void } {
  let timer: NodeJS.Timeout | undefined;
  let begin = (): void => {};
  const stuck = new Promise<void>((resolve) => {
    begin = () => {
      timer = setTimeout(resolve, STUCK_MS);
    };
    if (deadline.aborted) begin();
    else deadline.addEventListener('abort', begin, { once: true });
  });
  return {
    stuck,
    clear() {
      deadline.removeEventListener('abort', begin);
      clearTimeout(timer);
    },
  };
}

function placeText({ context }: Pick<Instance, 'context'>): string {
  const { file, line } = context.element.at;
  return `${file}:${line}`;
}

function keepsFiles({ views }: Instance): boolean {
  return views.some(({ kind, plugin }) => kind === 'buffer' && (plugin as { persistent?: boolean }).persistent === true);
}

function partition<T>(all: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [all.filter(test), all.filter((item) => !test(item))];
}
