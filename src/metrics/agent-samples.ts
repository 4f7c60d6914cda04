/**
 * All that the agent tells of itself, for a page of `exposition`: its own series begin with `logferry_`, and what
 * fluent-plugin-prometheus has names for is there under those, too.
 */
import type { AgentView } from '../plugin.ts';
import { outputStatus, tailStatus } from './fluentd-status.ts';
import { ledgerSamples } from './ledger-samples.ts';
import type { Sample } from './metrics.ts';
import { processSamples } from './process-metrics.ts';
import { userMetrics } from './user-metrics.ts';

/** Series of one name and plugin that differ by their path; what is beyond is added up with the path `other`. */
export const MAX_PATHS = 1000;

/** What the configuration counts (`<metric>`) comes first, then everything of the agent. */
export function* agentSamples(agent: AgentView): Generator<Sample> {
  const defined = userMetrics(agent);
  yield* defined.samples();
  // The monitor inputs show them with labels of their own: one name stands for one set of labels.
  for (const sample of fluentdSamples(agent)) if (!defined.has(sample.name)) yield sample;
  yield* ownSamples(agent);
}

/** Under the names of fluent-plugin-prometheus. */
function* fluentdSamples(agent: AgentView): Generator<Sample> {
  yield* outputStatus(agent, {});
  yield* tailStatus(agent, {});
}

/** Under our own names. */
export function* ownSamples(agent: AgentView): Generator<Sample> {
  yield* bounded(agent.metrics());
  yield* ledgerSamples(agent.ledger());
  yield* processSamples(agent.startedAt);
}

function* bounded(samples: Iterable<Sample>): Generator<Sample> {
  const paths = new Map<string, number>();
  const others = new Map<string, Sample>();
  for (const sample of samples) {
    const named = { ...sample, name: `logferry_${sample.name}` };
    if (sample.labels['path'] === undefined) {
      yield named;
      continue;
    }
    const key = `${sample.name} ${sample.labels['plugin_id']}`;
    const count = (paths.get(key) ?? 0) + 1;
    paths.set(key, count);
    if (count <= MAX_PATHS) yield named;
    else others.set(key, { ...named, labels: { ...sample.labels, path: 'other' }, value: sample.value + (others.get(key)?.value ?? 0) });
  }
  yield* others.values();
}
