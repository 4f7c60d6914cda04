/** `logferry top`: a running agent in the terminal, again each second; once if nobody watches. */
import { parseArgs } from 'node:util';
import { ask, findTarget, readJson, type Target } from '../admin/client.ts';
import type { Status } from '../admin/status.ts';
import type { CommandIo } from './io.ts';
import { FILE_ORDERS, ratesBetween, topScreen, type FileOrder } from './top-screen.ts';

const HELP = `Usage: logferry top [--url HOST:PORT] [--sort ORDER] [--once]

A running agent live: rates of each step, buffers and retries, files with their backlog, the last warnings and errors.

      --url ADDR    the agent's admin server (default: LOGFERRY_ADMIN, or 127.0.0.1:24230); worker N has the port plus N
      --sort ORDER  files by unread (default), rate, bytes or path
      --once        print once and end: also if the output is no terminal

Keys: u, r, b, p  order of the files    space  pause    q  end
LOGFERRY_ADMIN_TOKEN is sent if it is set.
`;

const PERIOD_MS = 1000;
const PATIENCE_MS = 5000;
/** Rates are taken over so many looks. */
const LOOKS = 5;
const FILES = 200;
const DEFAULT_WIDTH = 120;

const KEYS: Readonly<Record<string, FileOrder>> = { u: 'unread', r: 'rate', b: 'bytes', p: 'path' };

/** A terminal, as far as this command uses it. */
interface Terminal {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

export async function run(argv: readonly string[], io: CommandIo): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: { url: { type: 'string' }, sort: { type: 'string' }, once: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    io.stdout.write(HELP);
    return 0;
  }
  const order = (values.sort ?? 'unread') as FileOrder;
  if (!FILE_ORDERS.includes(order)) throw new Error(`--sort: expected ${FILE_ORDERS.join(', ')}, found '${values.sort}'`);
  const target = findTarget(values.url);
  const terminal = io.stdout as Terminal;
  if (values.once || terminal.isTTY !== true) return once(target, order, io, terminal.columns ?? DEFAULT_WIDTH);
  return live(target, order, io, terminal);
}

/** Two looks, as rates need a span. */
async function once(target: Target, order: FileOrder, io: CommandIo, width: number): Promise<number> {
  const before = await look(target, io.signal);
  await pause(PERIOD_MS, io.signal);
  const status = await look(target, io.signal);
  const lines = topScreen(status, ratesBetween(before, status), { width, height: undefined, order, colour: false });
  io.stdout.write(`${lines.join('\n')}\n`);
  return status.health.ok ? 0 : 1;
}

async function live(target: Target, first: FileOrder, io: CommandIo, terminal: Terminal): Promise<number> {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  io.signal?.addEventListener('abort', end, { once: true });
  let order = first;
  let paused = false;
  let seen: Status[] = [];
  let problem = '';

  const draw = (): void => {
    const width = terminal.columns ?? DEFAULT_WIDTH;
    const height = terminal.rows ?? 24;
    const [oldest, newest] = [seen[0], seen.at(-1)];
    const lines = oldest && newest ? topScreen(newest, ratesBetween(oldest, newest), { width, height: height - 1, order, colour: process.env['NO_COLOR'] === undefined }) : [];
    const foot = problem || `${paused ? 'paused  ' : ''}q end  space pause  files by: u unread  r rate  b bytes  p path`;
    // Each line takes the rest of an older one away, and all that is below goes: nothing flickers.
    io.stdout.write(`\x1b[H${[...lines, `\x1b[2m${foot.slice(0, width)}\x1b[0m`].map((line) => `${line}\x1b[K`).join('\r\n')}\x1b[J`);
  };
  const key = (data: Buffer): void => {
    const text = data.toString();
    if (text === 'q' || text === '\x03' || text === '\x1b') return end();
    if (text === ' ') paused = !paused;
    order = KEYS[text] ?? order;
    draw();
  };

  const { stdin } = process;
  io.stdout.write('\x1b[?1049h\x1b[?25l\x1b[2J');
  stdin.setRawMode?.(true);
  stdin.on('data', key).resume();
  process.stdout.on('resize', draw);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, end);
  try {
    while (!ending.signal.aborted) {
      if (!paused) {
        try {
          const status = await look(target, ending.signal);
          if (seen.at(-1)?.pid !== status.pid) seen = [];
          seen = [...seen, status].slice(-LOOKS - 1);
          problem = '';
        } catch (error) {
          problem = (error as Error).message;
        }
        draw();
      }
      await pause(PERIOD_MS, ending.signal);
    }
  } finally {
    stdin.setRawMode?.(false);
    stdin.off('data', key).pause();
    process.stdout.off('resize', draw);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, end);
    io.stdout.write('\x1b[?25h\x1b[?1049l');
  }
  return 0;
}

async function look(target: Target, signal: AbortSignal | undefined): Promise<Status> {
  return readJson<Status>(await ask(target, `/api/status?files=${FILES}`, PATIENCE_MS, signal));
}

/** Also over at once when the signal comes. */
function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', over);
      resolve();
    };
    const timer = setTimeout(over, ms);
    if (signal?.aborted) over();
    else signal?.addEventListener('abort', over, { once: true });
  });
}
