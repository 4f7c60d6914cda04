/** Compares two plans. Pure. */
import type { Plan } from './compare-plan.ts';
import { placeKey, type Fingerprint } from './compare-fingerprints.ts';
import type { Followed, FollowedFile, Texts } from './compare-follow.ts';
import { COMPARISON_VERSION, type ChangeSample, type ComparisonReport, type EventChange, type PlaceChange, type PlaceCount } from './compare-report.ts';
import { group } from './problems.ts';
import { isoTime } from './times.ts';

/** Samples of each change. */
const MAX_SAMPLES = 3;

/** What is stored of the samples, of either side. */
export interface SampleTexts {
  readonly before: Texts | undefined;
  readonly after: Texts | undefined;
}

interface Entry {
  readonly place: string;
  readonly hash: number;
}

type Kind = EventChange['kind'];

/** Keys of places that differ. */
export function differing(before: readonly Fingerprint[], after: readonly Fingerprint[]): Set<string> {
  const olds = new Map(before.map((each) => [placeKey(each.type, each.name), each]));
  const news = new Map(after.map((each) => [placeKey(each.type, each.name), each]));
  return new Set([...olds.keys(), ...news.keys()].filter((key) => {
    const [a, b] = [olds.get(key), news.get(key)];
    return !a || !b || a.sum !== b.sum || a.events !== b.events || a.bytes !== b.bytes;
  }));
}

/** Without texts of samples: `withTexts` adds them. */
export function compare(before: Plan, after: Plan): ComparisonReport {
  const keys = differing(before.places, after.places);
  const places = placeChanges(before, after, keys);
  const { events, changes, followed, cutFiles } = compareEvents(before.followed, after.followed);
  const beforeFiles = new Map(before.files.map((file) => [file.path, file]));
  const sameLogs = after.files.every(({ path, bytes, lines }) => {
    const old = beforeFiles.get(path);
    return !old || (old.bytes === bytes && old.lines === lines);
  });
  const differs = keys.size > 0;
  return {
    version: COMPARISON_VERSION,
    before: before.setup, after: after.setup,
    differs,
    sentence: sentenceOf(differs, events, places.length),
    sameLogs,
    followed: { events: followed, complete: cutFiles.length === 0, cutFiles },
    events,
    groups: groupChanges(before, after, keys),
    places,
    changes,
  };
}

function sentenceOf(differs: boolean, events: ComparisonReport['events'], places: number): string {
  if (!differs) return 'nothing changes: every place gets the same events';
  const parts = ([['moves', 'move', events.moved], ['changes', 'change', events.changed], ['appears', 'appear', events.appeared], ['vanishes', 'vanish', events.vanished]] as const)
    .filter(([, , count]) => count > 0).map(([one, many, count], i) => `${group(count)} ${i > 0 ? '' : count === 1 ? 'event ' : 'events '}${count === 1 ? one : many}`);
  const where = `${group(places)} ${places === 1 ? 'place differs' : 'places differ'}`;
  return parts.length === 0 ? where : `${parts.join(', ')}; ${where}`;
}

function countOf(found: Fingerprint | undefined): PlaceCount | null {
  return found ? { events: found.events, bytes: found.bytes } : null;
}

function placeChanges(before: Plan, after: Plan, keys: ReadonlySet<string>): PlaceChange[] {
  const find = (plan: Plan) => new Map(plan.places.map((each) => [placeKey(each.type, each.name), each]));
  const [olds, news] = [find(before), find(after)];
  return [...keys].sort().map((key) => {
    const [a, b] = [olds.get(key), news.get(key)];
    const { type, name } = (a ?? b)!;
    return { type, name, before: countOf(a), after: countOf(b) };
  });
}

function groupChanges(before: Plan, after: Plan, keys: ReadonlySet<string>): ComparisonReport['groups'] {
  const names = [...new Set([...keys].filter((key) => key.startsWith('cloudwatch_logs\n')).map(shortPlace))].sort();
  const sum = ({ places }: Plan, name: string): PlaceCount | null => {
    const own = places.filter((each) => each.type === 'cloudwatch_logs' && each.name.split(' ')[0] === name);
    return own.length === 0 ? null : { events: own.reduce((total, { events }) => total + events, 0), bytes: own.reduce((total, { bytes }) => total + bytes, 0) };
  };
  return names.map((name) => ({ name, before: sum(before, name), after: sum(after, name) }));
}

/** A log group, or type and name of another place. */
function shortPlace(key: string): string {
  const [type, name] = key.split('\n') as [string, string];
  if (type === 'cloudwatch_logs') return name.split(' ')[0]!;
  return name === '' ? type : `${type} ${name}`;
}

/** Of CloudWatch Logs group and stream, of others the name. */
function wholePlace(key: string): string {
  const [type, name] = key.split('\n') as [string, string];
  return name === '' ? type : name;
}

type Draft = { -readonly [K in keyof EventChange]: EventChange[K] } & { samples: ChangeSample[]; readonly files: Set<string> };

function compareEvents(before: Followed, after: Followed) {
  const events = { same: 0, moved: 0, changed: 0, appeared: 0, vanished: 0 };
  const changes = new Map<string, Draft>();
  const cutFiles = new Set<string>();
  const counted = [0, 0] as [number, number];
  const note = (kind: Kind, path: string, line: number, from: string | null, to: string | null) => {
    events[kind]++;
    const [a, b] = [from === null ? null : shortPlace(from), to === null ? null : shortPlace(to)];
    const key = `${kind}\n${a}\n${b}`;
    let change = changes.get(key);
    if (!change) changes.set(key, (change = { kind, from: a, to: b, events: 0, samples: [], files: new Set() }));
    change.events++;
    const sample = { origin: { path, line }, from: from === null ? null : wholePlace(from), to: to === null ? null : wholePlace(to), before: null, after: null, beforeTime: null, afterTime: null };
    // From different files, if there are some: one of the first file, until others come.
    if (change.samples.length < MAX_SAMPLES) change.samples.push(sample);
    else if (!change.files.has(path)) {
      const twice = change.samples.findLastIndex(({ origin }, i, all) => all.findIndex((other) => other.origin.path === origin.path) < i);
      if (twice >= 0) change.samples[twice] = sample;
    }
    change.files.add(path);
  };
  const olds = new Map(before.files.map((file) => [file.path, file]));
  const news = new Map(after.files.map((file) => [file.path, file]));
  for (const path of [...new Set([...olds.keys(), ...news.keys()])].sort()) {
    const [a, b] = [olds.get(path), news.get(path)];
    // A file that one side does not read is compared as far as the other one followed it.
    const last = Math.min(a && !a.complete ? a.lines : Infinity, b && !b.complete ? b.lines : Infinity);
    if (last !== Infinity) cutFiles.add(path);
    const [left, right] = [byLine(a, before.places, last), byLine(b, after.places, last)];
    for (const list of left.values()) counted[0] += list.length;
    for (const list of right.values()) counted[1] += list.length;
    for (const line of [...new Set([...left.keys(), ...right.keys()])].sort((x, y) => x - y))
      events.same += compareLine(left.get(line) ?? [], right.get(line) ?? [], (kind, from, to) => note(kind, path, line, from, to));
  }
  const list = [...changes.values()]
    .sort((x, y) => y.events - x.events || (`${x.kind} ${x.from} ${x.to}` < `${y.kind} ${y.from} ${y.to}` ? -1 : 1))
    .map(({ files: _, ...change }): EventChange => change);
  return { events, changes: list, followed: Math.max(...counted), cutFiles: [...cutFiles] };
}

function byLine(file: FollowedFile | undefined, places: readonly string[], last: number): Map<number, Entry[]> {
  const lines = new Map<number, Entry[]>();
  for (const [i, line] of file?.at.entries() ?? []) {
    if (line > last) continue;
    const entry = { place: places[file!.places[i]!]!, hash: file!.hashes[i]! };
    const same = lines.get(line);
    if (same) same.push(entry);
    else lines.set(line, [entry]);
  }
  return lines;
}

/** Pairs what a line becomes on both sides. Gives how many are the same. */
function compareLine(before: readonly Entry[], after: readonly Entry[], note: (kind: Kind, from: string | null, to: string | null) => void): number {
  if (before.length === 1 && after.length === 1 && before[0]!.place === after[0]!.place && before[0]!.hash === after[0]!.hash) return 1;
  const rest = [...after];
  const take = (fits: (entry: Entry) => boolean): Entry | undefined => {
    const at = rest.findIndex(fits);
    return at < 0 ? undefined : rest.splice(at, 1)[0];
  };
  const unlike = before.filter(({ place, hash }) => !take((other) => other.place === place && other.hash === hash));
  const same = before.length - unlike.length;
  const unmoved = unlike.filter(({ place, hash }) => {
    const other = take((each) => each.hash === hash);
    if (other) note('moved', place, other.place);
    return !other;
  });
  const gone = unmoved.filter(({ place }) => {
    const other = take((each) => each.place === place);
    if (other) note('changed', place, place);
    return !other;
  });
  for (const { place } of gone) {
    const other = rest.shift();
    note(other ? 'moved' : 'vanished', place, other?.place ?? null);
  }
  for (const { place } of rest) note('appeared', null, place);
  return same;
}

/** Lines whose texts the samples show. */
export function wantedLines({ changes }: ComparisonReport): Map<string, Set<number>> {
  const wanted = new Map<string, Set<number>>();
  for (const { samples } of changes)
    for (const { origin: { path, line } } of samples) wanted.set(path, (wanted.get(path) ?? new Set()).add(line));
  return wanted;
}

export function withTexts(comparison: ComparisonReport, { before, after }: SampleTexts): ComparisonReport {
  const find = (texts: Texts | undefined, { path, line }: ChangeSample['origin'], place: string | null) =>
    place === null ? undefined : texts?.get(path)?.get(line)?.find((each) => wholePlace(each.place) === place);
  const changes = comparison.changes.map((change) => ({
    ...change,
    samples: change.samples.map((sample) => {
      const [a, b] = [find(before, sample.origin, sample.from), find(after, sample.origin, sample.to)];
      return { ...sample, before: a?.text ?? null, after: b?.text ?? null, beforeTime: a ? isoTime(a.timeMs) : null, afterTime: b ? isoTime(b.timeMs) : null };
    }),
  }));
  return { ...comparison, changes };
}
