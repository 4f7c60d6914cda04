/** A configuration with its graph, ready to be played through: nothing is started, outputs are stood in for. */
import { Agent } from '../app.ts';
import type { Evaluate } from '../config/embedded.ts';
import type { Clock } from '../lib/clock.ts';
import type { Mount } from '../lib/mounts.ts';
import type { Value } from '../lib/value.ts';
import type { Input, Observer, Step } from '../plugin.ts';
import type { Registry } from '../registry.ts';
import type { StandInListener, OutputStandIn } from './stand-in-listener.ts';
import { createStandIn } from './stand-in.ts';

/** The configuration and the world that it is tried in. */
export interface Scene {
  readonly configFile: string;
  readonly configFileType?: 'v1' | 'yaml' | 'guess' | undefined;
  readonly registry: Registry;
  readonly mounts: readonly Mount[];
  readonly evaluate: Evaluate;
  /** The time that stands still, milliseconds since 1970. */
  readonly nowMs: number;
  /** Kubernetes objects by path; undefined: there are none. */
  readonly objects: ((path: string) => Value | undefined) | undefined;
}

export interface Rehearsed {
  readonly agent: Agent;
  readonly inputs: readonly { readonly step: Step; readonly input: Input }[];
  /** Inputs, filters, outputs (those of stores behind their owners), each in the order of the configuration. */
  readonly steps: readonly Step[];
  /** Everything that filters hold goes on. */
  flushFilters(): Promise<void>;
  /** Everything that waits in chunks is planned. */
  finish(): Promise<void>;
}

/** Throws a ConfigError with all problems of the configuration. */
export async function rehearse(scene: Scene, listener: StandInListener, observer: Observer): Promise<Rehearsed> {
  const standIns: OutputStandIn[] = [];
  const agent = new Agent({
    configFile: scene.configFile,
    configFileType: scene.configFileType,
    registry: scene.registry,
    mounts: scene.mounts,
    verbosity: SILENT,
    suppressConfigDump: true,
    write: () => {},
    ownLogFile: true,
    observer,
    rehearsal: {
      clock: standingClock(scene.nowMs),
      evaluate: scene.evaluate,
      standIn(checked, plugin, context, step) {
        const made = createStandIn(checked, plugin, context, step, listener);
        if (made) standIns.push(made);
        return made;
      },
      shared: new Map<string, unknown>([['standard-output', () => {}], ['kubernetes objects', scene.objects]]),
    },
  });
  await agent.load();
  const { inputs, filters, outputs } = agent.graph;
  agent.graph.route();
  return {
    agent,
    inputs: inputs.map(({ plugin, step }) => ({ step: step!, input: plugin })),
    steps: [...inputs, ...filters, ...outputs].flatMap(({ steps }) => steps),
    async flushFilters() {
      for (const { parts } of filters) for (const part of parts) await part.flush?.(new AbortController().signal);
      // Outputs that work themselves, as they hand events on, may hold some, too.
      for (const { plugin, output } of outputs) if (output === plugin) await output.flush?.(new AbortController().signal);
    },
    async finish() {
      // Twice: an output may emit to another one.
      for (let round = 0; round < 2; round++) for (const standIn of standIns) await standIn.finish();
    },
  };
}

/** Steps of the log level: more than there are. */
const SILENT = 10;

/** Wall-clock time stands still; spans are measured as ever. */
function standingClock(nowMs: number): Clock {
  const sec = Math.floor(nowMs / 1000);
  const time = { sec, nsec: Math.round((nowMs - sec * 1000) * 1e6) };
  return { now: () => nowMs, time: () => time, monotonic: () => performance.now() };
}
