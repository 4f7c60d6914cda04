/** Whether what the inputs read is there and readable, and whether their positions can be kept. */
import { access, constants, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { errorText } from '../errors.ts';
import type { Input } from '../plugin.ts';
import type { ScanFound } from '../planning.ts';
import { spanText } from './quantities.ts';
import type { Check } from './report.ts';
import type { Subject } from './subjects.ts';

/** Names that are shown of many. */
const EXAMPLES = 3;
/** Positions that are older than the newest change of a file by this much are suspicious, milliseconds. */
const STALE_MS = 15 * 60_000;

export interface SourceFindings {
  readonly checks: readonly Check[];
  /** Paths as configured. */
  readonly files: readonly string[];
}

/** What an input would read now; by its own way of finding it. Reads nothing of the content. */
export async function findFiles(subject: Subject): Promise<ScanFound | undefined> {
  const input = subject.view.plugin as Input;
  let found: ScanFound | undefined;
  await input.scan?.({
    only: undefined, done: true,
    found: (each) => {
      found = each;
    },
    begin: () => {}, at: () => undefined, wantsUnmatched: () => false, unmatched: () => {}, tooLong: () => {}, end: () => {},
  });
  return found;
}

/** `locate`: where a path of the configuration lies. */
export async function examineSource(subject: Subject, found: ScanFound): Promise<readonly Check[]> {
  const { name } = subject;
  const { files, patterns, skipped, excluded } = found;
  const id = subject.view.type === 'systemd' ? 'files.journal' : 'files.readable';
  const lost = skipped.filter((each) => each.lost);
  const checks: Check[] = [];
  if (lost.length > 0) {
    const denied = lost.some(({ reason }) => /EACCES|EPERM|permission/i.test(reason));
    const links = lost.some(({ reason }) => /ENOENT|link/i.test(reason));
    checks.push({
      id, subject: name, status: 'problem', message: `${lost.length} of ${lost.length + files.length} files cannot be read`,
      details: lost.slice(0, EXAMPLES).map((each) => `${each.path}: ${each.reason}`),
      hint: denied ? `run as root or with a group that may read them (now uid ${process.getuid?.() ?? '?'}); with SELinux see the pod's seLinuxOptions`
        : links ? 'the links lead to folders that are not mounted: mount /var/log/pods and, with Docker, /var/lib/docker/containers' : 'see the reasons above',
    });
  } else if (files.length === 0) {
    const reasons = skipped.slice(0, EXAMPLES).map((each) => `${each.path}: ${each.reason}`);
    const folders = await Promise.all(patterns.map((pattern) => nearestFolder(pattern)));
    const missing = folders.find(({ isWhole }) => !isWhole);
    checks.push({
      id, subject: name, status: 'warning', message: `there is nothing to read at ${patterns.join(', ')}`,
      details: [
        ...reasons, ...(excluded.length > 0 ? [`${excluded.length} files are excluded`] : []),
        ...(missing ? [`of these folders only ${missing.folder} exists`] : []),
      ],
      hint: 'if there should be something, check the mounts (hostPath) and the path',
    });
  } else {
    checks.push({
      id, subject: name, status: 'ok',
      message: id === 'files.journal' ? `the journal at ${files.join(', ')} is readable` : `${files.length} ${files.length === 1 ? 'file is' : 'files are'} readable`,
    });
  }
  return checks;
}

/** The folder of a path or pattern that exists, and whether it is all of the part without `*`. */
async function nearestFolder(pattern: string): Promise<{ readonly folder: string; readonly isWhole: boolean }> {
  const fixed = pattern.split('*', 1)[0]!;
  const wanted = pattern.includes('*') && fixed.endsWith('/') ? fixed : path.dirname(fixed);
  for (let folder = path.resolve(wanted); ; folder = path.dirname(folder)) {
    if ((await stat(folder).catch(() => undefined))?.isDirectory() || folder === '/') return { folder, isWhole: folder === path.resolve(wanted) };
  }
}

/** Whether a file can be made or written: itself, or the nearest folder that exists. Writes nothing. */
export async function whyNotWritable(file: string): Promise<string | undefined> {
  try {
    await access(file, constants.R_OK | constants.W_OK);
    return undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return errorText(error);
  }
  const { folder } = await nearestFolder(file);
  return access(folder, constants.W_OK | constants.X_OK).then(() => undefined, errorText);
}

/** The position file of a tail input: `path TAB position TAB inode`, numbers in hexadecimal digits. */
export async function examinePositions(
  subject: Subject, file: string, files: readonly string[], locate: (configured: string) => string,
): Promise<readonly Check[]> {
  const { name } = subject;
  const actual = locate(file);
  const reason = await whyNotWritable(actual);
  if (reason !== undefined) {
    return [{
      id: 'files.pos-file', subject: name, status: 'problem', message: `the position file ${file} cannot be written: ${reason}`,
      hint: 'mount a folder of the node that the agent may write to, or run as a user who may',
    }];
  }
  const checks: Check[] = [{ id: 'files.pos-file', subject: name, status: 'ok', message: `the position file ${file} can be written` }];
  const saved = await stat(actual).catch(() => undefined);
  if (!saved) return [...checks, { id: 'positions.age', subject: name, status: 'ok', message: 'there are no positions yet' }];
  const positions = new Map<string, number>();
  for (const line of (await readFile(actual, 'latin1')).split('\n')) {
    const [logFile, position] = line.split('\t');
    if (logFile && position) positions.set(Buffer.from(logFile, 'latin1').toString('utf8'), parseInt(position, 16));
  }
  let unread = 0;
  let changedMs = 0;
  for (const each of files) {
    const state = await stat(locate(each)).catch(() => undefined);
    if (!state) continue;
    const rest = state.size - (positions.get(each) ?? 0);
    if (rest > 0) {
      unread += rest;
      changedMs = Math.max(changedMs, state.mtimeMs);
    }
  }
  const age = Date.now() - saved.mtimeMs;
  const message = `the last position was saved ${spanText(age)} ago; ${unread} bytes of ${files.length} files lie behind the positions`;
  const isStale = unread > 0 && age > STALE_MS && changedMs - saved.mtimeMs > STALE_MS;
  return [...checks, {
    id: 'positions.age', subject: name, status: isStale ? 'warning' : 'ok', message,
    ...(isStale ? { hint: 'the agent does not run, or nothing is delivered: see its log, and aws.* above' } : {}),
  }];
}
