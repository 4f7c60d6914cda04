import { describe, expect } from 'vitest';
import type { Status } from '../../../src/admin/status.ts';
import { run } from '../../../src/cli/top.ts';
import { ratesBetween, topScreen } from '../../../src/cli/top-screen.ts';
import { startShown } from '../../support/admin.ts';
import { test } from '../../support/e2e.ts';

const step = { id: 'x', named: true, label: '@ROOT', pattern: null, owner: null, file: 'f', line: 1, target: null, received: 0, passed: 0, emitted: 0, failed: 0, lines: 0, bytes: 0, unreadBytes: 0, delivered: null } as const;
const account = { received: 0, resumed: 0, handedOn: 0, removed: 0, rejected: {}, backedUp: 0, lost: 0, failed: 0, waiting: 7 } as const;

function status(now: number, done: number): Status {
  return {
    version: '1.0.0', node: '20', pid: 1, hostname: 'node-1', configFile: '/etc/fluent.conf', workers: 1, worker: 0, now: 1_700_000_000_000 + now, startedAt: 1_699_999_000,
    health: { ok: true, alive: true, reasons: [], phase: 'running', started: true, stalls: [], workers: 1, worker: 0 },
    process: { rssBytes: 90 * 1024 * 1024, heapUsedBytes: 0, heapTotalBytes: 0, externalBytes: 0, cpuSeconds: done / 10_000 },
    pipeline: [
      { ...step, kind: 'input', type: 'tail', id: 'in', lines: done, bytes: done * 100, emitted: done },
      { ...step, kind: 'filter', type: 'grep', id: 'g', pattern: 'a.**', received: done, passed: done / 2 },
      { ...step, kind: 'output', type: 'cloudwatch_logs', id: 'object:1', named: false, pattern: '**', received: done / 2 },
    ],
    labels: ['@ROOT'], flows: [],
    buffers: [{ id: 'object:1', type: 'cloudwatch_logs', stageChunks: 1, stageBytes: 2048, queueChunks: 0, queueBytes: 0, availablePercent: 99.5, memoryBytes: 0, waiting: 7, delivered: done / 2, lost: 0, backedUp: 0, flushFailures: 3, oldestSeconds: 4, retry: { steps: 2, since: 0, nextAt: 1_700_000_000_000 + now + 12_000 } }],
    files: [
      { path: '/var/log/containers/a.log', input: 'in', lines: 5, bytes: done, unreadBytes: 10 },
      { path: '/var/log/containers/b.log', input: 'in', lines: 7, bytes: 1000, unreadBytes: 2000 },
    ],
    filesTotal: { count: 2, unreadBytes: 2010 }, oldestUnsentSeconds: 4,
    ledger: { inputs: [], filters: [], outputs: [{ ...account, id: 'object:1', type: 'cloudwatch_logs', delivered: done / 2 }], unmatched: 0, dumped: 0, ownLog: 0, imbalances: [], text: '' },
    log: { counts: { trace: 0, debug: 0, info: 0, warn: 1, error: 0, fatal: 0 }, lines: [{ at: Date.UTC(2026, 0, 1, 10), level: 'warn', text: 'slow\u001b[2J', times: 3 }] },
  };
}

const [before, after] = [status(0, 1000), status(2000, 5000)];
const screen = (changes: Partial<Parameters<typeof topScreen>[2]> = {}): string[] => topScreen(after, ratesBetween(before, after), { width: 120, height: undefined, order: 'unread', colour: false, ...changes });

describe('the screen', () => {
  test('shows rates, buffers, files and the log', () => {
    expect(screen()).toEqual([
      'logferry 1.0.0  node-1  /etc/fluent.conf                                                     up 16 min 42 s  ALL IS WELL',
      'read 2.00k/s 195 KiB/s   delivered 1.00k/s   not read 1.96 KiB in 2 files   in buffers 7 events   oldest 4.0 s',
      'memory 90.0 MiB   cpu 20.0 %   ledger balanced',
      '',
      'STEP                    LABEL  PATTERN   IN/S  OUT/S  TOTAL  ERRORS',
      'input tail              @ROOT  in       2.00k  2.00k  5,000       0',
      'filter grep             @ROOT  g a.**   2.00k  1.00k  5,000       0',
      'output cloudwatch_logs  @ROOT  **       1.00k      0  2,500       0',
      '',
      'BUFFER             STAGED  QUEUED    FREE  WAITING  OLDEST  SENT/S  FAILURES  NEXT TRY',
      'cloudwatch_logs  2.00 KiB     0 B  99.5 %        7   4.0 s   1.00k         3   in 12 s',
      '',
      'FILES (2, by unread)         UNREAD     READING  LINES     BYTES',
      '/var/log/containers/b.log  1.95 KiB       0 B/s      7  0.98 KiB',
      '/var/log/containers/a.log      10 B  1.95 KiB/s      5  4.88 KiB',
      '',
      '10:00:00 WARN slow [2J (3 times)',
    ]);
  });

  test.each([20, 40, 60, 80, 100, 200])('fits into %i columns', (width) => {
    expect(screen({ width }).filter((line) => line.length > width)).toEqual([]);
  });

  test.each([5, 10, 16, 24, 50])('fits into %i lines', (height) => {
    expect(screen({ height }).length).toBeLessThanOrEqual(height);
  });

  test('orders files as it is told', () => {
    const first = (order: 'unread' | 'rate' | 'bytes' | 'path'): string => screen({ order }).find((line) => line.startsWith('/var/log/'))!.slice(20, 21);
    expect([first('unread'), first('rate'), first('bytes'), first('path')]).toEqual(['b', 'a', 'a', 'a']);
  });

  test('says what is wrong', () => {
    const stalled = { ...after, health: { ...after.health, ok: false, reasons: ['output x is stuck'] }, ledger: { ...after.ledger, imbalances: ['3 events are missing'] } };
    const lines = topScreen(stalled, ratesBetween(before, stalled), { width: 100, height: undefined, order: 'unread', colour: true });
    expect(lines[0]!.endsWith('\u001b[31mSTALLED\u001b[0m')).toBe(true);
    expect(lines).toContain('\u001b[31moutput x is stuck\u001b[0m');
    expect(lines).toContain('\u001b[31m3 events are missing\u001b[0m');
  });

  test('has no rates from a single look', () => {
    const rates = ratesBetween(after, after);
    expect([rates.cpu, rates.delivered('object:1'), rates.of(after.pipeline[0]!, 'lines'), rates.file('in', '/x')]).toEqual([0, 0, 0, 0]);
  });
});

test('prints once where there is no terminal', async ({ place }) => {
  const shown = await startShown(place, `<source>\n@type sample\n@id beats\ntag beat\nrate 20\nsample {"a":1}\n</source>\n<match beat>\n@type null\n</match>\n`);
  let out = '';
  const code = await run(['--url', shown.url], { stdout: { write: (text) => (out += text) }, stderr: { write: () => {} } });
  expect(code).toBe(0);
  expect(out).toMatch(/^logferry .* ALL IS WELL\n/);
  expect(out).toMatch(/^input sample +@ROOT +beats +[\d.]+ +[\d.]+ +\d+ +0$/m);
  // eslint-disable-next-line no-control-regex -- no escape sequence may be in it
  expect(out).not.toMatch(/\u001b/);
  await shown.admin.close();
});

test('refuses an order that there is not', async () => {
  await expect(run(['--sort', 'x'], { stdout: { write: () => {} }, stderr: { write: () => {} } })).rejects.toThrow("--sort: expected unread, rate, bytes, path, found 'x'");
});
