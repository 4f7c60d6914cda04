/** Tells the JavaScript engine to prefer a small heap: an agent shares its node with the work that pays for it. */
import v8 from 'node:v8';

/**
 * The young generation stays at its first size instead of growing to three times 16 MiB, and collections come
 * sooner. Measured on the benchmark's `plain` workload: 124 instead of 166 MB at the peak on Node 20, for about 2 %
 * more CPU time. Both flags only guide heuristics, so that setting them in a running process is safe.
 */
export function preferSmallHeap(): void {
  v8.setFlagsFromString('--semi-space-growth-factor=1');
  // From Node 22 on the engine is in less of a hurry to collect; there this costs about a tenth of CPU time and saves a fifth of memory.
  if (Number(process.versions.node.split('.')[0]) >= 22) v8.setFlagsFromString('--optimize-for-size');
}
