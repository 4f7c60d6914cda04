import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../../src/cli/journal.ts';
import { parseUserTime } from '../../../src/cli/journal-time.ts';
import type { Registry } from '../../../src/registry.ts';
import { damagedBytes, readDamages } from '../systemd-journal-reader/support/damage.ts';
import { expandRanges, FIXTURES, golden, groupBy, gunzip, pathOf, readList, temporaryFolder, unpackAll } from '../systemd-journal-reader/support/fixtures.ts';

const folder = temporaryFolder();
beforeAll(() => unpackAll(folder.path));
afterAll(folder.remove);

async function journal(argv: readonly string[], signal?: AbortSignal): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await run(argv, {} as Registry, {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    signal: signal ?? new AbortController().signal,
  });
  return { code, out, err };
}

const manifest = JSON.parse(readFileSync(join(FIXTURES, 'files/manifest.json'), 'utf8')) as { single: { name: string }[]; sets: { name: string }[] };

describe('lines of JSON', () => {
  test.each([...manifest.single.map(({ name }) => name), ...manifest.sets.map(({ name }) => `sets/${name}`)])('have what journalctl prints: %s', async (target) => {
    const expected = gunzip(join(FIXTURES, 'golden', `${target}.json.jsonl.gz`)).toString().split('\n').filter((line) => line !== '');
    const { code, out, err } = await journal([pathOf(folder.path, target)]);
    const lines = out.split('\n').slice(0, -1);
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(lines.length).toBe(expected.length);
    for (const [i, line] of lines.entries()) {
      const wanted = JSON.parse(expected[i]) as Record<string, unknown>;
      const given = JSON.parse(line) as Record<string, unknown>;
      // Older versions print neither of the two.
      for (const name of ['__SEQNUM', '__SEQNUM_ID']) if (!(name in wanted)) delete given[name];
      expect(Object.fromEntries(Object.entries(given).map(([name, value]) => [name, shortened(value)]))).toEqual(wanted);
    }
  });
});

function shortened(value: unknown): unknown {
  const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
  if (typeof value === 'string') {
    const bytes = Buffer.from(value, 'utf8');
    return bytes.length > 2048 ? { $len: bytes.length, $sha256: digest(bytes) } : value;
  }
  if (!Array.isArray(value)) return value;
  if (typeof value[0] === 'number') return value.length > 2048 ? { $bytes: value.length, $sha256: digest(Buffer.from(value as number[])) } : value;
  return value.map(shortened);
}

interface Query {
  readonly id: string;
  readonly target: string;
  readonly spec: {
    readonly matches?: readonly (readonly string[])[]; readonly since?: string; readonly until?: string;
    readonly cursor?: string; readonly afterCursor?: string; readonly reverse?: boolean; readonly lines?: number;
  };
  readonly expect: Answer;
  readonly otherVersions?: Readonly<Record<string, Answer>>;
}
type Answer = { readonly rc: number; readonly entries: readonly (number | readonly [number, number])[] };

// Versions disagree about --lines with --reverse and a beginning; here it counts from that beginning.
const queries = readList<Query>('queries').filter(({ spec }) => spec.lines !== undefined && !(spec.reverse && (spec.since ?? spec.cursor ?? spec.afterCursor)));

describe.each([...groupBy(queries, ({ target }) => target)])('--lines in %s', (target, list) => {
  test.each(list.map((query) => [query.id, JSON.stringify(query.spec).slice(0, 80), query] as const))('%s %s', async (_id, _spec, query) => {
    const { spec } = query;
    const argv = [pathOf(folder.path, target), `--lines=${spec.lines}`];
    if (spec.since !== undefined) argv.push(`--since=${at(spec.since)}`);
    if (spec.until !== undefined) argv.push(`--until=${at(spec.until)}`);
    if (spec.cursor !== undefined) argv.push(`--cursor=${spec.cursor}`);
    if (spec.afterCursor !== undefined) argv.push(`--after-cursor=${spec.afterCursor}`);
    if (spec.reverse) argv.push('--reverse');
    spec.matches?.forEach((group, i) => argv.push(...(i > 0 ? ['+'] : []), ...group));
    const { out } = await journal(argv);
    const positions = new Map(golden(target).map(({ cursor }, i) => [cursor, i]));
    const given = out.split('\n').slice(0, -1).map((line) => positions.get((JSON.parse(line) as { __CURSOR: string }).__CURSOR));
    const accepted = [query.expect, ...Object.values(query.otherVersions ?? {})].map(({ entries }) => expandRanges(entries));
    // With a clock that was set back, journalctl 262 loses entries on the way back from the oldest one.
    if (query.id === 'q0880') accepted.push(golden(target).map((_, i) => i));
    expect(accepted).toContainEqual(given);
  });
});

function at(microseconds: string): string {
  const text = microseconds.padStart(7, '0');
  return `@${text.slice(0, -6)}.${text.slice(-6)}`;
}

describe('the command', () => {
  const file = (): string => pathOf(folder.path, 'v257-keyed-compact-zstd');

  test('prints the values of a field', async () => {
    expect((await journal([file(), '-F', 'PRIORITY'])).out.split('\n').sort()).toEqual(['', '3', '4', '5', '6']);
  });

  test('refuses what is neither a path nor a match', async () => {
    expect(await journal(['lower=1'])).toEqual({
      code: 2,
      out: '',
      err: "logferry journal: 'lower=1' is neither a file or folder nor a match; expected FIELD=VALUE with a name of A-Z, 0-9 and _\nSee logferry journal --help\n",
    });
  });

  test('refuses a broken cursor', async () => {
    const { code, err } = await journal([file(), '--cursor', 'rubbish']);
    expect(code).toBe(2);
    expect(err).toContain("'rubbish' is not a cursor");
  });

  test('says why nothing can be read', async () => {
    const path = join(folder.path, 'bad.journal');
    writeFileSync(path, damagedBytes(readDamages().find(({ id }) => id === 'not-text')!));
    expect(await journal([path])).toEqual({
      code: 1,
      out: '',
      err: `logferry journal: ${path}: it does not begin with the signature of journal files\nlogferry journal: there are no readable journal files in ${path}\n`,
    });
  });

  test('follows until it is ended', async () => {
    const path = join(folder.path, 'followed.journal');
    writeFileSync(path, gunzip(join(FIXTURES, 'files/v257-keyed-compact-zstd.journal.gz')));
    const ending = new AbortController();
    const following = journal([path, '--follow', '-n', '2'], ending.signal);
    setTimeout(() => ending.abort(), 50);
    const { code, out } = await following;
    expect(code).toBe(0);
    expect(out.split('\n').slice(0, -1).map((line) => (JSON.parse(line) as { __SEQNUM: string }).__SEQNUM)).toEqual(['133', '134']);
  });
});

describe('times', () => {
  const now = Date.UTC(2024, 4, 6, 12);
  test.each([
    ['@1714979289', 1714979289000000n],
    ['@1714979289.25', 1714979289250000n],
    ['now', BigInt(now) * 1000n],
    ['2h ago', BigInt(now - 7_200_000) * 1000n],
    ['-15 min', BigInt(now - 900_000) * 1000n],
    ['3 days ago', BigInt(now - 259_200_000) * 1000n],
    ['2024-05-06T07:08:09Z', 1714979289000000n],
    ['2024-05-06 07:08:09', BigInt(new Date(2024, 4, 6, 7, 8, 9).getTime()) * 1000n],
    ['2024-05-06', BigInt(new Date(2024, 4, 6).getTime()) * 1000n],
  ])('%s', (text, expected) => expect(parseUserTime(text, now)).toBe(expected));

  test('says what it expects', () => {
    expect(() => parseUserTime('soon', now)).toThrow("'soon' is not a time; expected such as");
  });
});
