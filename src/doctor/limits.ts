/** Limits of the process, the kernel and the container, against what this configuration needs. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { byteText } from '../dry-run/layout.ts';
import { cgroupMemoryLimit, LEAST_BUDGET, RESERVE_BYTES } from '../lib/memory-limit.ts';
import type { Check } from './report.ts';

/** Open files besides those that are read: connections, buffers, the program's own. */
const OTHER_FILES = 256;
/** An agent takes one instance of inotify; others on the node take the rest. */
const LEAST_INSTANCES = 4;

/** `files`: how many the inputs read now; `folders`: how many folders these lie in. */
export async function examineFileLimits(files: number, folders: number): Promise<readonly Check[]> {
  const checks: Check[] = [];
  const text = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const open = Number(/^Max open files\s+(\d+|unlimited)/m.exec(text)?.[1]?.replace('unlimited', 'Infinity') ?? NaN);
  const needed = files + OTHER_FILES;
  if (Number.isNaN(open)) checks.push({ id: 'limits.open-files', subject: '', status: 'unknown', message: 'this system does not tell how many files may be open' });
  else {
    const fits = open >= needed;
    checks.push({
      id: 'limits.open-files', subject: '', status: fits ? 'ok' : 'problem', message: `${open} files may be open, and ${files} are to be read`,
      ...(fits ? {} : { hint: `raise the limit (ulimit -n) to ${needed} or more: LimitNOFILE of the container runtime` }),
    });
  }
  const number = async (name: string): Promise<number> => Number(await readFile(`/proc/sys/fs/inotify/${name}`, 'latin1').catch(() => NaN));
  const [watches, instances] = await Promise.all([number('max_user_watches'), number('max_user_instances')]);
  if (!Number.isNaN(watches)) {
    const fits = watches >= (files + folders) * 2;
    checks.push({
      id: 'limits.inotify-watches', subject: '', status: fits ? 'ok' : 'warning',
      message: `the kernel allows ${watches} inotify watches for this user, and up to ${files + folders} are needed here`,
      ...(fits ? {} : { hint: 'raise fs.inotify.max_user_watches on the node; without watches changes are found by polling' }),
    });
  }
  if (!Number.isNaN(instances)) {
    const used = await inotifyInstances();
    const fits = instances - used >= LEAST_INSTANCES;
    checks.push({
      id: 'limits.inotify-instances', subject: '', status: fits ? 'ok' : 'warning',
      message: `the kernel allows ${instances} inotify instances for this user, and at least ${used} are taken`,
      ...(fits ? {} : { hint: 'raise fs.inotify.max_user_instances on the node; without one new files are found by polling' }),
    });
  }
  return checks;
}

/** As far as /proc shows them to this user. */
async function inotifyInstances(): Promise<number> {
  let count = 0;
  for (const pid of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(pid)) continue;
    for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      if ((await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')) === 'anon_inode:inotify') count++;
    }
  }
  return count;
}

/** `configured`: `<system> memory_limit`, bytes. */
export function memoryCheck(configured: number | undefined, workers: number, limit = cgroupMemoryLimit()): Check {
  const id = 'limits.memory';
  if (limit === undefined) return { id, subject: '', status: 'ok', message: 'the container has no memory limit' };
  const least = workers * (RESERVE_BYTES + LEAST_BUDGET * 2);
  if (limit < least) {
    return {
      id, subject: '', status: 'problem',
      message: `the memory limit is ${byteText(limit)}, the agent needs ${byteText(least)} at least`,
      hint: 'raise resources.limits.memory of the container',
    };
  }
  const needed = configured === undefined ? 0 : workers * (RESERVE_BYTES + configured * 2);
  if (configured !== undefined && needed > limit) {
    return {
      id, subject: '', status: 'warning', message: `memory_limit ${byteText(configured)} may take ${byteText(needed)} in all, and the container's limit is ${byteText(limit)}`,
      hint: 'leave out memory_limit in <system>: it is derived from the limit then; or raise resources.limits.memory',
    };
  }
  return {
    id, subject: '', status: 'ok',
    message: `the container's limit is ${byteText(limit)}, memory_limit is ${configured === undefined ? 'derived from it' : byteText(configured)}`,
  };
}
