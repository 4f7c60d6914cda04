/**
 * `<system> with_source_only`: inputs run alone, and what they emit waits in files. When the mode ends (SIGWINCH) everything else is
 * started, and the files are read and emitted to the labels for which their events were meant.
 */
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ConfigElement, ConfigValue } from '../config/element.ts';
import { placeOf } from '../config/schema.ts';
import type { SystemConfig } from '../config/system.ts';
import type { Location } from '../errors.ts';
import type { Output } from '../plugin.ts';
import type { LabelRouter } from '../routing/label-router.ts';
import { compileMatchPattern } from '../routing/match-pattern.ts';
import type { Graph } from './build.ts';
import type { Instance } from './context.ts';

/** The mode of one agent. */
export interface SourceOnly {
  /** The folder of the files. */
  readonly folder: string;
  /** The graph that runs while the mode lasts: inputs, and for each of their labels a buffer in files that delivers nothing. */
  storing(full: Graph): Promise<Graph>;
  /** The whole graph, with buffers that deliver what the files hold. */
  delivering(full: Graph): Promise<Graph>;
}

/** Reads `<source_only_buffer>`; opens nothing. `place` says where a path of the configuration lies on this machine. */
export function createSourceOnly(system: SystemConfig, workerId: number, place: (configured: string) => string): SourceOnly {
  const { source_only_buffer: settings, workers } = system;
  const at = placeOf(system, 'with_source_only') ?? { file: '<system>', line: 0, column: 0 };
  // Below root_dir the next start finds what this one leaves.
  const byDefault = system.root_dir === undefined ? path.join(tmpdir(), 'logferry', 'source-only-buffer', randomUUID()) : path.join(system.root_dir, 'source-only-buffer');
  const configured = settings.path ?? byDefault;
  const folder = workers > 1 ? path.join(configured, `worker${workerId}`) : configured;
  const buffer = (label: string, isDelivering: boolean): ConfigElement => {
    const params: Record<string, string | number | boolean | undefined> = {
      '@type': 'file',
      path: path.join(folder, label.replaceAll(/[^\w.-]/g, '_')),
      overflow_action: settings.overflow_action,
      flush_interval: settings.flush_interval,
      chunk_limit_size: settings.chunk_limit_size,
      total_limit_size: settings.total_limit_size,
      compress: settings.compress,
      flush_at_shutdown: false,
      // Without a thread nothing is delivered.
      flush_thread_count: isDelivering ? settings.flush_thread_count : 0,
      retry_forever: true,
    };
    return element('buffer', 'tag', at, params);
  };
  const output = (label: string, isDelivering: boolean): ConfigElement => ({
    ...element('match', '**', at, { '@type': 'buffer', '@label': label, '@id': `source_only_buffer${label === ROOT ? '' : '_' + label}` }),
    elements: [buffer(label, isDelivering)],
  });
  let delivering: Map<string, Instance<'output'>> | undefined;

  return {
    folder: place(folder),

    async storing(full) {
      const outputs = new Map<LabelRouter, Instance<'output'>>();
      for (const label of labelsOf(full)) outputs.set(full.routers.get(label)!, await full.addOutput(output(label, false), label));
      return {
        ...withParts(full, full.inputs, [], [...outputs.values()]),
        route() {
          for (const [router, { step, output: made }] of outputs) router.replace([{ pattern: EVERYTHING, output: step!.output(made as Output) }]);
        },
      };
    },

    async delivering(full) {
      if (!delivering) {
        delivering = new Map();
        for (const label of labelsOf(full)) delivering.set(label, await full.addOutput(output(label, true), label));
      }
      return withParts(full, full.inputs, full.filters, [...delivering.values(), ...full.outputs]);
    },
  };
}

const ROOT = '@ROOT';
const EVERYTHING = compileMatchPattern('**');

/** Where inputs emit to. */
function labelsOf({ inputs }: Graph): Set<string> {
  return new Set(inputs.map(({ context }) => context.element.params.get('@label')?.text ?? ROOT));
}

function withParts(full: Graph, inputs: Graph['inputs'], filters: Graph['filters'], outputs: Graph['outputs']): Graph {
  const all: readonly Instance[] = [...inputs, ...outputs, ...filters];
  return { ...full, inputs, filters, outputs, steps: all.flatMap(({ steps }) => steps), views: all.flatMap(({ views }) => views) };
}

function element(name: string, arg: string, at: Location, params: Readonly<Record<string, string | number | boolean | undefined>>): ConfigElement {
  const written = Object.entries(params).filter(([, value]) => value !== undefined);
  return { name, arg, at, params: new Map(written.map(([key, value]): [string, ConfigValue] => [key, { text: String(value), at }])), elements: [] };
}
