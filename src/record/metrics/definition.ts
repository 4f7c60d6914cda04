/** One `<metric>`: checked, with its labels and what it looks like at the start. */
import type { ConfigElement } from '../../config/element.ts';
import { ConfigError } from '../../errors.ts';
import type { Bucket, FamilyDefinition } from '../../metrics/metric-family.ts';
import type { RecordAccessor } from '../accessor.ts';
import type { MetricConfig } from './fields.ts';
import { compiledAccessor, compileLabel, isVariable, readLabels, type LabelContext, type LabelSource } from './labels.ts';

export interface MetricDefinition {
  readonly family: FamilyDefinition;
  readonly sources: readonly LabelSource[];
  /** Undefined: each record counts 1. */
  readonly key: RecordAccessor | undefined;
  /** Label values of series that are there from the beginning. */
  readonly initial: readonly (readonly string[])[];
  readonly retentionMs: number | undefined;
  readonly checkMs: number;
  readonly element: ConfigElement;
}

/** What a metric needs of its plugin. */
export interface MetricSurroundings extends LabelContext {
  /** Labels of the plugin, before those of the metric. */
  readonly labels: ReadonlyMap<string, string>;
}

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const RESERVED: Readonly<Record<string, readonly string[]>> = { histogram: ['le'], summary: ['quantile'] };

/** Checks a metric. Throws a ConfigError. */
export function defineMetric(config: MetricConfig, around: MetricSurroundings): MetricDefinition {
  const { $element: element, name, type, desc, key, buckets } = config;
  const at = (param: string) => element.params.get(param)?.at ?? element.at;
  if (!METRIC_NAME.test(name)) throw new ConfigError(`'${name}' cannot be the name of a metric`, at('name'), 'letters, digits, _ and : are allowed; it begins with no digit');
  if (desc === '') throw new ConfigError(`metric ${name}: desc must not be empty`, at('desc'));
  if (type !== 'counter' && key === undefined) throw new ConfigError(`${type} metric requires 'key' option`, element.at, `say which field of the record has the value of ${name}`);
  if (buckets !== undefined && type !== 'histogram') throw new ConfigError(`metric ${name}: buckets belong to histograms, its type is ${type}`, at('buckets'));
  const reserved = RESERVED[type] ?? [];
  const texts = new Map(around.labels);
  for (const label of reserved) if (texts.has(label)) throw new ConfigError(`metric ${name}: the label '${label}' of the plugin's <labels> is reserved`, element.at);
  for (const [label, text] of readLabels(element, reserved)) texts.set(label, text);
  return {
    family: { name, help: desc, type, labels: [...texts.keys()], buckets: buckets === undefined ? undefined : readBuckets(buckets, name, at('buckets')) },
    sources: [...texts.values()].map((text) => compileLabel(text, around, element)),
    key: key === undefined ? undefined : compiledAccessor(key, element),
    initial: config.initialized === 'true' ? initialValues(element, name, texts, around) : [],
    retentionMs: config.retention === undefined ? undefined : config.retention * 1000,
    checkMs: Math.max(1, config.retention_check_interval) * 1000,
    element,
  };
}

/** Texts with a point, and whole numbers of three digits and more, are Floats there: `100` has the label `100.0`. */
function readBuckets(text: string, name: string, at: ConfigElement['at']): readonly Bucket[] {
  const buckets = text.split(',').map((part): Bucket => {
    const trimmed = part.trim();
    const limit = Number.parseFloat(trimmed);
    if (!Number.isFinite(limit)) throw new ConfigError(`metric ${name}: expected numbers with commas between them as buckets, found '${trimmed}'`, at);
    if (/^\d+.\d+$/.test(trimmed)) return { limit, text: Number.isInteger(limit) ? `${limit}.0` : `${limit}` };
    const whole = Number.parseInt(trimmed, 10) || 0;
    return { limit: whole, text: `${whole}` };
  });
  const wrong = buckets.findIndex(({ limit }, i) => i > 0 && limit < buckets[i - 1]!.limit);
  if (wrong > 0) throw new ConfigError(`metric ${name}: buckets should ascend, found ${buckets[wrong]!.text} behind ${buckets[wrong - 1]!.text}`, at);
  return buckets;
}

/** One list of values for each `<initlabels>`; one with the constant labels if no label is variable. Throws a ConfigError. */
function initialValues(element: ConfigElement, name: string, texts: ReadonlyMap<string, string>, context: LabelContext): string[][] {
  const sections = element.elements.filter((inner) => inner.name === 'initlabels');
  const fixed = (label: string): string | undefined => {
    const source = compileLabel(texts.get(label)!, context, element);
    return source.kind === 'constant' ? source.text : undefined;
  };
  const given = new Set<string>();
  const rows = sections.map((section) => {
    const values = new Map<string, string>();
    for (const [label, { text, at }] of section.params) {
      const wanted = texts.get(label);
      if (wanted === undefined) throw new ConfigError(`Key ${label} in <initlabels> is non existent in <labels> for metric ${name}`, at);
      if (isVariable(text)) throw new ConfigError(`Cannot use RecordAccessor or placeholder ${text} (key ${label}) in a <initlabels> in metric ${name}`, at);
      if (!isVariable(wanted)) throw new ConfigError(`Cannot set <initlabels> on non RecordAccessor/Placeholder key ${label} (value ${text}) in metric ${name}`, at);
      if (wanted === '${worker_id}' || wanted === '${hostname}')
        throw new ConfigError(`Cannot set <initlabels> on reserved placeholder ${wanted} for key ${label} in metric ${name}`, at);
      values.set(label, text);
      given.add(label);
    }
    return values;
  });
  for (const [label, text] of texts) {
    if (fixed(label) === undefined && !given.has(label))
      throw new ConfigError(`RecordAccessor/Placeholder key ${label} with value ${text} has not been set in a <initlabels> for initialized metric ${name}`, element.at);
  }
  if (rows.length === 0) rows.push(new Map());
  return rows.map((values) => [...texts.keys()].map((label) => {
    const value = values.get(label) ?? fixed(label);
    if (value === undefined) throw new ConfigError(`initlabels for metric ${name} must have the same signature than labels: ${label} is missing`, element.at);
    return value;
  }));
}
