/** Families that show what was there at the last look: what the monitor inputs of fluent-plugin-prometheus do. */
import type { PluginContext } from '../plugin.ts';
import type { Member, Sample } from './metrics.ts';
import type { StatusFamily } from './fluentd-status.ts';
import { userMetrics } from './user-metrics.ts';

/**
 * Makes the families known and looks every `intervalSec` from now on; what is gone at a look is not shown any more. The end is
 * deferred. Totals of `counters` are counters.
 */
export function showSnapshots(
  context: PluginContext,
  families: Iterable<StatusFamily>,
  options: { readonly intervalSec: number; readonly labels: readonly string[]; readonly counters?: boolean },
  look: () => Iterable<Sample>,
): void {
  const registry = userMetrics(context.agent);
  let seen = new Map<string, Member[]>();
  for (const { name, help, kind } of families) {
    const type = options.counters && kind === 'number' ? 'counter' : 'gauge';
    const { family, close } = registry.open({ name, help, type, labels: options.labels });
    context.defer(close);
    context.defer(family.compute(() => seen.get(name) ?? []));
  }
  const update = (): void => {
    const next = new Map<string, Member[]>();
    for (const { name, labels, value } of look()) {
      const same = next.get(name);
      if (same) same.push({ labels, value });
      else next.set(name, [{ labels, value }]);
    }
    seen = next;
  };
  const timer = setInterval(() => {
    try {
      update();
    } catch (error) {
      context.log.warn('the state of plugins could not be read', { error });
    }
  }, Math.max(0.1, options.intervalSec) * 1000);
  timer.unref();
  context.defer(() => clearInterval(timer));
}
