/** What the process itself uses: memory, processor time, files, and how late its timers are. */
import { readdirSync } from 'node:fs';
import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';
import { version } from '../lib/version.ts';
import type { Sample } from './metrics.ts';

/** The lag is that of the last minute or two: the numbers begin anew this long after they did, at the next look. */
const LAG_WINDOW_MS = 60_000;
/** How exactly the lag is measured, milliseconds. */
const LAG_RESOLUTION_MS = 20;

const OWN_VERSION = version();
let lag: { readonly histogram: IntervalHistogram; since: number } | undefined;

/** Samples of this process; `startedAt` is in seconds since 1970. The lag is measured from the first call on. */
export function* processSamples(startedAt: number): Generator<Sample> {
  const gauge = (name: string, help: string, value: number, labels = {}): Sample => ({ name, help, type: 'gauge', labels, value });
  const memory = process.memoryUsage();
  const cpu = process.cpuUsage();
  const seconds = (name: 'user' | 'system'): Sample => ({
    name: 'logferry_process_cpu_seconds_total', help: 'Processor time that was used.', type: 'counter', labels: { mode: name }, value: cpu[name] / 1e6,
  });
  yield gauge('logferry_build_info', 'Always 1; the labels say what runs.', 1, { version: OWN_VERSION, node_version: process.version });
  yield gauge('logferry_process_start_time_seconds', 'When the agent was started, seconds since 1970.', startedAt);
  yield gauge('logferry_process_resident_memory_bytes', 'Memory of the process, as the system counts it.', memory.rss);
  yield gauge('logferry_process_heap_used_bytes', 'Memory of objects.', memory.heapUsed);
  yield gauge('logferry_process_heap_total_bytes', 'Memory that is set aside for objects.', memory.heapTotal);
  yield gauge('logferry_process_external_memory_bytes', 'Memory outside of the heap that objects hold, buffers among it.', memory.external);
  yield seconds('user');
  yield seconds('system');
  const files = openFiles();
  if (files !== undefined) yield gauge('logferry_process_open_fds', 'Open file descriptors.', files);
  for (const [quantile, value] of eventLoopLag())
    yield gauge('logferry_process_event_loop_lag_seconds', 'How late timers of the last minute were: half of them, 99 of 100, and all at most so.', value, { quantile });
}

function openFiles(): number | undefined {
  try {
    // The listing itself has one open.
    return readdirSync('/proc/self/fd').length - 1;
  } catch {
    return undefined;
  }
}

function eventLoopLag(): [string, number][] {
  if (!lag) {
    const histogram = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
    histogram.enable();
    lag = { histogram, since: performance.now() };
  }
  const { histogram } = lag;
  const nanoseconds = histogram.count === 0 ? [0, 0, 0] : [histogram.percentile(50), histogram.percentile(99), histogram.max];
  const late = nanoseconds.map((ns) => Math.max(0, ns / 1e9 - LAG_RESOLUTION_MS / 1000));
  if (performance.now() - lag.since > LAG_WINDOW_MS) {
    histogram.reset();
    lag.since = performance.now();
  }
  return [['0.5', late[0]!], ['0.99', late[1]!], ['1', late[2]!]];
}
