/** Follows single events from the line that they begin at to where they are stored: line by line, each with an acknowledgement of its own. */
import { Ack } from '../event.ts';
import type { Step } from '../plugin.ts';
import type { Delivery, Scan } from '../planning.ts';
import { placeKey, shortHash } from './compare-fingerprints.ts';
import { rehearse, type Rehearsed, type Scene } from './rehearsal.ts';
import { SILENT_SCAN } from './silent-scan.ts';

/** The events of one file, as columns of the same length. */
export interface FollowedFile {
  readonly path: string;
  /** So many lines were followed; those behind were not, if `complete` is false. */
  lines: number;
  complete: boolean;
  /** The first line of each event. */
  readonly at: number[];
  /** Its place, as an index of `places`. */
  readonly places: number[];
  /** 52 bits of the hash of what is stored. */
  readonly hashes: number[];
}

export interface Followed {
  /** Keys of places (`placeKey`). */
  readonly places: readonly string[];
  /** By path. */
  readonly files: readonly FollowedFile[];
}

export interface FollowLimits {
  /** Lines of each file, and of all. */
  readonly fileLines: number;
  readonly lines: number;
}

/** Texts of events, by path and line. */
export type Texts = ReadonlyMap<string, ReadonlyMap<number, readonly StoredText[]>>;

export interface StoredText {
  readonly place: string;
  readonly text: string;
  /** Milliseconds since 1970, NaN if it is not known. */
  readonly timeMs: number;
}

/** Characters of a text. */
const TEXT_CHARACTERS = 512;

/** `wants`: which files, by the position of their source. */
export async function followEvents(scene: Scene, limits: FollowLimits, wants: (source: number) => boolean): Promise<Followed> {
  const places = new Map<string, number>();
  const files = new Map<string, FollowedFile>();
  await follow(scene, {
    limits, wants,
    begin(path) {
      if (!files.has(path)) files.set(path, { path, lines: 0, complete: true, at: [], places: [], hashes: [] });
    },
    stored(path, line, place, { timeMs, text }) {
      const file = files.get(path)!;
      let index = places.get(place);
      if (index === undefined) places.set(place, (index = places.size));
      file.at.push(line);
      file.places.push(index);
      file.hashes.push(shortHash(timeMs, text));
    },
    end(path, lines, complete) {
      const file = files.get(path)!;
      file.lines = Math.max(file.lines, lines);
      file.complete &&= complete;
    },
  });
  return { places: [...places.keys()], files: [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1)) };
}

/** What is stored of some events. */
export async function textsOf(scene: Scene, wanted: ReadonlyMap<string, ReadonlySet<number>>, limits: FollowLimits): Promise<Texts> {
  const found = new Map<string, Map<number, StoredText[]>>();
  await follow(scene, {
    limits,
    wants: () => true,
    wantsFile: (path) => wanted.has(path),
    isDone: (path) => found.get(path)?.size === wanted.get(path)!.size,
    begin: () => {},
    stored(path, line, place, { text, timeMs }) {
      if (!wanted.get(path)?.has(line)) return;
      let lines = found.get(path);
      if (!lines) found.set(path, (lines = new Map()));
      const shown = text.length > TEXT_CHARACTERS ? `${text.slice(0, TEXT_CHARACTERS)}…` : text;
      lines.set(line, [...(lines.get(line) ?? []), { place, text: shown.toWellFormed?.() ?? shown, timeMs }]);
    },
    end: () => {},
  });
  return found;
}

interface Following {
  readonly limits: FollowLimits;
  wants(source: number): boolean;
  wantsFile?(path: string): boolean;
  isDone?(path: string): boolean;
  begin(path: string): void;
  stored(path: string, line: number, place: string, event: { readonly timeMs: number; readonly text: string }): void;
  end(path: string, lines: number, complete: boolean): void;
}

async function follow(scene: Scene, following: Following): Promise<void> {
  const { limits, wants, wantsFile = () => true, isDone = () => false } = following;
  /** What was stored and belongs to the next line that is settled. */
  let pending: { readonly place: string; readonly timeMs: number; readonly text: string }[] = [];
  const listener = {
    nowMs: scene.nowMs,
    samples: Infinity,
    eager: true,
    delivered({ type }: Step, deliveries: readonly Delivery[]) {
      for (const { name, events, samples } of deliveries) {
        const place = placeKey(type, name);
        for (let i = 0; i < events; i++) pending.push({ place, timeMs: samples[i]?.timeMs ?? NaN, text: samples[i]?.text ?? '' });
      }
    },
    trouble: () => {},
  };
  const rehearsed = await rehearse(scene, listener, {});
  const settle = (path: string, line: number) => {
    for (const event of pending) following.stored(path, line, event.place, event);
    pending = [];
  };
  let left = limits.lines;
  for (const [source, { input }] of rehearsed.inputs.entries()) {
    if (!input.scan || !wants(source)) continue;
    for (const path of await filesOf(rehearsed, source)) {
      if (!wantsFile(path)) continue;
      const most = Math.min(limits.fileLines, left);
      let lines = 0;
      let cut = false;
      pending = [];
      following.begin(path);
      const scan: Scan = {
        ...SILENT_SCAN,
        only: { path, byte: 0, line: 1 },
        get done() {
          cut ||= lines >= most && lines > 0;
          return cut || isDone(path);
        },
        at(line, _byte, count) {
          lines = Math.max(lines, line + count - 1);
          return new Ack(() => settle(path, line));
        },
        end: ({ lines: all }) => {
          if (cut && all <= lines) cut = false;
        },
      };
      // A file that cannot be read is a finding of the dry run itself.
      await input.scan(scan).catch(() => {});
      left = Math.max(0, left - lines);
      following.end(path, lines, !cut);
    }
  }
  await rehearsed.flushFilters();
  await rehearsed.finish();
}

async function filesOf({ inputs }: Rehearsed, source: number): Promise<string[]> {
  let known = false;
  const files: string[] = [];
  const scan: Scan = {
    ...SILENT_SCAN,
    only: undefined,
    get done() {
      return known;
    },
    found(found) {
      known = true;
      files.push(...found.files);
    },
  };
  await inputs[source]!.input.scan!(scan).catch(() => {});
  return files;
}
