/** `logferry journal`: what the agent sees in journal files, without systemd's tools. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { errorText } from '../errors.ts';
import type { Registry } from '../registry.ts';
import { openJournal, type Journal, type JournalEntry } from '../systemd-journal-reader/index.ts';
import type { CommandIo } from './io.ts';
import { entryJson } from './journal-json.ts';
import { parseUserTime } from './journal-time.ts';

const DEFAULT_PATHS = ['/var/log/journal', '/run/log/journal'];
/** Entries that --follow begins with. */
const FOLLOW_LINES = 10;
/** Text that is written at once, in characters. */
const WRITE_LENGTH = 64 * 1024;

const HELP = `Usage: logferry journal [OPTIONS] [PATH...] [FIELD=VALUE... [+ FIELD=VALUE...]]

Prints the entries of journal files as lines of JSON, like journalctl -o json --all, with nothing of
systemd installed. A PATH is a folder (its files and those in sub-folders named by machine id) or a
file; without any: ${DEFAULT_PATHS.join(' and ')}.

Entries match if all fields match; a field that is given twice may have either value; '+' begins an
alternative. Damaged files are read as far as possible, with a warning on standard error.

Options:
  -n, --lines N            the last N entries (or the first N behind a cursor or --since)
  -f, --follow             go on with new entries (begins with the last ${FOLLOW_LINES} unless told otherwise)
  -r, --reverse            newest first
      --cursor CURSOR      begin with this entry
      --after-cursor C     begin behind this entry, such as one of a position file
      --since TIME         begin at a time: '2024-05-06 07:08:09', '2h ago', today, @1714979289
      --until TIME         end at a time
  -F, --field NAME         print the values that a field has, instead of entries
      --help

Exit codes: 0, 1 if nothing could be read, 2 if the arguments are wrong.
`;

interface Options {
  readonly paths: readonly string[];
  readonly matches: readonly (readonly string[])[];
  readonly lines: number | undefined;
  readonly follow: boolean;
  readonly reverse: boolean;
  readonly cursor: string | undefined;
  readonly afterCursor: string | undefined;
  readonly since: bigint | undefined;
  readonly until: bigint | undefined;
  readonly field: string | undefined;
}

/** Runs the command; `argv` is what follows `logferry journal`. Returns the exit code. */
export async function run(argv: readonly string[], _registry: Registry, io: CommandIo): Promise<number> {
  let options: Options;
  let journal: Journal | undefined;
  try {
    const found = readArguments(argv);
    if (found === 'help') {
      io.stdout.write(HELP);
      return 0;
    }
    options = found;
    journal = openJournal({
      paths: options.paths,
      onWarning: ({ path, reason }) => io.stderr.write(`logferry journal: ${path}: ${reason}\n`),
    });
    prepare(journal, options);
  } catch (error) {
    journal?.close();
    io.stderr.write(`logferry journal: ${errorText(error)}\nSee logferry journal --help\n`);
    return 2;
  }
  const ending = endOf(io);
  try {
    if (journal.paths.length === 0 && !options.follow) {
      io.stderr.write(`logferry journal: there are no readable journal files in ${options.paths.join(', ')}\n`);
      return 1;
    }
    const out = new Output(io, ending.signal);
    if (options.field === undefined) await print(journal, options, out, ending.signal);
    else for (const value of journal.uniqueValues(options.field)) await out.line(value);
    await out.flush();
    return 0;
  } finally {
    ending.forget();
    journal.close();
  }
}

/** Sets matches and checks cursors, so that mistakes show before anything is printed. */
function prepare(journal: Journal, options: Options): void {
  for (const group of options.matches) {
    journal.addDisjunction();
    for (const match of group) journal.addMatch(match);
  }
  if (options.cursor !== undefined) journal.seekCursor(options.cursor);
  if (options.afterCursor !== undefined) journal.seekCursor(options.afterCursor);
}

async function print(journal: Journal, options: Options, out: Output, signal: AbortSignal): Promise<void> {
  const { reverse, lines, since, until, follow } = options;
  const step = (): JournalEntry | undefined => (reverse ? journal.previous() : journal.next());
  let entry = begin(journal, options, step);
  let left = lines === undefined || (follow && options.cursor === undefined && options.afterCursor === undefined) ? Infinity : lines;
  for (let count = 0; !signal.aborted; count++) {
    while (entry === undefined && follow && !reverse && (await journal.wait({ signal }))) entry = journal.next();
    if (entry === undefined || left-- <= 0) return;
    if (!reverse && until !== undefined && entry.realtime > until) return;
    if (reverse && since !== undefined && entry.realtime < since) return;
    await out.line(entryJson(entry));
    entry = step();
    if (entry === undefined) await out.flush();
    // Signals are only seen in between.
    if (count % 1000 === 999) await setImmediate();
  }
}

/** Goes to the first entry that is printed. */
function begin(journal: Journal, options: Options, step: () => JournalEntry | undefined): JournalEntry | undefined {
  const { cursor, afterCursor, since, until, reverse, follow } = options;
  const lines = options.lines ?? (follow && since === undefined ? FOLLOW_LINES : undefined);
  if (cursor !== undefined || afterCursor !== undefined) {
    const entry = step();
    return entry !== undefined && afterCursor !== undefined && journal.testCursor(afterCursor) ? step() : entry;
  }
  if (since !== undefined && !reverse) {
    journal.seekRealtime(since);
    return step();
  }
  if (until !== undefined && (reverse || lines !== undefined)) journal.seekRealtime(until);
  else if (reverse || lines !== undefined) journal.seekTail();
  if (reverse || lines === undefined) return step();
  const isNothing = lines === 0 || journal.skipBack(lines) === 0;
  if (isNothing) {
    if (follow) journal.seekTail();
    return undefined;
  }
  return journal.current;
}

function readArguments(argv: readonly string[]): Options | 'help' {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      lines: { type: 'string', short: 'n' },
      follow: { type: 'boolean', short: 'f', default: false },
      reverse: { type: 'boolean', short: 'r', default: false },
      cursor: { type: 'string' },
      'after-cursor': { type: 'string' },
      since: { type: 'string', short: 'S' },
      until: { type: 'string', short: 'U' },
      field: { type: 'string', short: 'F' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  if (values.lines !== undefined && !/^\d{1,9}$/.test(values.lines)) throw new Error(`--lines has to be a number, found '${values.lines}'`);
  if (values.follow && values.reverse) throw new Error('--follow and --reverse exclude each other');
  if (values.cursor !== undefined && values['after-cursor'] !== undefined) throw new Error('--cursor and --after-cursor exclude each other');
  const paths: string[] = [];
  const matches: string[][] = [[]];
  for (const text of positionals) {
    if (text === '+') matches.push([]);
    else if (/^[A-Z0-9_]+=/.test(text)) matches.at(-1)!.push(text);
    else if (existsSync(text)) paths.push(text);
    else throw new Error(`'${text}' is neither a file or folder nor a match; expected FIELD=VALUE with a name of A-Z, 0-9 and _`);
  }
  const now = Date.now();
  return {
    paths: paths.length > 0 ? paths : DEFAULT_PATHS,
    matches: matches.filter((group) => group.length > 0),
    lines: values.lines === undefined ? undefined : Number(values.lines),
    follow: values.follow,
    reverse: values.reverse,
    cursor: values.cursor,
    afterCursor: values['after-cursor'],
    since: values.since === undefined ? undefined : parseUserTime(values.since, now),
    until: values.until === undefined ? undefined : parseUserTime(values.until, now),
    field: values.field,
  };
}

/** Lines in large pieces, no faster than they are taken. */
class Output {
  readonly #io: CommandIo;
  readonly #signal: AbortSignal;
  #text = '';

  constructor(io: CommandIo, signal: AbortSignal) {
    this.#io = io;
    this.#signal = signal;
  }

  async line(text: string): Promise<void> {
    this.#text += `${text}\n`;
    if (this.#text.length >= WRITE_LENGTH) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#text === '') return;
    const text = this.#text;
    this.#text = '';
    const stream = this.#io.stdout as Partial<NodeJS.WriteStream>;
    if (this.#io.stdout.write(text) === false && stream.once) {
      await once(stream as NodeJS.WriteStream, 'drain', { signal: this.#signal }).catch(() => {});
    }
  }
}

/** What ends the command: its signal, SIGINT, SIGTERM, or nobody who reads any more. */
function endOf(io: CommandIo): { readonly signal: AbortSignal; forget(): void } {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  const stream = io.stdout as Partial<NodeJS.WriteStream>;
  if (io.signal?.aborted) end();
  io.signal?.addEventListener('abort', end, { once: true });
  if (!io.signal) for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, end);
  stream.on?.('error', end);
  return {
    signal: ending.signal,
    forget() {
      io.signal?.removeEventListener('abort', end);
      if (!io.signal) for (const name of ['SIGINT', 'SIGTERM'] as const) process.removeListener(name, end);
    },
  };
}
