/**
 * Makes the sample node tree (conf/sample-node) current. CloudWatch Logs takes no events older than 14
 * days, so every time in the logs moves forward by the same number of whole seconds: order, spacing and
 * fractions stay as they are, and the newest line becomes less than a second old.
 */
import { mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { copySampleJournal } from './sample-journal.ts';
import { containerLinks, readSampleObjects } from './sample-objects.ts';

/** What was copied; links are not counted. */
export interface SampleNodeCopy {
  readonly files: number;
  readonly lines: number;
  readonly bytes: number;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The time that a line of a container's log carries: CRI's at its start, or Docker's in its JSON. */
const RFC3339 = String.raw`(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?Z`;
const LINE_TIME = new RegExp(`^${RFC3339} (?:stdout|stderr) |"time":"${RFC3339}"\\}$`, 'gm');

/**
 * All times in the logs, each form an alternative with groups of its own:
 * 2024-05-14T09:30:00, 2024-05-14 09:30:00 and 2024/05/14 09:30:00 (1-4), 14/May/2024:09:30:00 (5-8),
 * klog's I0514 09:30:00.123456 (9-12), and syslog's May 14 09:30:00 at the start of a line (13-15).
 */
const TIMES = new RegExp([
  String.raw`\b(\d{4}([-/])\d\d\2\d\d)([T ])(?=\d\d:\d\d:\d\d)(\d\d:\d\d:\d\d)`,
  String.raw`\b(\d\d)/(${MONTHS.join('|')})/(\d{4}):(\d\d:\d\d:\d\d)(?= \+0000)`,
  String.raw`\b([IWEF])(\d\d)(\d\d) (\d\d:\d\d:\d\d)(?=\.\d{6} )`,
  String.raw`^(${MONTHS.join('|')}) ([ \d]\d) (\d\d:\d\d:\d\d)(?= )`,
].join('|'), 'gm');

/**
 * Copies the sample node below `from` to `to`, which is made if it is not there: the files below `var`
 * with their times moved, and the links that belong to the pods in `pods.json` (an npm package holds
 * none). Times are UTC, but those of syslog files, which carry no zone, become this process's local time,
 * as a log shipper on this machine takes them. Rejects if `from` has no logs or `to` is not writable.
 */
export async function copySampleNode(from: string, to: string, now: Date): Promise<SampleNodeCopy> {
  const objects = await readSampleObjects(join(from, 'pods.json'));
  const texts = new Map<string, string>();
  for (const path of await filesBelow(from, 'var')) texts.set(path, await readFile(join(from, path), 'utf8'));
  const newest = newestLine(texts.values());
  if (newest === undefined) throw new Error(`${join(from, 'var')}: expected logs of containers, found no line with a time`);
  const year = new Date(newest).getUTCFullYear();
  const shiftMs = Math.floor((now.getTime() - newest) / 1000) * 1000;

  let lines = 0;
  let bytes = 0;
  for (const [path, text] of texts) {
    const moved = moveTimes(text, shiftMs, year);
    await mkdir(dirname(join(to, path)), { recursive: true });
    await writeFile(join(to, path), moved);
    lines += moved.split('\n').length - 1;
    bytes += Buffer.byteLength(moved);
  }
  for (const { path, target } of containerLinks(objects)) {
    await mkdir(dirname(join(to, path)), { recursive: true });
    await symlink(target, join(to, path));
  }
  await copySampleJournal(join(from, 'journal'), join(to, 'var/log/journal'), shiftMs);
  return { files: texts.size, lines, bytes };
}

/**
 * A log with all its times moved.
 * @param shiftMs whole seconds, in milliseconds
 * @param year the year of times that have none
 */
export function moveTimes(text: string, shiftMs: number, year: number): string {
  return text.replace(TIMES, (whole: string, ...groups: string[]) => {
    const [date, dash, between, time, day, month, clfYear, clfTime, ...others] = groups;
    const [level, klogMonth, klogDay, klogTime, sysMonth, sysDay, sysTime] = others;
    if (date !== undefined) {
      const at = moved(`${date.replaceAll(dash, '-')}T${time}`, shiftMs).toISOString();
      return at.slice(0, 10).replaceAll('-', dash) + between + at.slice(11, 19);
    }
    if (day !== undefined) {
      const at = moved(`${clfYear}-${monthNumber(month)}-${day}T${clfTime}`, shiftMs);
      const iso = at.toISOString();
      return `${iso.slice(8, 10)}/${MONTHS[at.getUTCMonth()]}/${iso.slice(0, 4)}:${iso.slice(11, 19)}`;
    }
    if (level !== undefined) {
      const iso = moved(`${year}-${klogMonth}-${klogDay}T${klogTime}`, shiftMs).toISOString();
      return `${level}${iso.slice(5, 7)}${iso.slice(8, 10)} ${iso.slice(11, 19)}`;
    }
    if (sysMonth === undefined) return whole;
    const at = moved(`${year}-${monthNumber(sysMonth)}-${sysDay.replace(' ', '0')}T${sysTime}`, shiftMs);
    const clock = [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => String(part).padStart(2, '0'));
    return `${MONTHS[at.getMonth()]} ${String(at.getDate()).padStart(2)} ${clock.join(':')}`;
  });
}

function moved(isoWithoutZone: string, shiftMs: number): Date {
  return new Date(Date.parse(`${isoWithoutZone}Z`) + shiftMs);
}

function monthNumber(name: string): string {
  return String(MONTHS.indexOf(name) + 1).padStart(2, '0');
}

/** Milliseconds since 1970, rounded up, so that nothing ends up in the future. */
function newestLine(texts: Iterable<string>): number | undefined {
  let newest: number | undefined;
  for (const text of texts) {
    for (const [, criTime, criFraction, dockerTime, dockerFraction] of text.matchAll(LINE_TIME)) {
      const fraction = Number(`0.${criFraction ?? dockerFraction ?? '0'}`);
      const at = Date.parse(`${criTime ?? dockerTime}Z`) + Math.ceil(fraction * 1000);
      if (newest === undefined || at > newest) newest = at;
    }
  }
  return newest;
}

/** Paths of the regular files in a folder and below, relative to `root`, sorted. */
async function filesBelow(root: string, folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...await filesBelow(root, path));
    else if (entry.isFile()) found.push(path);
  }
  return found.sort();
}
