/** Matches, times and cursors: the entries that journalctl prints for them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InvalidCursorError, InvalidMatchError, openJournal, type Journal, type JournalEntry } from '../../../src/systemd-journal-reader/index.ts';
import { expandRanges, golden, groupBy, pathOf, readList, temporaryFolder, unpackAll } from './support/fixtures.ts';

interface Query {
  readonly id: string;
  readonly target: string;
  readonly note?: string;
  readonly spec: {
    readonly matches?: readonly (readonly string[])[];
    readonly since?: string;
    readonly until?: string;
    readonly cursor?: string;
    readonly afterCursor?: string;
    readonly reverse?: boolean;
    readonly lines?: number;
  };
  readonly expect: Answer;
  readonly otherVersions?: Readonly<Record<string, Answer>>;
}

interface Answer {
  readonly rc: number;
  readonly entries: readonly (number | readonly [number, number])[];
  readonly stderr?: string;
}

const folder = temporaryFolder();
beforeAll(() => unpackAll(folder.path));
afterAll(folder.remove);

const queries = readList<Query>('queries').filter(({ spec }) => spec.lines === undefined);
const byTarget = groupBy(queries, ({ target }) => target);

describe.each([...byTarget])('%s', (target, list) => {
  test.each(list.map((query) => [query.id, query.note ?? JSON.stringify(query.spec).slice(0, 80), query] as const))('%s %s', (_id, _note, query) => {
    const journal = openJournal({ paths: [pathOf(folder.path, target)] });
    const position = new Map(golden(target).map(({ cursor }, i) => [cursor, i]));
    const found = answer(journal, query);
    journal.close();
    const given = typeof found === 'string' ? found : found.map(({ cursor }) => position.get(cursor) ?? cursor);
    const accepted = [query.expect, ...Object.values(query.otherVersions ?? {})].map(({ rc, entries }) => (rc === 0 || entries.length > 0 ? expandRanges(entries) : 'error'));
    expect(accepted).toContainEqual(given);
  });
});

function answer(journal: Journal, { spec }: Query): JournalEntry[] | 'error' {
  const { matches = [], since, until, cursor, afterCursor, reverse = false } = spec;
  const step = (): JournalEntry | undefined => (reverse ? journal.previous() : journal.next());
  let entry: JournalEntry | undefined;
  try {
    for (const group of matches) {
      journal.addDisjunction();
      for (const match of group) journal.addMatch(match);
    }
    const place = cursor ?? afterCursor;
    if (place !== undefined) journal.seekCursor(place);
    else if (!reverse && since !== undefined) journal.seekRealtime(BigInt(since));
    else if (reverse && until !== undefined) journal.seekRealtime(BigInt(until));
    else if (reverse) journal.seekTail();
    entry = step();
    if (entry && afterCursor !== undefined && journal.testCursor(afterCursor)) entry = step();
  } catch (error) {
    expect(error instanceof InvalidCursorError || error instanceof InvalidMatchError).toBe(true);
    return 'error';
  }
  const entries: JournalEntry[] = [];
  for (; entry; entry = step()) {
    if (!reverse && until !== undefined && entry.realtime > BigInt(until)) break;
    if (reverse && since !== undefined && entry.realtime < BigInt(since)) break;
    entries.push(entry);
  }
  return entries;
}
