/**
 * What the agent shows of itself as one JSON document: `/api/status`, the live page and `logferry top`. All counts are totals since
 * the start; rates are differences of two documents. Names stay as they are; new ones may come.
 */
import { hostname } from 'node:os';
import type { ConfigElement } from '../config/element.ts';
import { ledgerText, type Ledger } from '../metrics/ledger.ts';
import type { Sample } from '../metrics/metrics.ts';
import type { AgentView, PluginView, Step } from '../plugin.ts';
import { version } from '../lib/version.ts';
import { LEVELS, type Level } from '../log/logger.ts';
import type { Flow, FlowCount } from './flows.ts';
import type { Health, HealthWatch } from './health.ts';
import type { LogLine, RecentLog } from './recent-log.ts';
import { bufferStatus, type BufferStatus } from './buffer-status.ts';

export interface Status {
  readonly version: string;
  /** Such as `20.19.0`. */
  readonly node: string;
  readonly pid: number;
  readonly hostname: string;
  readonly configFile: string;
  /** Number of worker processes, and which one this is. */
  readonly workers: number;
  readonly worker: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Seconds since 1970. */
  readonly startedAt: number;
  /** As /readyz has it, and whether /healthz says that all is well. */
  readonly health: Health & { readonly alive: boolean };
  readonly process: ProcessStatus;
  readonly pipeline: readonly StepStatus[];
  readonly labels: readonly string[];
  readonly flows: readonly Flow[];
  readonly buffers: readonly BufferStatus[];
  /** The largest backlogs first, at most as many as were asked for. */
  readonly files: readonly FileStatus[];
  /** Of all files. */
  readonly filesTotal: { readonly count: number; readonly unreadBytes: number };
  /** Seconds since the oldest chunk that is not delivered was begun; 0 if there is none. */
  readonly oldestUnsentSeconds: number;
  readonly ledger: Ledger & { readonly text: string };
  readonly log: { readonly counts: Readonly<Record<Level, number>>; readonly lines: readonly LogLine[] };
}

export interface ProcessStatus {
  readonly rssBytes: number;
  readonly heapUsedBytes: number;
  readonly heapTotalBytes: number;
  /** Memory outside of the heap that belongs to objects in it: buffers, above all. */
  readonly externalBytes: number;
  /** User and system time since the start, seconds. */
  readonly cpuSeconds: number;
}

/** One input, filter or output; in the order of the configuration. */
export interface StepStatus {
  readonly kind: Step['kind'];
  readonly id: string;
  /** Whether the configuration gave the id. */
  readonly named: boolean;
  readonly type: string;
  /** Inputs: the label that they emit into. Filters and outputs: the one that they stand in. */
  readonly label: string;
  /** Filters and outputs: the pattern as written. */
  readonly pattern: string | null;
  /** The id of the output that has it as `<store>`. */
  readonly owner: string | null;
  /** Where it stands in the configuration. */
  readonly file: string;
  readonly line: number;
  /** Outputs that hand on: the label that `@label` names. */
  readonly target: string | null;
  readonly received: number;
  readonly passed: number;
  readonly emitted: number;
  readonly failed: number;
  /** Inputs: lines and bytes that were read. */
  readonly lines: number;
  readonly bytes: number;
  /** Inputs: bytes of open files that are not read yet. */
  readonly unreadBytes: number;
  /** Outputs with a buffer: events that were delivered; others: null. */
  readonly delivered: number | null;
}

export interface FileStatus {
  readonly path: string;
  readonly input: string;
  readonly lines: number;
  readonly bytes: number;
  readonly unreadBytes: number;
}

export interface StatusParts {
  readonly view: AgentView;
  readonly health: HealthWatch;
  readonly flows: FlowCount;
  readonly recent: RecentLog;
  readonly logCounts: Readonly<Record<Level, number>>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** How many processes there are, and the number of this one. */
  readonly workers: number;
  readonly worker: number;
}

/** Reads everything once. `files`: how many of them at most. */
export function readStatus({ view, health, flows, recent, logCounts, now, workers, worker }: StatusParts, files: number): Status {
  const samples = [...view.metrics()];
  const book = byPlugin(samples);
  const views = view.plugins();
  const steps = views.flatMap((one) => (one.step ? [stepStatus(one, one.step, book)] : []));
  const ledger = view.ledger();
  const buffers = views.flatMap((one) => bufferStatus(one, ledger, (name) => book.get(`${name} ${one.id}`) ?? 0) ?? []);
  const backlog = fileStatus(samples);
  const memory = process.memoryUsage();
  const cpu = process.cpuUsage();
  return {
    version: version(), node: process.versions.node, pid: process.pid, hostname: hostname(), configFile: view.configFile, workers, worker,
    now: now(), startedAt: view.startedAt,
    health: { ...health.ready(), alive: health.alive().ok },
    process: {
      rssBytes: memory.rss, heapUsedBytes: memory.heapUsed, heapTotalBytes: memory.heapTotal, externalBytes: memory.external,
      cpuSeconds: (cpu.user + cpu.system) / 1e6,
    },
    pipeline: inOrder(steps, view.config),
    labels: labelsOf(steps, view),
    flows: flows.read(),
    buffers,
    files: backlog.slice(0, files),
    filesTotal: { count: backlog.length, unreadBytes: backlog.reduce((sum, { unreadBytes }) => sum + unreadBytes, 0) },
    oldestUnsentSeconds: buffers.reduce((most, { oldestSeconds }) => Math.max(most, oldestSeconds), 0),
    ledger: { ...ledger, text: ledgerText(ledger) },
    log: { counts: Object.fromEntries(LEVELS.map((level) => [level, logCounts[level]])) as Record<Level, number>, lines: recent.lines },
  };
}

/** As the configuration has them, with what it includes. */
function inOrder(steps: readonly StepStatus[], root: ConfigElement): StepStatus[] {
  const places = new Map<string, number>();
  const walk = (element: ConfigElement): void => {
    places.set(`${element.at.file}:${element.at.line}`, places.size);
    element.elements.forEach(walk);
  };
  walk(root);
  const place = ({ file, line }: StepStatus): number => places.get(`${file}:${line}`) ?? places.size;
  return steps.toSorted((a, b) => place(a) - place(b));
}

function labelsOf(steps: readonly StepStatus[], view: AgentView): string[] {
  const declared = view.config.elements.filter(({ name }) => name === 'label').map(({ arg }) => arg);
  return [...new Set(['@ROOT', ...declared, ...steps.map(({ label }) => label)])];
}

function stepStatus({ element }: PluginView, step: Step, book: ReadonlyMap<string, number>): StepStatus {
  const { kind, id, configured, type, label, pattern, owner, at } = step;
  const target = element.params.get('@label')?.text;
  const of = (name: string): number => book.get(`${name} ${id}`) ?? 0;
  return {
    kind, id, named: configured, type,
    label: kind === 'input' ? (target ?? label) : label,
    pattern: pattern ?? null, owner: owner?.id ?? null, file: at.file, line: at.line, target: kind === 'input' ? null : (target ?? null),
    received: step.received, passed: step.passed, emitted: step.emitted, failed: step.failed,
    lines: of('input_lines_total'), bytes: of('input_bytes_total'), unreadBytes: of('input_file_unread_bytes'),
    delivered: book.get(`buffer_delivered_records_total ${id}`) ?? null,
  };
}

/** Sums by name and plugin. */
function byPlugin(samples: readonly Sample[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { name, labels, value } of samples) {
    const key = `${name} ${labels['plugin_id']}`;
    sums.set(key, (sums.get(key) ?? 0) + value);
  }
  return sums;
}

function fileStatus(samples: readonly Sample[]): FileStatus[] {
  const found = new Map<string, { path: string; input: string; lines: number; bytes: number; unreadBytes: number }>();
  const fields = { input_file_lines_total: 'lines', input_file_bytes_total: 'bytes', input_file_unread_bytes: 'unreadBytes' } as const;
  for (const { name, labels, value } of samples) {
    if (!Object.hasOwn(fields, name)) continue;
    const { path = '', plugin_id: input = '' } = labels;
    const key = `${input} ${path}`;
    let file = found.get(key);
    if (!file) found.set(key, (file = { path, input, lines: 0, bytes: 0, unreadBytes: 0 }));
    file[fields[name as keyof typeof fields]] = value;
  }
  return [...found.values()].sort((a, b) => b.unreadBytes - a.unreadBytes || (a.path < b.path ? -1 : 1));
}
