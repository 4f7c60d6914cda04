/** What a plugin can see of the agent around it. */
import type { ConfigElement } from '../config/element.ts';
import type { Location } from '../errors.ts';
import type { EventBatch, LogEvent, Tag } from '../event.ts';
import type { Ledger } from '../metrics/ledger.ts';
import type { Sample } from '../metrics/metrics.ts';
import type { Kind, Kinds } from './kinds.ts';

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

/** A plugin that runs, as {@link AgentView} shows it. */
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
