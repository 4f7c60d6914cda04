/** What plugins tell of themselves under the names of fluent-plugin-prometheus, computed from the agent when somebody looks. */
import type { AgentView, PluginView } from '../plugin.ts';
import type { Labels, Sample } from './metrics.ts';

/** A series of one name for several plugins or files. */
export interface StatusFamily {
  readonly name: string;
  readonly help: string;
  /** `number`: what `gauge_all false` makes a counter. */
  readonly kind: 'gauge' | 'number';
}

const gauge = (name: string, help: string): StatusFamily => ({ name, help, kind: 'gauge' });
const number = (name: string, help: string): StatusFamily => ({ name, help, kind: 'number' });

/** Families of the input `prometheus_monitor`, by the field of monitor_agent. */
export const BUFFER_STATUS: ReadonlyMap<string, StatusFamily> = new Map([
  ['buffer_newest_timekey', gauge('fluentd_status_buffer_newest_timekey', 'Newest timekey in buffer.')],
  ['buffer_oldest_timekey', gauge('fluentd_status_buffer_oldest_timekey', 'Oldest timekey in buffer.')],
  ['buffer_queue_length', gauge('fluentd_status_buffer_queue_length', 'Current buffer queue length.')],
  ['buffer_total_queued_size', gauge('fluentd_status_buffer_total_bytes', 'Current total size of queued buffers.')],
  ['retry_count', gauge('fluentd_status_retry_count', 'Current retry counts.')],
]);

/** Families of the input `prometheus_output_monitor`, in its order. */
export const OUTPUT_STATUS: readonly (readonly [string, StatusFamily])[] = [
  ['buffer_total_queued_size', gauge('fluentd_output_status_buffer_total_bytes', 'Current total size of stage and queue buffers.')],
  ['buffer_stage_length', gauge('fluentd_output_status_buffer_stage_length', 'Current length of stage buffers.')],
  ['buffer_stage_byte_size', gauge('fluentd_output_status_buffer_stage_byte_size', 'Current total size of stage buffers.')],
  ['buffer_queue_length', gauge('fluentd_output_status_buffer_queue_length', 'Current length of queue buffers.')],
  ['buffer_queue_byte_size', gauge('fluentd_output_status_buffer_queue_byte_size', 'Current total size of queue buffers.')],
  ['buffer_available_buffer_space_ratios', gauge('fluentd_output_status_buffer_available_space_ratio', 'Ratio of available space in buffer.')],
  ['buffer_newest_timekey', gauge('fluentd_output_status_buffer_newest_timekey', 'Newest timekey in buffer.')],
  ['buffer_oldest_timekey', gauge('fluentd_output_status_buffer_oldest_timekey', 'Oldest timekey in buffer.')],
  ['retry_count', number('fluentd_output_status_retry_count', 'Current retry counts.')],
  ['retry_count', number('fluentd_output_status_num_errors', 'Current number of errors.')],
  ['emit_count', number('fluentd_output_status_emit_count', 'Current emit counts.')],
  ['emit_records', number('fluentd_output_status_emit_records', 'Current emit records.')],
  ['write_count', number('fluentd_output_status_write_count', 'Current write counts.')],
  ['rollback_count', gauge('fluentd_output_status_rollback_count', 'Current rollback counts.')],
  ['flush_time_count', number('fluentd_output_status_flush_time_count', 'Total flush time.')],
  ['slow_flush_count', number('fluentd_output_status_slow_flush_count', 'Current slow flush counts.')],
  ['retry_wait', gauge('fluentd_output_status_retry_wait', 'Current retry wait')],
];

/** Families of the input `prometheus_tail_monitor`, by the field of the input's status. */
export const TAIL_STATUS: readonly (readonly [string, StatusFamily])[] = [
  ['position', gauge('fluentd_tail_file_position', 'Current position of file.')],
  ['inode', gauge('fluentd_tail_file_inode', 'Current inode of file.')],
  ['closed_file_count', gauge('fluentd_tail_file_closed', 'Number of files closed.')],
  ['opened_file_count', gauge('fluentd_tail_file_opened', 'Number of files opened.')],
  ['rotated_file_count', gauge('fluentd_tail_file_rotated', 'Number of files rotated.')],
  ['throttled_log_count', gauge('fluentd_tail_file_throttled', 'Number of times files got throttled.')],
];

/** Files of one input beyond this many have no series of their own. */
export const MAX_FILES = 1000;

/** Samples of `prometheus_monitor`. */
export function* bufferStatus(agent: AgentView, base: Labels): Generator<Sample> {
  for (const [field, { name, help }] of BUFFER_STATUS) {
    for (const view of members(agent)) {
      const value = numberIn(pluginStatistics(agent, view), field);
      const labels = { ...base, plugin_id: view.id, plugin_category: view.kind, type: view.type };
      if (value !== undefined) yield { name, help, type: 'gauge', labels, value };
    }
  }
}

/** Samples of `prometheus_output_monitor`; with `counters` totals are counters. */
export function* outputStatus(agent: AgentView, base: Labels, counters = false): Generator<Sample> {
  const outputs = members(agent).filter(({ kind }) => kind === 'output').map((view) => {
    const statistics = pluginStatistics(agent, view);
    return { labels: { ...base, plugin_id: view.id, type: view.type }, statistics: { ...statistics, ...retryWait(statistics['retry']) } };
  });
  for (const [field, { name, help, kind }] of OUTPUT_STATUS) {
    const type = counters && kind === 'number' ? 'counter' : 'gauge';
    for (const { labels, statistics } of outputs) {
      const value = numberIn(statistics, field);
      if (value !== undefined) yield { name, help, type, labels, value };
    }
  }
}

/** Samples of `prometheus_tail_monitor`: those files that are followed now, at most {@link MAX_FILES} of an input. */
export function* tailStatus(agent: AgentView, base: Labels): Generator<Sample> {
  const rows = members(agent).filter(({ type }) => type === 'tail').flatMap((view) => {
    const { files, ...counts } = statusOf(view);
    const followed = (Array.isArray(files) ? files : []) as readonly { readonly path: string; readonly position: number; readonly inode: number }[];
    const latest = new Map(followed.map((file) => [file.path, file]));
    return [...latest.values()].slice(0, MAX_FILES).map((file) => ({ labels: { ...base, plugin_id: view.id, type: view.type, path: file.path }, values: { ...counts, ...file } }));
  });
  for (const [field, { name, help }] of TAIL_STATUS) {
    for (const { labels, values } of rows) {
      const value = numberIn(values, field);
      if (value !== undefined) yield { name, help, type: 'gauge', labels, value };
    }
  }
}

/** Inputs, outputs and filters, as Fluentd lists them: inputs, then for the top level and each label outputs and filters. */
export function members(agent: AgentView): readonly PluginView[] {
  const all = agent.plugins().filter(({ step }) => step !== undefined);
  const labels = new Set(['@ROOT', ...agent.config.elements.filter(({ name }) => name === 'label').map(({ arg }) => arg.trim()), ...all.map(({ step }) => step!.label)]);
  const of = (kind: PluginView['kind'], label: string): PluginView[] => all.filter((view) => view.kind === kind && view.step!.label === label);
  return [...all.filter(({ kind }) => kind === 'input'), ...[...labels].flatMap((label) => [...of('output', label), ...of('filter', label)])];
}

/** Whether it gives events to `<store>` sections; Fluentd counts such outputs differently. */
export function isMultiOutput(agent: AgentView, { step }: PluginView): boolean {
  return step !== undefined && agent.plugins().some((other) => other.step?.owner !== undefined && other.step.owner.id === step.id);
}

/**
 * Fields of monitor_agent in Fluentd's order: of an output's buffer, its counts; of inputs and filters their events. `retry` is that
 * of the statistics.
 */
export function pluginStatistics(agent: AgentView, view: PluginView): Readonly<Record<string, unknown>> {
  const { kind, step } = view;
  if (kind === 'input') return { retry_count: null, emit_records: step?.emitted ?? 0, emit_size: step?.bytes ?? 0, ...countsOf(view) };
  if (kind === 'filter') return { retry_count: null, emit_records: step?.passed ?? 0, emit_size: step?.bytes ?? 0 };
  if (isMultiOutput(agent, view)) return { retry_count: step?.failed ?? 0 };
  const found = view.buffered ? view.statistics() : undefined;
  if (found) {
    const { buffer_queue_length, buffer_timekeys, buffer_total_queued_size, retry_count, emit_records, emit_size, buffer_newest_timekey, ...others } = found;
    const newest = buffer_newest_timekey === undefined ? {} : { buffer_newest_timekey };
    return { buffer_queue_length, buffer_timekeys, buffer_total_queued_size, retry_count, emit_records, emit_size: step?.bytes ?? emit_size, ...others, ...newest };
  }
  return {
    retry_count: 0, emit_records: step?.received ?? 0, emit_size: step?.bytes ?? 0, emit_count: step?.batches ?? 0, write_count: 0, write_secondary_count: 0,
    rollback_count: 0, slow_flush_count: 0, flush_time_count: 0, drop_oldest_chunk_count: 0, retry: {},
  };
}

/** What an input tells of itself. */
export function statusOf({ plugin }: PluginView): Readonly<Record<string, unknown>> {
  return (plugin as { status?: () => Readonly<Record<string, unknown>> }).status?.() ?? {};
}

/** Those of its numbers that Fluentd shows with the statistics: what in_tail counts. */
function countsOf(view: PluginView): Readonly<Record<string, unknown>> {
  const status = statusOf(view);
  const counts = Object.fromEntries(Object.entries(status).filter(([name]) => name.endsWith('_count')));
  return Array.isArray(status['files']) ? { ...counts, tracked_file_count: status['files'].length } : counts;
}

function numberIn(values: Readonly<Record<string, unknown>>, field: string): number | undefined {
  const value = values[field];
  return typeof value === 'number' ? value : undefined;
}

/** Seconds from the beginning of the series of failures to the next attempt. */
function retryWait(retry: unknown): { readonly retry_wait?: number } {
  if (typeof retry !== 'object' || retry === null) return {};
  const { start, next_time: next } = retry as { readonly start?: string; readonly next_time?: string };
  return { retry_wait: start === undefined || next === undefined ? 0 : (Date.parse(next) - Date.parse(start)) / 1000 };
}
