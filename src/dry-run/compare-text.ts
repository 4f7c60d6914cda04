/** What changes between two configurations, as text. */
import type { ChangeSample, ComparisonReport, PlaceCount } from './compare-report.ts';
import { byteText, clip, oneLine, spread, squeeze, WIDTH, wrap, type Paint } from './layout.ts';
import { group } from './problems.ts';

/** Streams of a group, or other places, that are listed. */
const MAX_PLACES = 20;

const MARKS = { moved: '→', changed: '~', appeared: '+', vanished: '-' } as const;

/** Lines without a heading. */
export function comparisonLines({ before, after, differs, sentence, sameLogs, followed, changes, groups, places }: ComparisonReport, paint: Paint): string[] {
  const lines = [`  ${paint.dim('before')}  ${before.configFile}`, `  ${paint.dim('after')}   ${after.configFile}`];
  if (!sameLogs) lines.push(paint.yellow('  the logs are not those of the plan: what differs may come from them'));
  lines.push('');
  if (!differs) return [...lines, paint.green(`= ${sentence}`), ''];
  const colours = { moved: paint.cyan, changed: paint.yellow, appeared: paint.green, vanished: paint.red };
  for (const { kind, from, to, events, samples } of changes) {
    const names = [...new Set([from, to].filter((name) => name !== null))].map((name) => squeeze(name, 38)).join(' → ');
    const what = `${MARKS[kind]} ${group(events)} ${events === 1 ? WORDS[kind][0] : WORDS[kind][1]}`;
    lines.push(spread(what, names, WIDTH, colours[kind](what)));
    for (const sample of samples) lines.push(...sampleLines(sample, paint));
  }
  if (changes.length > 0) lines.push('');
  lines.push(paint.dim(countRow('', 'events', 'bytes')));
  for (const { name, before: a, after: b } of groups) {
    lines.push(paint.bold(placeRow(name, a, b)));
    // A group that comes or goes does so with all of its streams.
    if (a === null || b === null) continue;
    const own = places.filter((each) => each.type === 'cloudwatch_logs' && each.name.startsWith(`${name} `));
    lines.push(...own.slice(0, MAX_PLACES).map((each) => placeRow(`  ${streamOf(each.name)}`, each.before, each.after)));
    if (own.length > MAX_PLACES) lines.push(paint.dim(`    and ${group(own.length - MAX_PLACES)} more streams (--json has all)`));
  }
  const others = places.filter(({ type }) => type !== 'cloudwatch_logs');
  lines.push(...others.slice(0, MAX_PLACES).map(({ type, name, before: a, after: b }) => placeRow(name === '' ? type : name, a, b)));
  if (others.length > MAX_PLACES) lines.push(paint.dim(`  and ${group(others.length - MAX_PLACES)} more places (--json has all)`));
  lines.push('', ...wrap(`≠ ${sentence}`, WIDTH).map((part) => paint.yellow(part)));
  if (!followed.complete)
    lines.push(paint.dim(`  counts of places are exact; single events were followed at the beginning of ${followed.cutFiles.length === 1 ? 'a large file' : `${followed.cutFiles.length} large files`}`));
  return [...lines, ''];
}

const WORDS = {
  moved: ['event moves', 'events move'], changed: ['event changes', 'events change'],
  appeared: ['event appears', 'events appear'], vanished: ['event vanishes', 'events vanish'],
} as const;

function sampleLines({ origin, from, to, before, after, beforeTime, afterTime }: ChangeSample, paint: Paint): string[] {
  const lines = [`    ${paint.cyan(squeeze(`${origin.path}:${origin.line}`, WIDTH - 4))}`];
  const text = (mark: string, shown: string) => paint.dim(`      ${mark} ${clip(oneLine(shown), WIDTH - 8)}`);
  if (beforeTime !== null && afterTime !== null && beforeTime !== afterTime) lines.push(text('~', `time ${beforeTime} → ${afterTime}`));
  if (before !== null && after !== null && before !== after) return [...lines, ...differenceLines(before, after).map(([mark, shown]) => text(mark, shown))];
  if (from !== null && to !== null && streamOf(from) !== streamOf(to)) lines.push(text(' ', `${squeeze(streamOf(from), 44)} → ${squeeze(streamOf(to), 44)}`));
  const shown = after ?? before;
  if (shown !== null) lines.push(text(after === null ? '-' : before === null && from === null ? '+' : ' ', shown));
  return lines;
}

function streamOf(name: string): string {
  return name.slice(name.indexOf(' ') + 1);
}

/** From a little in front of where the texts part. */
function differenceLines(before: string, after: string): (readonly [string, string])[] {
  let at = 0;
  while (at < before.length && before[at] === after[at]) at++;
  const from = Math.max(0, at - 30);
  const part = (text: string) => `${from > 0 ? '…' : ''}${text.slice(from)}`;
  return [['-', part(before)], ['+', part(after)]];
}

function countRow(name: string, events: string, bytes: string): string {
  return `  ${squeeze(oneLine(name), 50).padEnd(50)}${events.padStart(22)}${bytes.padStart(24)}`;
}

function placeRow(name: string, before: PlaceCount | null, after: PlaceCount | null): string {
  const pair = (value: (count: PlaceCount) => string) => {
    const [a, b] = [before ? value(before) : '–', after ? value(after) : '–'];
    return a === b ? a : `${a} → ${b}`;
  };
  return countRow(name, pair(({ events }) => group(events)), pair(({ bytes }) => byteText(bytes)));
}
