/** The small parts that decide: acknowledgements, limits, encodings, tags, patterns. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { Acknowledged } from '../../../../plugins/input/tail/acknowledged.ts';
import { compileMatch, Groups, Quota } from '../../../../plugins/input/tail/allowance.ts';
import { findEncoding } from '../../../../plugins/input/tail/encoding.ts';
import { compileTag } from '../../../../plugins/input/tail/file-path.ts';
import { compileGlob } from '../../../../plugins/input/tail/glob.ts';
import { followLinksBelow } from '../../../../plugins/input/tail/rooted-path.ts';
import { Scheduler } from '../../../../plugins/input/tail/scheduler.ts';
import { compileRegexp } from '../../../../src/regexp/index.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'pieces-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('Acknowledged', () => {
  test('the position is the end of the settled beginning, in whatever order spans settle', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(Array.from({ length: 12 }, (_, i) => i)), (order) => {
        const acknowledged = new Acknowledged(0, () => {});
        const spans = Array.from({ length: 12 }, (_, i) => acknowledged.add((i + 1) * 10));
        const settled = new Set<number>();
        for (const i of order) {
          acknowledged.settle(spans[i]!);
          acknowledged.settle(spans[i]!);
          settled.add(i);
          let safe = 0;
          while (settled.has(safe)) safe++;
          expect([acknowledged.position, acknowledged.pending]).toEqual([safe * 10, 12 - safe]);
        }
      }),
    );
  });

  test('tells only when the position moved', () => {
    const moved = vi.fn<() => void>();
    const acknowledged = new Acknowledged(5, moved);
    const [a, b] = [acknowledged.add(7), acknowledged.add(9)];
    acknowledged.settle(b);
    expect(moved).not.toHaveBeenCalled();
    acknowledged.settle(a);
    expect(moved).toHaveBeenCalledTimes(1);
  });
});

describe('Quota', () => {
  test('gives so many units in each period', () => {
    const quota = new Quota(1000);
    expect(quota.left(5, 100)).toBe(5);
    quota.use(4);
    expect([quota.left(5, 600), quota.waitMs(600)]).toEqual([1, 500]);
    expect(quota.left(5, 1100)).toBe(5);
  });
});

describe('Groups', () => {
  const groups = () =>
    new Groups(
      compileRegexp('/(?<pod>[a-z]+)_(?<namespace>[a-z]+)\\.log$'),
      [
        { match: compileMatch(new Map([['namespace', '/^quiet$/']])), limit: 0 },
        { match: compileMatch(new Map([['namespace', '/^quiet$/'], ['pod', '/^vip/']])), limit: -1 },
        { match: compileMatch(new Map<string, unknown>([['pod', ['/^busy/', '/^loud/']]])), limit: 10 },
      ],
      1000,
    );

  test('the rule with the most conditions counts; no rule, or one without limit, means no share', () => {
    const all = groups();
    expect(all.join('/x/web_quiet.log')!.closed).toBe(true);
    expect(all.join('/x/vip_quiet.log')).toBeUndefined();
    expect(all.join('/x/web_free.log')).toBeUndefined();
    expect(all.join('/x/other')).toBeUndefined();
  });

  test('files of a rule share its limit evenly', () => {
    const all = groups();
    const one = all.join('/x/busy_a.log')!;
    expect(one.lines(0)).toBe(10);
    const two = all.join('/x/loud_a.log')!;
    expect([one.lines(0), two.lines(0)]).toEqual([5, 5]);
    one.use(5);
    expect([one.lines(10), one.waitMs(10)]).toEqual([0, 990]);
    two.leave();
    expect(one.lines(10)).toBe(5);
  });
});

describe('findEncoding', () => {
  const decode = (name: string, bytes: number[]) => findEncoding(name)!.decode(Buffer.from(bytes), 0, bytes.length);
  test.each([
    ['ISO-8859-1', [0x67, 0xfc, 0x80], 'gü\x80'],
    ['Windows-1252', [0x80, 0x93, 0x81, 0xe9], '€“\ufffdé'],
    ['Shift_JIS', [0x93, 0xfa, 0x96, 0x7b], '日本'],
    ['Windows-31J', [0x93, 0xfa], '日'],
    ['EUC-JP', [0xc6, 0xfc], '日'],
    ['gb18030', [0xd6, 0xd0], '中'],
    ['US-ASCII', [0x41, 0xff], 'A\ufffd'],
    ['UTF-8', [0x41, 0xff, 0xc3, 0xbc], 'A\ufffdü'],
    ['UTF-16LE', [0x3d, 0xd8, 0x00, 0xde], '😀'],
    ['UTF-16BE', [0xd8, 0x3d, 0xde, 0x00], '😀'],
    ['UTF-32LE', [0x41, 0, 0, 0, 0, 0xd8, 0, 0, 1], 'A\ufffd\ufffd'],
    ['UTF-32BE', [0, 0, 0, 0x41], 'A'],
  ])('%s', (name, bytes, text) => {
    expect(decode(name, bytes)).toBe(text);
  });

  test.each(['klingon', 'UTF-16', ''])('%j is none', (name) => {
    expect(findEncoding(name)).toBeUndefined();
  });
});

test.each([
  ['*', '/var/log/a.log', 'var.log.a.log'],
  ['kube.*', '/var/log/containers/x..y.log', 'kube.var.log.containers.x.y.log'],
  ['a.*.z', '//odd/./one.log', 'a.odd.one.log.z'],
  ['a.*.*', '/x', 'a.x.*'],
  ['fixed', '/x', 'fixed'],
])('the tag %s of %s is %s', (tag, file, expected) => {
  expect(compileTag(tag)(file)).toBe(expected);
});

describe('compileGlob', () => {
  const names = ['a.log', 'b.log', 'b2.log', 'B.log', '.hidden.log', 'sub/c.log', 'sub/deep/d.log', 'sub/.dot/e.log', 'odd[1].log', 'back\\slash.log', 'grüße.log'];
  const root = path.join(folder, 'glob');
  for (const name of names) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), '');
  }
  symlinkSync('sub', path.join(root, 'linked'));
  const find = async (pattern: string) =>
    (await compileGlob(`${root}/${pattern}`).find((file) => file, (_, error) => { throw error; })).map((file) => file.slice(root.length + 1));

  test.each([
    ['*.log', ['B.log', 'a.log', 'b.log', 'b2.log', 'back\\slash.log', 'grüße.log', 'odd[1].log']],
    ['?.log', ['B.log', 'a.log', 'b.log']],
    ['[ab].log', ['a.log', 'b.log']],
    ['[!ab].log', ['B.log']],
    ['[a-b]*.log', ['a.log', 'b.log', 'b2.log', 'back\\slash.log']],
    ['{a,b{2,}}.log', ['a.log', 'b.log', 'b2.log']],
    ['**/*.log', ['B.log', 'a.log', 'b.log', 'b2.log', 'back\\slash.log', 'grüße.log', 'odd[1].log', 'sub/c.log', 'sub/deep/d.log']],
    ['sub/**/d.log', ['sub/deep/d.log']],
    ['linked/*.log', ['linked/c.log']],
    ['.h*', ['.hidden.log']],
    ['odd\\[1\\].log', ['odd[1].log']],
    ['*\\\\*', ['back\\slash.log']],
    ['nothing/*', []],
    ['a.log/*', []],
    ['[z-a].log', []],
  ])('%s', async (pattern, expected) => {
    expect(await find(pattern)).toEqual(expected);
  });

  test('what matches is what would be found', async () => {
    for (const pattern of ['*.log', '?.log', '**/*.log', '{a,b}.log', 'sub/**/*', '[!a]*.log']) {
      const found = await find(pattern);
      const glob = compileGlob(`${root}/${pattern}`);
      expect(names.filter((name) => glob.matches(`${root}/${name}`)).toSorted()).toEqual(found.filter((name) => names.includes(name)).toSorted());
    }
  });
});

test('below another root links are followed there, absolute and relative ones', () => {
  const root = path.join(folder, 'root');
  mkdirSync(path.join(root, 'var/log/pods/p'), { recursive: true });
  mkdirSync(path.join(root, 'var/log/containers'));
  writeFileSync(path.join(root, 'var/log/pods/p/0.log'), 'inside');
  symlinkSync('/var/log/pods/p/0.log', path.join(root, 'var/log/containers/absolute.log'));
  symlinkSync('../../../../../../../var/log/pods/p/0.log', path.join(root, 'var/log/containers/relative.log'));
  symlinkSync('loop.log', path.join(root, 'var/log/containers/loop.log'));
  const resolve = followLinksBelow((file) => path.join(root, file));
  for (const name of ['absolute', 'relative']) expect(readFileSync(resolve(`/var/log/containers/${name}.log`), 'utf8')).toBe('inside');
  expect(() => readFileSync(resolve('/var/log/containers/loop.log'))).toThrow('ELOOP');
});

test('turns are fair, few at a time, and a task that is asked for in its turn gets another', async () => {
  const scheduler = new Scheduler<{ greedy: boolean; run(): Promise<boolean> }>(2);
  const order: string[] = [];
  let most = 0;
  let running = 0;
  const task = (name: string, turns: number) => ({
    greedy: true,
    async run() {
      most = Math.max(most, ++running);
      order.push(name);
      await Promise.resolve();
      running--;
      return --turns > 0;
    },
  });
  const tasks = [task('a', 3), task('b', 2), task('c', 1)];
  for (const each of tasks) scheduler.add(each);
  scheduler.add(tasks[0]!);
  await vi.waitFor(() => expect(order.length).toBeGreaterThanOrEqual(6));
  expect(most).toBe(2);
  expect(order.slice(0, 3)).toEqual(['a', 'b', 'c']);
  expect(order.filter((name) => name === 'b')).toHaveLength(2);
});
