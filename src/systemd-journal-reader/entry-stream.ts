/** The entries of one file that match, in both directions, by offset. */
import { findData, readDataList } from './data-index.ts';
import type { JournalEntry } from './entry.ts';
import type { EntryList } from './entry-list.ts';
import type { JournalFile } from './journal-file.ts';
import type { MatchExpression } from './match.ts';

/** Offsets of entries, ascending along the file. */
export interface EntryStream {
  /** The smallest offset that is not less than `offset`; 0 if there is none. */
  from(offset: number): number;
  /** The greatest offset that is not more than `offset`; 0 if there is none. */
  upTo(offset: number): number;
  /**
   * The offset that divides the entries for which `isBehind` does not hold from the rest, found by
   * bisection in the lists of entries. Where the order is not what the condition expects, several
   * answers are possible; the direction of reading decides.
   */
  bisect(isBehind: (entry: JournalEntry) => boolean, direction: 1 | -1): number;
}

/** The stream of a file's entries that match; all entries if the expression is empty. */
export function openStream(file: JournalFile, expression: MatchExpression): EntryStream {
  if (expression.length === 0) {
    return {
      from: (offset) => file.entries.from(offset),
      upTo: (offset) => file.entries.upTo(offset),
      bisect: (isBehind, direction) => divide(file, file.entries, isBehind, direction),
    };
  }
  return allOf(expression.map((groups) => anyOf(groups.map((group) => allOf(group.map((values) => anyOf(values.map((value) => dataStream(file, value)))))))));
}

function divide(file: JournalFile, list: EntryList, isBehind: (entry: JournalEntry) => boolean, direction: 1 | -1): number {
  const behind = list.bisect(isBehind)?.offset ?? file.size;
  // As near as possible to the entry that is read next, so that bounds of several lists can be compared.
  return direction === 1 ? behind : list.upTo(behind - 1) + 1;
}

/**
 * Entries that have one value. The place in the list is an offset, and the list is looked at again
 * whenever the file has grown: a writer links an entry into it after the entry can be seen. Of the
 * last entry, which may not be linked yet, the fields are looked at.
 */
function dataStream(file: JournalFile, data: Buffer): EntryStream {
  let generation = -1;
  let object = 0;
  let list: EntryList | undefined;
  let lastVisible = Infinity;
  let unlinked = 0;
  const update = (): void => {
    if (generation === file.generation) return;
    generation = file.generation;
    if (object === 0) object = findData(file, data);
    if (object === 0) return;
    list = readDataList(file, object, list);
    const last = file.isOnline ? file.lastEntry() : undefined;
    lastVisible = last?.offset ?? Infinity;
    unlinked = last !== undefined && file.fieldReader.hasData(last, object) ? last.offset : 0;
  };
  return {
    from(offset) {
      update();
      const found = list?.from(offset) ?? 0;
      if (found !== 0 && found <= lastVisible) return found;
      return unlinked >= offset ? unlinked : 0;
    },
    upTo(offset) {
      update();
      if (unlinked !== 0 && unlinked <= offset) return unlinked;
      return list?.upTo(Math.min(offset, lastVisible)) ?? 0;
    },
    bisect(isBehind, direction) {
      update();
      if (list === undefined) return direction === 1 ? file.size : 1;
      return divide(file, list, isBehind, direction);
    },
  };
}

function anyOf(streams: readonly EntryStream[]): EntryStream {
  if (streams.length === 1) return streams[0];
  return {
    from(offset) {
      let least = 0;
      for (const stream of streams) {
        const found = stream.from(offset);
        if (found !== 0 && found === offset) return found;
        if (found !== 0 && (least === 0 || found < least)) least = found;
      }
      return least;
    },
    upTo(offset) {
      let most = 0;
      for (const stream of streams) most = Math.max(most, stream.upTo(offset));
      return most;
    },
    bisect(isBehind, direction) {
      const bounds = streams.map((stream) => stream.bisect(isBehind, direction));
      return direction === 1 ? Math.min(...bounds) : Math.max(...bounds);
    },
  };
}

function allOf(streams: readonly EntryStream[]): EntryStream {
  if (streams.length === 1) return streams[0];
  const meet = (offset: number, step: (stream: EntryStream, offset: number) => number): number => {
    let target = offset;
    let agreed = 0;
    for (let i = 0; ; i = (i + 1) % streams.length) {
      const found = step(streams[i], target);
      if (found === 0) return 0;
      agreed = found === target ? agreed + 1 : 1;
      if (agreed === streams.length) return found;
      target = found;
    }
  };
  return {
    from: (offset) => meet(offset, (stream, at) => stream.from(at)),
    upTo: (offset) => meet(offset, (stream, at) => stream.upTo(at)),
    bisect(isBehind, direction) {
      const bounds = streams.map((stream) => stream.bisect(isBehind, direction));
      return direction === 1 ? Math.max(...bounds) : Math.min(...bounds);
    },
  };
}
