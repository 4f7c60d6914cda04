/** How much memory this process may use, as the machine or its container says. */
import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import path from 'node:path';

const MIB = 1024 * 1024;
/** What the runtime, the program and its working copies need besides the events that are held. */
export const RESERVE_BYTES = 96 * MIB;
/** Chunks on their way are in memory twice: as they are kept, and as they are sent. */
const PART_OF_THE_REST = 1 / 2;
/** A budget is never smaller: a container that is smaller than that cannot work anyway. */
export const LEAST_BUDGET = 16 * MIB;
/** Without a limit: at most this much, and a quarter of the machine. */
const UNLIMITED_BUDGET = 256 * MIB;
/** cgroup v1 says 'no limit' with a number close to 2^63. */
const NO_LIMIT = 2 ** 53;

/** Reads a file; undefined if that is not possible. */
export type ReadText = (file: string) => string | undefined;

/**
 * The least memory limit of the control groups of this process, in bytes; undefined if there is none.
 * A container sees its own group as the root; elsewhere the group and all above it count.
 */
export function cgroupMemoryLimit(read: ReadText = readText): number | undefined {
  const found: number[] = [];
  const add = (file: string): void => {
    const text = read(file)?.trim();
    const limit = text === undefined || !/^\d+$/.test(text) ? NaN : Number(text);
    if (limit > 0 && limit < NO_LIMIT) found.push(limit);
  };
  const groups = (read('/proc/self/cgroup') ?? '').split('\n').map((line) => line.split(':'));
  const visit = (root: string, group: string, name: string): void => {
    for (let folder = path.posix.join('/', group); ; folder = path.posix.dirname(folder)) {
      add(path.posix.join(root, folder, name));
      if (folder === '/') return;
    }
  };
  visit('/sys/fs/cgroup', groups.find(([number]) => number === '0')?.slice(2).join(':') ?? '/', 'memory.max');
  const v1 = groups.find(([, controllers]) => controllers?.split(',').includes('memory'));
  visit('/sys/fs/cgroup/memory', v1?.slice(2).join(':') ?? '/', 'memory.limit_in_bytes');
  return found.length === 0 ? undefined : Math.min(...found);
}

/**
 * The budget for held events where none is configured, in bytes: half of what the container's limit leaves when {@link RESERVE_BYTES} for each
 * worker are taken off, divided by the workers; without a limit 256 MiB, but no more than a quarter of the machine.
 */
export function defaultMemoryBudget(workers = 1, limit = cgroupMemoryLimit(), machine = totalmem()): number {
  const budget = limit === undefined ? Math.min(UNLIMITED_BUDGET, machine / 4 / workers) : (limit / workers - RESERVE_BYTES) * PART_OF_THE_REST;
  return Math.max(LEAST_BUDGET, Math.floor(budget));
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return undefined;
  }
}
