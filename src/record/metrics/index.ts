/** Metrics of records: declared with {@link recordMetricFields}, checked by `compileRecordMetrics`, counted from `start` on. */
import type { ConfigElement } from '../../config/element.ts';
import { ConfigError, problemText } from '../../errors.ts';
import type { EventBatch } from '../../event.ts';
import { suggest } from '../../lib/suggest.ts';
import type { MetricFamily } from '../../metrics/metric-family.ts';
import { differences, userMetrics } from '../../metrics/user-metrics.ts';
import type { PluginContext } from '../../plugin.ts';
import { createCounting } from './count.ts';
import { defineMetric, type MetricDefinition } from './definition.ts';
import { recordMetricFields, type RecordMetricConfig } from './fields.ts';
import { constantLabel, readLabels, type LabelContext } from './labels.ts';

export { recordMetricFields } from './fields.ts';

export interface RecordMetrics {
  /** Makes the series known; they end with the plugin. */
  start(): void;
  count(batch: EventBatch): void;
}

/** Metrics of one configuration, by name: no two may contradict each other. */
const DEFINED = 'prometheus metrics';

/** Checks the configuration of the filter or output. Problems are reported with `context.problem`; opens nothing. */
export function compileRecordMetrics(config: RecordMetricConfig, context: PluginContext): RecordMetrics {
  const around = { ...labelContext(context), labels: pluginLabels(context) };
  const definitions: MetricDefinition[] = [];
  const known = context.shared(DEFINED, () => new Map<string, MetricDefinition>());
  for (const metric of config.metric) {
    warnOfUnknown(metric.$element, context);
    try {
      const definition = defineMetric(metric, around);
      checkAgainst(known, definition, context);
      definitions.push(definition);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      for (const problem of error.problems) context.problem(problem);
    }
  }
  const told = new Set<string>();
  const failures = definitions.length === 0 ? undefined : context.metrics.counter('prometheus_failed_records_total', 'Records whose value or labels could not be counted.');
  let count: (batch: EventBatch) => void = () => {};
  return {
    start() {
      const registry = userMetrics(context.agent);
      const now = (): number => context.clock.monotonic();
      const metrics = definitions.map((definition) => {
        const { family, close } = registry.open(definition.family);
        context.defer(close);
        for (const values of definition.initial) family.at(values, now());
        watchRetention(definition, family, context);
        return { definition, family };
      });
      count = createCounting(metrics, now, (name, event, tag, error) => {
        failures?.add();
        if (!told.has(name)) context.log.warn('prometheus: failed to instrument a metric.', { error, tag, name });
        told.add(name);
        context.router.emitError(tag, event, error);
      });
    },
    count: (batch) => count(batch),
  };
}

/** `<labels>` of a monitor input as label values. Throws a ConfigError. */
export function constantLabels(context: PluginContext): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const [name, text] of pluginLabels(context)) values[name] = constantLabel(text, labelContext(context), context.element, context.type);
  return values;
}

/** The plugin's own labels, with that of the worker if there are several. */
function pluginLabels(context: PluginContext): ReadonlyMap<string, string> {
  const labels = new Map(readLabels(context.element));
  if (context.system.workers > 1) labels.set('worker_id', `${context.workerId}`);
  return labels;
}

function labelContext(context: PluginContext): LabelContext {
  const told = new Set<string>();
  return {
    workerId: context.workerId,
    unknown(placeholder) {
      if (told.has(placeholder)) return;
      told.add(placeholder);
      context.log.warn(`unknown placeholder \`${placeholder}\` found`);
    },
  };
}

/** The section takes any parameter, as its labels do: those that mean nothing are told of here. */
function warnOfUnknown(element: ConfigElement, { log }: PluginContext): void {
  const known = Object.keys(recordMetricFields.metric.fields);
  const names = [...[...element.params].map(([name, { at }]) => ({ name, at, what: `parameter '${name}'` })), ...element.elements.map(({ name, at }) => ({ name, at, what: `section <${name}>` }))];
  for (const { name, at, what } of names) {
    if (known.includes(name)) continue;
    const near = suggest(name, known);
    log.warn(problemText({ message: `${what} in <metric> is not used.`, at, hint: near && `did you mean ${near}?` }));
  }
}

function checkAgainst(known: Map<string, MetricDefinition>, definition: MetricDefinition, context: PluginContext): void {
  const { name } = definition.family;
  const first = known.get(name);
  if (!first) {
    known.set(name, definition);
    return;
  }
  const different = differences(first.family, definition.family);
  const { file, line } = first.element.at;
  if (different.length > 0)
    throw new ConfigError(`metric ${name} is defined already with ${different.join(' and ')}`, definition.element.at, `it is also defined in ${file}, line ${line}: make them the same or give it another name`);
  if (first.family.buckets?.map(({ text }) => text).join() !== definition.family.buckets?.map(({ text }) => text).join())
    context.log.warn('a histogram is defined twice with different buckets: those of the first are used', { name, file, line });
}

function watchRetention({ retentionMs, checkMs }: MetricDefinition, family: MetricFamily, context: PluginContext): void {
  if (retentionMs === undefined) return;
  const timer = setInterval(() => family.expire(context.clock.monotonic() - retentionMs), checkMs);
  timer.unref();
  context.defer(() => clearInterval(timer));
}
