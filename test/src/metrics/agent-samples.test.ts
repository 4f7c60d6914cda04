import { expect, test } from 'vitest';
import { agentSamples, MAX_PATHS } from '../../../src/metrics/agent-samples.ts';
import type { Sample } from '../../../src/metrics/metrics.ts';
import { userMetrics } from '../../../src/metrics/user-metrics.ts';
import { testContext } from '../../support/context.ts';

function agentWith(samples: readonly Sample[]) {
  return { ...testContext().agent, metrics: () => samples };
}

const shown = (samples: Iterable<Sample>, name: string) => [...samples].filter((sample) => sample.name === name);

test('series of the registry have the prefix of the agent', () => {
  const agent = agentWith([{ name: 'input_lines_total', help: 'Lines.', type: 'counter', labels: { plugin_id: 'a' }, value: 3 }]);
  expect(shown(agentSamples(agent), 'logferry_input_lines_total')).toEqual([{ name: 'logferry_input_lines_total', help: 'Lines.', type: 'counter', labels: { plugin_id: 'a' }, value: 3 }]);
});

test('paths beyond a limit are added up, for each plugin and name', () => {
  const files = Array.from({ length: MAX_PATHS + 5 }, (_, i): Sample => ({ name: 'input_file_lines_total', help: 'L.', type: 'counter', labels: { plugin_id: 'a', path: `/${i}` }, value: 2 }));
  const found = shown(agentSamples(agentWith(files)), 'logferry_input_file_lines_total');
  expect(found.length).toBe(MAX_PATHS + 1);
  expect(found.at(-1)).toMatchObject({ labels: { plugin_id: 'a', path: 'other' }, value: 10 });
});

test('metrics of the configuration come first, as they are', () => {
  const agent = agentWith([]);
  userMetrics(agent).open({ name: 'mine_total', help: 'Mine.', type: 'counter', labels: [] });
  expect([...agentSamples(agent)][0]).toMatchObject({ name: 'mine_total', value: 0 });
});

test('every number is a number, and no name has two types', () => {
  const types = new Map<string, string>();
  for (const { name, type, value } of agentSamples(agentWith([]))) {
    expect(Number.isFinite(value)).toBe(true);
    expect(types.get(name) ?? type).toBe(type);
    types.set(name, type);
  }
  expect([...types.keys()].filter((name) => !/^(?:logferry|fluentd)_[a-z_]+$/.test(name))).toEqual([]);
});
