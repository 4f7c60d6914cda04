/** One plugin as monitor_agent shows it: Fluentd's fields, in its order. */
import {
  compileStrftime, Float, isMultiOutput, localZone, pluginStatistics, statusOf, toFloat, type AgentView, type PluginView, type Value,
} from '#logferry';

/** What is shown besides the counts. */
export interface InfoOptions {
  readonly withConfig: boolean;
  readonly withRetry: boolean;
  /** All of the plugin's state, some of it by name, or nothing. */
  readonly variables: 'all' | readonly string[] | undefined;
}

/** Stands for a secret. */
const MASK = 'xxxxxx';
const formatTime = compileStrftime('%Y-%m-%d %H:%M:%S %z', localZone());

export function pluginInfo(agent: AgentView, view: PluginView, options: InfoOptions): Map<string, Value> {
  const isMulti = isMultiOutput(agent, view);
  const { retry, ...statistics } = pluginStatistics(agent, view);
  const info = new Map<string, Value>([['plugin_id', view.id], ['plugin_category', view.kind], ['type', typeOf(view)]]);
  if (options.withConfig) info.set('config', maskedConfig(view));
  info.set('output_plugin', view.kind === 'output' && !isMulti);
  for (const [name, value] of Object.entries(statistics)) info.set(name, name.endsWith('_ratios') ? floatOf(value) : toValue(value));
  if (options.withRetry && view.kind === 'output' && !isMulti) info.set('retry', retryInfo(retry));
  if (options.variables !== undefined) info.set('instance_variables', variablesOf(view, { ...statistics, retry: retryInfo(retry) }, options.variables));
  return info;
}

/** As the configuration has it. */
export function typeOf({ element, type }: PluginView): string {
  return element.params.get('@type')?.text ?? type;
}

/** Parameters of the section itself, as written. */
function maskedConfig({ element, secrets }: PluginView): Map<string, Value> {
  return new Map([...element.params].map(([name, { text, special }]) => [name, special === 'nil' ? null : secrets.has(name) ? MASK : text]));
}

function retryInfo(retry: unknown): Map<string, Value> {
  const { start, steps, next_time: next } = (retry ?? {}) as { readonly start?: string; readonly steps?: number; readonly next_time?: string };
  if (start === undefined || next === undefined) return new Map();
  const time = (iso: string): string => formatTime({ sec: Math.floor(Date.parse(iso) / 1000), nsec: 0 });
  return new Map<string, Value>([['start', time(start)], ['steps', steps ?? 0], ['next_time', time(next)]]);
}

/** Stands for Ruby's instance variables: parameters, counts, and what an input tells of itself. */
function variablesOf(view: PluginView, statistics: Readonly<Record<string, unknown>>, wanted: 'all' | readonly string[]): Map<string, Value> {
  const all = new Map<string, Value>([...maskedConfig(view)].filter(([name]) => !name.startsWith('@')));
  const { retry_count: errors, ...others } = statistics;
  if (view.kind === 'output') all.set('num_errors', toValue(errors));
  for (const [name, value] of Object.entries({ ...others, ...statusOf(view) })) all.set(name, toValue(value));
  return wanted === 'all' ? all : new Map(wanted.flatMap((name) => (all.has(name) ? [[name, all.get(name)!] as const] : [])));
}

function floatOf(value: unknown): Value {
  return typeof value === 'number' ? toFloat(value) : null;
}

/** Lists and objects become those of records. */
export function toValue(value: unknown): Value {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return value;
  if (value instanceof Float || value instanceof Map) return value as Value;
  if (Array.isArray(value)) return value.map(toValue);
  return new Map(Object.entries(value as object).map(([name, inner]) => [name, toValue(inner)]));
}
