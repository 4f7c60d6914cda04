/** `logferry cloudwatch`: the local CloudWatch Logs endpoint as a command. */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { errorText } from '../errors.ts';
import type { FaultRule } from '../local-cloudwatch/fault-rule.ts';
import { parseFaultRule } from '../local-cloudwatch/fault-rule.ts';
import type { LocalCloudWatchOptions, RequestSummary } from '../local-cloudwatch/local-cloudwatch.ts';
import { startLocalCloudWatch } from '../local-cloudwatch/local-cloudwatch.ts';
import type { StreamSummary } from '../local-cloudwatch/store.ts';
import type { CommandIo } from './io.ts';

/** The port that the command uses if none is given. */
export const DEFAULT_PORT = 4580;

const HELP = `Usage: logferry cloudwatch [OPTIONS]

Runs a CloudWatch Logs endpoint on this machine: no AWS account, no network. It speaks the service's
protocol, has its limits and rejects what the service would reject, so any AWS client can use it:

  logferry cloudwatch --dir ./logs &
  export AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x AWS_REGION=us-east-1
  aws logs describe-log-groups --endpoint-url http://127.0.0.1:${DEFAULT_PORT}
  AWS_ENDPOINT_URL_CLOUDWATCH_LOGS=http://127.0.0.1:${DEFAULT_PORT} logferry -c logferry.conf

The URL is printed on standard output once the endpoint is ready. SIGINT (Ctrl-C) or SIGTERM ends it and
prints a table of what it has got.

Options:
  --port N                 port to listen on (default ${DEFAULT_PORT}); 0 takes any free one
  --host ADDRESS           address to listen on (default 127.0.0.1: this machine alone)
  --dir DIR                keep groups, streams and events in this directory, as lines of JSON, and
                           start with what is in it (default: in memory, gone at the end)
  --create GROUP           make this log group at the start; may be repeated
  --region NAME            region in ARNs (default us-east-1)
  --account ID             account in ARNs (default 000000000000)
  --credentials KEY:SECRET verify request signatures with these (default: any signature will do, but
                           there has to be one)
  --accept-any-time        do not reject events older than 14 days or the group's retention, nor those
                           more than 2 hours in the future
  --count-only             count events and forget them: for load tests
  --fault RULE             spoil answers on purpose; may be repeated, the first that fits a call wins
  --requests               print a line for each request on standard error
  --help                   print this text

Fault rules are ACTION[,KEY=VALUE...], or the same as a JSON object.
  Actions: throttle, 5xx (an answer such as a proxy's), reset (cut before handling), lose-answer (cut
           after handling), hang, garbage, delay, or the name of any error
  Keys:    operation=NAME (PutLogEvents; * for any), group=NAME, stream=NAME (* for any characters),
           containing=TEXT (requests with an event that has it),
           skip=N, times=N, every=N, probability=0..1, seed=N, delayMs=N, status=N, message=TEXT, body=TEXT
  --fault throttle,times=3                      the first three PutLogEvents are throttled
  --fault ServiceUnavailableException,every=10  every tenth fails
  --fault lose-answer,probability=0.05,seed=7   five in a hundred are stored but never answered
  --fault delay,delayMs=250,operation=*         everything is slow

While it runs, on the same port:
  GET  /_logferry/state                    groups, streams, fault rules and their counts, as JSON
  GET  /_logferry/events?group=G&stream=S  the events of a stream as lines of JSON
  POST /_logferry/faults                   replaces the fault rules by a JSON list of rules; [] ends them
`;

/**
 * Runs the command until it is ended.
 * @param argv what follows `logferry cloudwatch`
 * @returns the exit code: 0, 1 if the endpoint could not start, 2 if the arguments are wrong
 */
export async function run(argv: readonly string[], io: CommandIo): Promise<number> {
  let options: LocalCloudWatchOptions;
  try {
    const found = readArguments(argv, io);
    if (found === 'help') {
      io.stdout.write(HELP);
      return 0;
    }
    options = found;
  } catch (error) {
    io.stderr.write(`logferry cloudwatch: ${errorText(error)}\nSee logferry cloudwatch --help\n`);
    return 2;
  }
  const stopped = io.signal ? aborted(io.signal) : endingSignal();
  let endpoint;
  try {
    endpoint = await startLocalCloudWatch(options);
  } catch (error) {
    const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    const hint = taken ? ' (another one may be running; --port 0 takes a free port)' : '';
    io.stderr.write(`logferry cloudwatch: cannot start: ${errorText(error)}${hint}\n`);
    return 1;
  }
  io.stdout.write(`${endpoint.url}\n`);
  await stopped;
  await endpoint.stop();
  io.stdout.write(summaryTable(endpoint.store.summary()));
  return 0;
}

function readArguments(argv: readonly string[], io: CommandIo): LocalCloudWatchOptions | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      port: { type: 'string', default: String(DEFAULT_PORT) },
      host: { type: 'string' },
      dir: { type: 'string' },
      create: { type: 'string', multiple: true, default: [] },
      region: { type: 'string' },
      account: { type: 'string' },
      credentials: { type: 'string' },
      'accept-any-time': { type: 'boolean', default: false },
      'count-only': { type: 'boolean', default: false },
      fault: { type: 'string', multiple: true, default: [] },
      requests: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  if (!/^\d{1,5}$/.test(values.port) || Number(values.port) > 65_535) {
    throw new Error(`--port has to be a number from 0 to 65535, found '${values.port}'`);
  }
  if (values.account !== undefined && !/^\d{12}$/.test(values.account)) {
    throw new Error(`--account has to be twelve digits, found '${values.account}'`);
  }
  const pair = values.credentials === undefined ? undefined : /^([^:]+):(.+)$/.exec(values.credentials);
  if (pair === null) throw new Error('--credentials has to be KEY:SECRET, an access key id, a colon, a secret access key');
  for (const group of values.create) {
    if (!/^[.\-_/#A-Za-z0-9]{1,512}$/.test(group)) {
      throw new Error(`--create: the name of a log group is 1 to 512 of A-Z a-z 0-9 . - _ / #, found '${group}'`);
    }
  }
  const faults: FaultRule[] = values.fault.map(parseFaultRule);
  return {
    port: Number(values.port),
    host: values.host,
    dir: values.dir,
    region: values.region,
    account: values.account,
    credentials: pair ? { accessKeyId: pair[1], secretAccessKey: pair[2] } : undefined,
    groups: Object.fromEntries(values.create.map((group) => [group, []])),
    checkAge: !values['accept-any-time'],
    keepEvents: !values['count-only'],
    faults,
    onRequest: values.requests ? (request) => io.stderr.write(requestLine(request)) : undefined,
  };
}

function requestLine({ operation, group, stream, events, bodyBytes, status, error, fault, logsFormat }: RequestSummary): string {
  const words = [
    status === 0 ? '---' : String(status),
    operation || '(no operation)',
    group,
    stream,
    events === undefined ? undefined : `${events} events, ${bodyBytes} bytes`,
    logsFormat,
    fault === undefined ? undefined : `fault ${fault}`,
    error,
  ];
  return `${words.filter((word) => word !== undefined).map(printable).join('  ')}\n`;
}

/** A table of groups and streams for people; ends with a line break. */
export function summaryTable(rows: readonly StreamSummary[]): string {
  if (rows.length === 0) return 'Nothing was stored.\n';
  const head = ['GROUP', 'STREAM', 'EVENTS', 'BYTES', 'FIRST', 'LAST'];
  const body = rows.map((row) => [
    printable(row.group),
    printable(row.stream ?? '(no streams)'),
    String(row.events),
    String(row.bytes),
    row.firstTimestamp === undefined ? '-' : timeText(row.firstTimestamp),
    row.lastTimestamp === undefined ? '-' : timeText(row.lastTimestamp),
  ]);
  const table = [head, ...body];
  const widths = head.map((_, column) => Math.max(...table.map((row) => row[column].length)));
  const numeric = (column: number): boolean => column === 2 || column === 3;
  return table.map((row) => `${row.map((cell, column) => (
    numeric(column) ? cell.padStart(widths[column]) : cell.padEnd(widths[column])
  )).join('  ').trimEnd()}\n`).join('');
}

function timeText(ms: number): string {
  return ms <= 8.64e15 ? new Date(ms).toISOString() : String(ms);
}

/** Names may hold anything but : and *: nothing of that may steer a terminal. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (c) => `\\u{${c.codePointAt(0)?.toString(16)}}`);
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

function endingSignal(): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      process.off('SIGINT', end);
      process.off('SIGTERM', end);
      resolve();
    };
    process.on('SIGINT', end);
    process.on('SIGTERM', end);
  });
}
