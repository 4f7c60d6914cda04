/** `logferry tap`: events of a running agent as they pass, as lines of JSON or text. */
import type { IncomingMessage } from 'node:http';
import { parseArgs } from 'node:util';
import { askStream, findTarget, readJson } from '../admin/client.ts';
import type { CommandIo } from './io.ts';

const HELP = `Usage: logferry tap [--tag PATTERN] [--stage STAGE] [--plugin ID] [--limit N] [--rate N] [--format json|text] [--url HOST:PORT]

Shows events of a running agent as they pass. Nothing is slowed: what comes too fast is left out, and how much it was is told.

      --tag PATTERN   as in <match>: 'kubernetes.**', '{a,b}.*', several separated by spaces (default: **)
      --stage STAGE   where: input (after inputs; default), before, after (filters), output, emit (emitted again), error,
                      unmatched, all; several separated by commas
      --plugin ID     at the plugin with this @id or @type alone
      --limit N       end after so many events
      --rate N        events in a second at most, 1 to 1000 (default 50)
      --format FORM   json: all facts of an event in a line (default); text: time, tag and record
      --url ADDR      the agent's admin server (default: LOGFERRY_ADMIN, or 127.0.0.1:24230)

LOGFERRY_ADMIN_TOKEN is sent if it is set.
`;

interface Line {
  readonly notice?: string;
  readonly events?: number;
  readonly stage?: string;
  readonly type?: string;
  readonly tag?: string;
  readonly time?: string;
  readonly error?: string;
  readonly text?: string;
}

export async function run(argv: readonly string[], io: CommandIo): Promise<number> {
  const string = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...argv],
    options: { tag: string, stage: string, plugin: string, limit: string, rate: string, format: string, url: string, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    io.stdout.write(HELP);
    return 0;
  }
  const limit = values.limit === undefined ? Infinity : Number(values.limit);
  if (!(limit >= 1) || (limit !== Infinity && !Number.isInteger(limit))) throw new Error(`--limit: expected a number from 1, found '${values.limit}'`);
  const format = values.format ?? 'json';
  if (format !== 'json' && format !== 'text') throw new Error(`--format: expected json or text, found '${format}'`);
  const query = new URLSearchParams();
  for (const name of ['tag', 'stage', 'plugin', 'rate'] as const) if (values[name] !== undefined) query.set(name, values[name]);

  const ending = new AbortController();
  const end = (): void => ending.abort();
  io.signal?.addEventListener('abort', end, { once: true });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, end);
  try {
    const response = await askStream(findTarget(values.url), `/api/tap?${query}`, ending.signal);
    if (response.statusCode !== 200) readJson({ status: response.statusCode ?? 0, body: await whole(response) });
    await show(response, { limit, format, io });
    // An agent that ends the tap has ended.
    if (ending.signal.aborted || Number.isFinite(limit)) return 0;
    io.stderr.write('logferry: the agent ended the tap\n');
    return 0;
  } catch (error) {
    if (ending.signal.aborted) return 0;
    throw error;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, end);
    ending.abort();
  }
}

interface Showing {
  readonly limit: number;
  readonly format: 'json' | 'text';
  readonly io: CommandIo;
}

/** Until the limit is reached or the answer ends. */
async function show(response: IncomingMessage, { limit, format, io }: Showing): Promise<void> {
  let rest = '';
  let shown = 0;
  response.setEncoding('utf8');
  for await (const part of response as AsyncIterable<string>) {
    const lines = (rest + part).split('\n');
    rest = lines.pop()!;
    for (const text of lines) {
      const line = JSON.parse(text) as Line;
      if (line.notice === 'dropped') io.stderr.write(`logferry: ${line.events} more events passed and are not shown\n`);
      if (line.notice !== undefined) continue;
      io.stdout.write(`${format === 'json' ? text : textOf(line, text)}\n`);
      if (++shown >= limit) return;
    }
  }
}

/** The record as it came: numbers beyond 2^53 stay what they are. */
function textOf({ stage, type, tag, time, error, text }: Line, line: string): string {
  const at = line.indexOf('"record":');
  const record = text ?? (at < 0 ? '' : line.slice(at + '"record":'.length, -1));
  const place = stage === 'input' || type === undefined ? stage : `${stage} ${type}`;
  return `${time} ${place} ${tag}: ${error === undefined ? '' : `${error}: `}${record}`;
}

async function whole(response: IncomingMessage): Promise<string> {
  let body = '';
  for await (const part of response.setEncoding('utf8') as AsyncIterable<string>) body += part;
  return body;
}
