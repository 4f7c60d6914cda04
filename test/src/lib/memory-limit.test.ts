import { expect, test } from 'vitest';
import { cgroupMemoryLimit, defaultMemoryBudget, LEAST_BUDGET } from '../../../src/lib/memory-limit.ts';

const MIB = 1024 * 1024;
const files = (content: Record<string, string>) => (file: string): string | undefined => content[file];

test.each<[string, Record<string, string>, number | undefined]>([
  ['v2 in a container', { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/memory.max': '209715200\n' }, 200 * MIB],
  ['v2 without a limit', { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/memory.max': 'max\n' }, undefined],
  [
    'v2 of a service: the least of the group and those above',
    {
      '/proc/self/cgroup': '0::/system.slice/logferry.service\n',
      '/sys/fs/cgroup/system.slice/logferry.service/memory.max': '500\n',
      '/sys/fs/cgroup/system.slice/memory.max': '400\n',
    },
    400,
  ],
  ['v1 in a container', { '/proc/self/cgroup': '5:memory:/docker/x\n1:cpu:/\n', '/sys/fs/cgroup/memory/memory.limit_in_bytes': '300\n' }, 300],
  ['v1 without a limit', { '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n' }, undefined],
  ['no control groups', {}, undefined],
])('the limit of %s', (_name, content, limit) => {
  expect(cgroupMemoryLimit(files(content))).toBe(limit);
});

test('the budget is half of what the container leaves, for each worker', () => {
  expect(defaultMemoryBudget(1, 296 * MIB)).toBe(100 * MIB);
  expect(defaultMemoryBudget(2, 392 * MIB)).toBe(50 * MIB);
  expect(defaultMemoryBudget(1, 64 * MIB)).toBe(LEAST_BUDGET);
});
