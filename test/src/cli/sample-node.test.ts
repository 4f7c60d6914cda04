import { lstat, mkdtemp, readFile, readdir, readlink, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { startSampleKubernetes } from '../../../src/cli/sample-kubernetes.ts';
import { copySampleNode, moveTimes } from '../../../src/cli/sample-node.ts';
import { containerLinks, readSampleObjects } from '../../../src/cli/sample-objects.ts';

const SAMPLE = join(import.meta.dirname, '../../../conf/sample-node');
const DAY_MS = 86_400_000;

afterEach(() => {
  vi.unstubAllEnvs();
});

async function copyTo(now: Date) {
  const to = await mkdtemp(join(tmpdir(), 'logferry-sample-'));
  onTestFinished(() => rm(to, { recursive: true }));
  return { to, copied: await copySampleNode(SAMPLE, to, now) };
}

async function paths(root: string): Promise<string[]> {
  const found = await readdir(join(root, 'var'), { recursive: true });
  const kept: string[] = [];
  for (const name of found) if (!(await lstat(join(root, 'var', name))).isDirectory()) kept.push(join('var', name));
  return kept.sort();
}

const criTimes = (text: string): string[] => text.split('\n').slice(0, -1).map((line) => line.split(' ', 1)[0]);

test('the sample node is small, and its links are those of its pods', async () => {
  let bytes = 0;
  const links: { path: string; target: string }[] = [];
  for (const path of await paths(SAMPLE)) {
    const stat = await lstat(join(SAMPLE, path));
    if (stat.isSymbolicLink()) links.push({ path, target: await readlink(join(SAMPLE, path)) });
    else bytes += stat.size;
  }
  const byPath = (a: { path: string }, b: { path: string }) => (a.path < b.path ? -1 : 1);
  const objects = await readSampleObjects(join(SAMPLE, 'pods.json'));
  expect(links.sort(byPath)).toEqual([...containerLinks(objects)].sort(byPath));
  expect(bytes).toBeLessThan(300_000);
  const namespaces = new Set(objects.filter((one) => one.kind === 'Namespace').map((one) => one.metadata.name));
  for (const { kind, metadata } of objects) if (kind === 'Pod') expect(namespaces).toContain(metadata.namespace);
});

test('every line of the containers is in the format of its runtime, in the order of time', async () => {
  for (const path of await paths(SAMPLE)) {
    if (!/\/pods\/|\/docker\//.test(path) || (await lstat(join(SAMPLE, path))).isSymbolicLink()) continue;
    const lines = (await readFile(join(SAMPLE, path), 'utf8')).split('\n');
    expect(lines.pop()).toBe('');
    const format = path.includes('/docker/') ? /^\{"log":".*\\n","stream":"std(?:out|err)","time":"(\S+Z)"\}$/
      : /^(\S+Z) std(?:out|err) [FP] .*$/;
    const times = lines.map((line) => format.exec(line)?.[1] ?? `no match: ${line}`);
    expect(times).toEqual([...times].sort());
    for (const time of times) expect(time).toMatch(/^2024-05-14T09:[0-2]\d:\d\d\.\d{9}Z$/);
  }
});

test('a copy has the same files, links and lines, and its newest line is less than a second old', async () => {
  const now = new Date('2031-01-01T00:00:10.250Z');
  const { to, copied } = await copyTo(now);
  // The journal is packed in the sample; see sample-journal.test.ts.
  const copies = (await paths(to)).filter((path) => !path.endsWith('.journal'));
  expect(copies).toEqual(await paths(SAMPLE));
  let newest = 0;
  let lines = 0;
  let bytes = 0;
  let files = 0;
  for (const path of copies) {
    if ((await lstat(join(to, path))).isSymbolicLink()) {
      expect(await realpath(join(to, path))).toContain(await realpath(to));
      continue;
    }
    const before = await readFile(join(SAMPLE, path), 'utf8');
    const after = await readFile(join(to, path), 'utf8');
    files++;
    lines += after.split('\n').length - 1;
    bytes += Buffer.byteLength(after);
    expect(after.length).toBe(before.length);
    expect(after).not.toMatch(/2024|May|14\/|I0514/);
    if (!path.includes('/pods/')) continue;
    const old = criTimes(before).map((time) => Date.parse(time));
    const moved = criTimes(after).map((time) => Date.parse(time));
    const shift = moved[0] - old[0];
    expect(moved.map((time, i) => time - old[i])).toEqual(old.map(() => shift));
    expect(criTimes(after).map((time) => time.slice(19))).toEqual(criTimes(before).map((time) => time.slice(19)));
    newest = Math.max(newest, ...moved);
  }
  expect(copied).toEqual({ files, lines, bytes });
  expect(now.getTime() - newest).toBeGreaterThanOrEqual(0);
  expect(now.getTime() - newest).toBeLessThan(1000);
});

test('no log of a copy is older than an hour or in the future', async () => {
  vi.stubEnv('TZ', 'Asia/Kathmandu');
  const now = new Date('2026-03-05T10:20:30Z');
  const { to } = await copyTo(now);
  for (const name of ['messages', 'secure', 'dmesg']) {
    for (const line of (await readFile(join(to, 'var/log', name), 'utf8')).trimEnd().split('\n')) {
      const age = now.getTime() - Date.parse(`${line.slice(0, 15)} 2026`);
      expect(age).toBeGreaterThanOrEqual(0);
      expect(age).toBeLessThan(3_600_000);
    }
  }
});

test.each([
  ['2024-05-14T09:30:00.123456789Z stdout F x', '2025-01-02T09:30:05.123456789Z stdout F x'],
  ['{"log":"x\\n","time":"2024-12-31T23:59:59.5Z"}', '{"log":"x\\n","time":"2025-08-22T00:00:04.5Z"}'],
  ['2024-05-14 09:30:00,123 INFO x', '2025-01-02 09:30:05,123 INFO x'],
  ['2024/05/14 09:30:00 [error]', '2025/01/02 09:30:05 [error]'],
  ['- - [14/May/2024:09:30:00 +0000] "GET', '- - [02/Jan/2025:09:30:05 +0000] "GET'],
  ['I0514 09:30:00.123456       1 main.go', 'I0102 09:30:05.123456       1 main.go'],
  ['May 14 09:30:00 host app: x', 'Jan  2 09:30:05 host app: x'],
  ['Feb  3 09:30:00 host app: x', 'Sep 23 09:30:05 host app: x'],
  ['text 2024-05-14 alone, May 14 09:30:00 inside, 10.0.42.17', 'text 2024-05-14 alone, May 14 09:30:00 inside, 10.0.42.17'],
])('the times in %j move by 233 days and 5 seconds', (before, after) => {
  vi.stubEnv('TZ', 'UTC');
  expect(moveTimes(before, 233 * DAY_MS + 5000, 2024)).toBe(after);
});

test('a second copy to the same place is refused, as is a tree without logs', async () => {
  const { to } = await copyTo(new Date());
  await expect(copySampleNode(SAMPLE, to, new Date())).rejects.toThrow('EEXIST');
  await expect(copySampleNode(to, join(to, 'x'), new Date())).rejects.toThrow('pods.json: expected a Kubernetes List as JSON');
});

test('the sample Kubernetes API answers for every pod and namespace', async () => {
  const file = join(SAMPLE, 'pods.json');
  const api = await startSampleKubernetes(file);
  onTestFinished(() => api.stop());
  const get = async (path: string, method = 'GET') => {
    const response = await fetch(api.url + path, { method });
    return { status: response.status, body: await response.json() as Record<string, unknown> };
  };
  for (const object of await readSampleObjects(file)) {
    const { name, namespace } = object.metadata;
    const path = object.kind === 'Pod' ? `/api/v1/namespaces/${namespace}/pods/${name}` : `/api/v1/namespaces/${name}`;
    expect(await get(path)).toEqual({ status: 200, body: object });
  }
  expect((await get('/api')).body).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
  expect((await get('/api/v1/')).body).toMatchObject({ kind: 'APIResourceList', groupVersion: 'v1' });
  expect(await get('/api/v1/namespaces/shop/pods/nope?x=1')).toEqual({
    status: 404,
    body: {
      kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: 'pods "nope" not found', reason: 'NotFound', code: 404,
    },
  });
  expect((await get('/api/v1/namespaces/nope')).body.message).toBe('"nope" not found');
  expect((await get('/api', 'DELETE')).status).toBe(405);
  expect(api.requests()).toBeGreaterThan(15);
});
