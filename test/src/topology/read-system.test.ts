import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config/read.ts';
import type { ConfigError } from '../../../src/errors.ts';
import { AgentLog } from '../../../src/log/agent-log.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { MetricsRegistry } from '../../../src/metrics/metrics.ts';
import { Registry } from '../../../src/registry.ts';
import { metricLabels, readSystem, settingsOf } from '../../../src/topology/read-system.ts';

async function read(lines: string) {
  const warnings: string[] = [];
  const log = new AgentLog({
    level: 'warn', format: 'text', formatTime: () => '', write: (line) => void warnings.push(line.replace(/^.*: #0 /, '').trimEnd()), clock: systemClock, workerId: 0,
  });
  const root = parseConfig(`<system>\n${lines}\n</system>\n`, { file: 'a.conf', evaluate: () => '' });
  return { system: await readSystem(root, { registry: new Registry({}), strict: false }, log), warnings };
}

describe('<system>', () => {
  it('tells plugins of workers that listen for themselves and of bytes to be counted', async () => {
    const { system, warnings } = await read('disable_shared_socket true\nenable_size_metrics true');
    expect(settingsOf(system)).toMatchObject({ ownSockets: true, countSizes: true });
    expect(warnings).toEqual([]);
  });

  it('gives labels to every series, behind which a series keeps its own', async () => {
    const { system } = await read('<metrics>\n@type local\nlabels {"cluster":"blue","zone":1,"type":"x"}\n</metrics>');
    const metrics = new MetricsRegistry();
    metrics.labelled({ type: 'tail' }).counter('lines_total', 'Lines.').add(2);
    metrics.labelAll(metricLabels(system));
    expect([...metrics.read()].map(({ labels, value }) => [labels, value])).toEqual([[{ cluster: 'blue', zone: '1', type: 'tail' }, 2]]);
  });

  it('warns of what is on in any case', async () => {
    const { warnings } = await read('enable_input_metrics false\nenable_jit true');
    expect(warnings).toEqual([
      "a.conf:3:1: parameter 'enable_jit' has no effect here: there is no Ruby to be compiled",
      "a.conf:2:1: parameter 'enable_input_metrics' has no effect here: events of inputs are always counted, as the ledger needs them",
    ]);
  });

  it('refuses another metrics plugin, and two modes that exclude each other', async () => {
    const error = await read('with_source_only true\nwithout_source true\n<metrics>\n@type other\n</metrics>').catch((thrown: unknown) => thrown);
    expect((error as ConfigError).problems.map(({ message, hint }) => [message, hint])).toEqual([
      ["Unknown metrics plugin 'other'", 'there is one: local'],
      ['with_source_only and without_source cannot be used together', 'remove one of them'],
    ]);
  });
});
