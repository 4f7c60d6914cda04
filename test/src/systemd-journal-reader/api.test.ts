/** Sequences of calls, and what libsystemd answers. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InvalidCursorError, openJournal, type Journal } from '../../../src/systemd-journal-reader/index.ts';
import { golden, groupBy, pathOf, readList, temporaryFolder, unpackAll } from './support/fixtures.ts';

interface Program {
  readonly target: string;
  readonly note?: string;
  readonly ops: readonly (readonly [string, ...(string | number)[]])[];
  readonly expect: readonly Result[];
  readonly otherVersions?: Readonly<Record<string, readonly Result[]>>;
}

interface Result {
  readonly moved?: boolean;
  readonly at?: number | null;
  readonly test?: boolean;
  readonly values?: readonly string[];
  readonly error?: string;
  readonly errno?: number;
}

const folder = temporaryFolder();
beforeAll(() => unpackAll(folder.path));
afterAll(folder.remove);

const byTarget = groupBy(readList<Program>('api'), ({ target }) => target);

describe.each([...byTarget])('%s', (target, programs) => {
  test.each(programs.map((program) => [program.note ?? '', program] as const))('%s', (_note, program) => {
    const journal = openJournal({ paths: [pathOf(folder.path, target)] });
    const position = new Map(golden(target).map(({ cursor }, i) => [cursor, i]));
    const results = program.ops.map(([name, ...args]) => call(journal, position, name, args));
    journal.close();
    const accepted = [program.expect, ...Object.values(program.otherVersions ?? {})].map((list) => list.map(({ errno: _, ...result }) => (result.error ? { error: 'error' } : result)));
    expect(accepted).toContainEqual(results);
  });
});

function call(journal: Journal, position: ReadonlyMap<string, number>, name: string, args: readonly (string | number)[]): Result {
  const at = (): number | null => position.get(journal.cursor() ?? '') ?? null;
  const text = String(args[0]);
  try {
    switch (name) {
      case 'next':
      case 'previous': {
        const count = Number(args[0] ?? 1);
        const moved = name === 'next' ? journal.skip(count) : journal.skipBack(count);
        return { moved: moved > 0, at: moved > 0 ? at() : null };
      }
      case 'cursor': return { at: at() };
      case 'test_cursor': return { test: journal.testCursor(text) };
      case 'query_unique': return { values: [...journal.uniqueValues(text)].sort() };
      case 'enumerate_fields': return { values: [...journal.fieldNames()].sort() };
      case 'seek_head': journal.seekHead(); return {};
      case 'seek_tail': journal.seekTail(); return {};
      case 'seek_realtime': journal.seekRealtime(BigInt(text)); return {};
      case 'seek_monotonic': journal.seekMonotonic(String(args[1]), BigInt(text)); return {};
      case 'seek_cursor': journal.seekCursor(text); return {};
      case 'add_match': journal.addMatch(text); return {};
      case 'flush_matches': journal.flushMatches(); return {};
      case 'add_conjunction': journal.addConjunction(); return {};
      case 'add_disjunction': journal.addDisjunction(); return {};
      default: throw new Error(`unknown call ${name}`);
    }
  } catch (error) {
    if (error instanceof InvalidCursorError) return { error: 'error' };
    throw error;
  }
}
