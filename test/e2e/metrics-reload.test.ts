import { afterEach, beforeEach, expect, test } from 'vitest';
import { userMetrics } from '../../src/metrics/user-metrics.ts';
import { Place, tail, until } from '../support/agent.ts';

let place: Place;
beforeEach(() => {
  place = new Place();
});
afterEach(() => place.remove());

const HEAD = '<system>\n  root_dir DIR/root\n</system>\n<match fluent.**>\n  @type null\n</match>\n';
const config = (desc: string, more = ''): string => `${tail('a.log', 'a')}
<filter a>
  @type prometheus
  <metric>
    name seen_total
    type counter
    desc ${desc}
  </metric>
  ${more}
</filter>
<match a>
  @type null
</match>`;

/** Writes the configuration that the next reload reads. */
function configure(text: string): void {
  place.write('fluent.conf', `${HEAD}${text}`.replaceAll('DIR', place.path));
}

test('a reload keeps what was counted as long as the metric is the same, and counts anew where it is not', async () => {
  place.write('a.log', 'one\ntwo\n');
  const running = await place.start(config('Seen.'));
  const page = (): string => userMetrics(running.agent.view).page();
  await until(() => page().includes('seen_total 2.0'));
  configure(config('Seen.', '<labels>\n  </labels>'));
  await running.agent.reload();
  place.append('a.log', 'three\n');
  await until(() => page().includes('seen_total 3.0'));
  configure(config('Otherwise.'));
  await running.agent.reload();
  place.append('a.log', 'four\n');
  await until(() => page() === '# TYPE seen_total counter\n# HELP seen_total Otherwise.\nseen_total 1.0\n');
  expect(running.metric('config_reloads_total')).toBe(2);
});

test('a metric of a filter that goes is not shown any more', async () => {
  const running = await place.start(config('Seen.'));
  expect(userMetrics(running.agent.view).has('seen_total')).toBe(true);
  configure(`${tail('a.log', 'a')}<match a>\n  @type null\n</match>`);
  await running.agent.reload();
  expect(userMetrics(running.agent.view).has('seen_total')).toBe(false);
});

test('a refused reload is counted, and what was counted stays', async () => {
  const running = await place.start(config('Seen.'));
  configure(config(''));
  await expect(running.agent.reload()).rejects.toThrow('desc');
  expect([running.metric('config_refused_reloads_total'), running.metric('config_reloads_total'), userMetrics(running.agent.view).has('seen_total')]).toEqual([1, 0, true]);
});
