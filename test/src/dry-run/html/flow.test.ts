import { expect, test } from 'vitest';
import { layOut } from '../../../../src/dry-run/html/flow.ts';
import type { DryRunReport, RouteHop } from '../../../../src/dry-run/report.ts';

const at = { file: 'fluent.conf', line: 1, column: 1 };

function report(places: RouteHop['places']): DryRunReport {
  const step = { id: null, label: '@ROOT', pattern: '**', at, owner: null, received: 4, passed: 0, failed: 0 };
  const group = (name: string, bytes: number) => ({
    name, outputs: [1], region: null, existence: 'created' as const, retentionDays: null, tags: {}, flushIntervalSec: 5, events: 2, bytes, requests: 1, streams: [],
  });
  const hop: RouteHop = { step: 1, received: 4, passed: 0, destinations: [], bytes: 1000, places };
  return {
    steps: [{ ...step, index: 0, kind: 'input', type: 'tail' }, { ...step, index: 1, kind: 'output', type: 'cloudwatch_logs' }],
    sources: [{ step: 0, state: 'read', reason: null, patterns: [], lines: 4, bytes: 900, events: 4, files: [], excluded: [], skipped: [] }],
    labels: [{ name: '@ROOT', entered: 4, steps: [1], unmatched: { events: 0, tags: [] } }],
    routes: [{ source: 0, hops: [hop] }], destinations: [], cloudwatch: { groups: places.map(({ name, bytes }) => group(name, bytes)), requests: 2 },
  } as unknown as DryRunReport;
}

test('bands to the groups of one output are as wide as their bytes', () => {
  const flow = layOut(report([{ name: 'large', events: 1, bytes: 900 }, { name: 'small', events: 3, bytes: 100 }]), String, String)!;
  const widthTo = (name: string) => flow.bands.filter(({ to }) => to.name === name).reduce((sum, { width }) => sum + width, 0);
  expect(widthTo('large') / widthTo('small')).toBeCloseTo(9);
});
