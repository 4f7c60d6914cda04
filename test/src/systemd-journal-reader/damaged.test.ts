/** Damaged files: at least what journalctl still prints, nothing twice, nothing that is not in the good file. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openJournal, type Journal, type JournalEntry, type JournalWarning } from '../../../src/systemd-journal-reader/index.ts';
import { damagedBytes, readDamages, type Seen } from './support/damage.ts';
import { asGolden, expandRanges, golden, groupBy, temporaryFolder, type GoldenEntry } from './support/fixtures.ts';

const folder = temporaryFolder();
afterAll(folder.remove);

const damages = readDamages().filter(({ expect: expected }) => expected !== undefined);
/** What breaks the way to the values, so that a match may find less. */
const INDEX_DAMAGE = /--(bucket-|hash-table-|data-|file-id-changed)/;

describe.each([...groupBy(damages, ({ base }) => base ?? 'foreign files')])('%s', (base, list) => {
  const good = base === 'foreign files' ? [] : golden(base);
  const positions = new Map(good.map(({ cursor }, i) => [cursor, i]));

  test.each(list.map((damage) => [damage.id.replace(/.*--/, ''), damage] as const))('%s', (_name, damage) => {
    const path = join(folder.path, 'damaged.journal');
    writeFileSync(path, damagedBytes(damage));
    const warnings: JournalWarning[] = [];
    const read = (prepare: (journal: Journal) => void, reverse = false, keep = false): SeenEntry[] => {
      const journal = openJournal({ paths: [path], onWarning: (warning) => warnings.push(warning) });
      prepare(journal);
      const entries: SeenEntry[] = [];
      const step = (): SeenEntry | undefined => (reverse ? journal.previous() : journal.next());
      for (let entry = step(); entry && entries.length < good.length + 5; entry = step()) {
        entries.push(entry);
        if (keep) entry.seen = asGolden(entry);
      }
      journal.close();
      return entries;
    };
    const { all, reverse, match, since, afterCursor } = damage.expect!;
    const { queries } = damage;

    const given = read(() => {}, false, true);
    expect(warnings.length).toBeLessThanOrEqual(1);
    checkEntries(given, all, good, positions);
    checkFields(given, all, good, positions, damage.id.includes('--flips'));
    checkEntries(read((journal) => journal.seekTail(), true), reverse, good, positions);
    const checkMatch = !INDEX_DAMAGE.test(damage.id);
    const matching = read((journal) => journal.addMatch(queries!.match!));
    checkEntries(matching, checkMatch ? match : { ...match, entries: [] }, good, positions);
    checkEntries(read((journal) => journal.seekRealtime(BigInt(queries!.since!))), since, good, positions);
    const behind = read((journal) => journal.seekAfter(queries!.cursor!));
    checkEntries(behind, afterCursor, good, positions);
  });
});

type SeenEntry = JournalEntry & { seen?: GoldenEntry };
type Positions = ReadonlyMap<string, number>;

function checkEntries(given: readonly JournalEntry[], seen: Seen, good: readonly GoldenEntry[], positions: Positions): void {
  expect(new Set(given.map(({ offset }) => offset)).size).toBe(given.length);
  const known = given.map(({ cursor }) => positions.get(cursor)).filter((at) => at !== undefined);
  expect(new Set(known).size).toBe(known.length);
  const expected = expandRanges(seen.entries).filter((at) => at >= 0);
  const order = known.filter((at) => expected.includes(at));
  expect(order).toEqual(expected);
  expect(given.length).toBeLessThan(good.length + 5);
}

function checkFields(given: readonly SeenEntry[], seen: Seen, good: readonly GoldenEntry[], positions: Positions, hasFlips: boolean): void {
  const changed = new Map(seen.changed?.map((change) => [change.entry, change]));
  const mustCome = new Set(expandRanges(seen.entries));
  for (const entry of given) {
    const at = positions.get(entry.cursor);
    if (at === undefined) continue;
    const fields = entry.seen!.fields.map((field) => JSON.stringify(field));
    const { missing = [], extra = [] } = changed.get(at) ?? {};
    const whole = textsOf(good)[at];
    // As many of the good fields as journalctl has; a name may be there several times.
    const left = [...fields];
    const lost = whole.filter(({ text }) => {
      const found = left.indexOf(text);
      if (found === -1) return true;
      left.splice(found, 1);
      return false;
    });
    if (mustCome.has(at)) expect(lost.map(({ name }) => name).filter((name) => !missing.includes(name))).toEqual([]);
    const allowed = extra.map((field) => JSON.stringify(field));
    // A flipped bit in a plain value shows, as in journalctl; here in an entry that journalctl did not get to.
    if (hasFlips && !mustCome.has(at)) continue;
    expect(left.filter((field) => !allowed.includes(field))).toEqual([]);
  }
}

const texts = new WeakMap<readonly GoldenEntry[], { name: string; text: string }[][]>();

/** The fields as texts that can be compared, made once. */
function textsOf(good: readonly GoldenEntry[]): { name: string; text: string }[][] {
  if (!texts.has(good)) texts.set(good, good.map(({ fields }) => fields.map((field) => ({ name: field[0], text: JSON.stringify(field) }))));
  return texts.get(good)!;
}
