/** `logferry demo`, also `npm start`: the whole way from the logs of a node to CloudWatch Logs, on this machine alone. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Agent } from '../app.ts';
import { ConfigError } from '../errors.ts';
import { startLocalCloudWatch, type LocalCloudWatch } from '../local-cloudwatch/local-cloudwatch.ts';
import type { Registry } from '../registry.ts';
import { checkDelivery, type Delivery } from './demo-check.ts';
import type { CommandIo } from './io.ts';
import { reportConfigError } from './run.ts';
import { startSampleKubernetes } from './sample-kubernetes.ts';
import { copySampleNode } from './sample-node.ts';

const HELP = `Usage: logferry demo [OPTIONS]

Runs the Container Insights pipeline (conf/container-insights) over a sample node (conf/sample-node)
into a CloudWatch Logs endpoint on this machine, shows what arrived, and checks line by line that
nothing was lost. Needs no AWS account, no cluster and no network.

Options:
  --keep       leave the endpoint running afterwards, to look at it with any AWS client
  --port N     port of the endpoint (default: any free one)
  --log        show the agent's own log
  --help

Exit codes: 0 everything arrived, 1 something is missing or did not start.
`;

/** The expression that the quick start's DaemonSet sets for containerd nodes. */
const CRI = '/^(?<time>.+) (?<stream>stdout|stderr) (?<logtag>[FP]) (?<log>.*)$/';
const CLUSTER = 'demo';
/** No new event for this long: everything that can come without a flush has come. */
const QUIET_MS = 1200;
const LONGEST_MS = 60_000;
const POLL_MS = 150;
const FLUSH_MS = 20_000;
/** Columns for the names of streams. */
const NAME_WIDTH = 62;
/** Events shown of the first stream of each group. */
const SHOWN_EVENTS = 2;

export async function run(argv: readonly string[], registry: Registry, io: CommandIo): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: { keep: { type: 'boolean' }, port: { type: 'string' }, log: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    io.stdout.write(HELP);
    return 0;
  }
  const conf = packageFolder('conf');
  const root = await mkdtemp(path.join(tmpdir(), 'logferry-demo-'));
  const print = (text: string): void => void io.stdout.write(text + '\n');
  const sample = await copySampleNode(path.join(conf, 'sample-node'), root, new Date());
  const endpoint = await startLocalCloudWatch({ port: Number(values.port ?? 0) });
  const kubernetes = await startSampleKubernetes(path.join(conf, 'sample-node/pods.json'));
  try {
    print(`Logferry demo: conf/container-insights over a sample node, into a CloudWatch Logs endpoint on this machine\n`);
    print(`  node      ${sample.files} files, ${sample.lines} lines, ${kilobytes(sample.bytes)} below ${root}/var`);
    print(`  endpoint  ${endpoint.url}`);
    print(`  cluster   ${CLUSTER}, its Kubernetes API at ${kubernetes.url}\n`);

    setEnvironment(endpoint.url, kubernetes.url);
    const log: string[] = [];
    const agent = new Agent({
      configFile: path.join(conf, 'container-insights/fluent.conf'),
      registry,
      root,
      suppressConfigDump: true,
      write: (line) => {
        if (values.log) io.stdout.write(line);
        else log.push(line);
      },
    });
    try {
      await agent.load();
    } catch (error) {
      reportConfigError(agent, 'conf/container-insights/fluent.conf', error);
      for (const line of log) io.stdout.write(line);
      if (!(error instanceof ConfigError)) throw error;
      return 1;
    }
    const startedAt = performance.now();
    await agent.start();
    await untilQuiet(agent, endpoint, io, startedAt);
    await agent.stop(FLUSH_MS);
    progress(agent, endpoint, io, startedAt, true);

    showStreams(endpoint, print);
    showEvents(endpoint, print);
    const delivery = await checkDelivery(root, endpoint.store);
    showVerdict(delivery, kubernetes.requests(), agent.log.counts, print);
    if (delivery.missing.length > 0) for (const line of log.filter((text) => /\[(warn|error|fatal)\]/.test(text))) io.stdout.write(line);
    await lookFurther(values.keep === true, endpoint, print, io);
    return delivery.missing.length === 0 ? 0 : 1;
  } finally {
    await endpoint.stop();
    await kubernetes.stop();
    await rm(root, { recursive: true, force: true });
  }
}

function setEnvironment(endpoint: string, kubernetes: string): void {
  Object.assign(process.env, {
    CLUSTER_NAME: CLUSTER,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'demo',
    AWS_SECRET_ACCESS_KEY: 'demo',
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: endpoint,
    KUBERNETES_URL: kubernetes,
    FLUENT_CONTAINER_TAIL_PARSER_TYPE: CRI,
  });
}

function totals(endpoint: LocalCloudWatch): { events: number; streams: number } {
  const rows = endpoint.store.summary();
  return { events: rows.reduce((sum, row) => sum + row.events, 0), streams: rows.length };
}

async function untilQuiet(agent: Agent, endpoint: LocalCloudWatch, io: CommandIo, startedAt: number): Promise<void> {
  let seen = -1;
  let changedAt = performance.now();
  while (performance.now() - startedAt < LONGEST_MS) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    const { events } = totals(endpoint);
    if (events !== seen) {
      seen = events;
      changedAt = performance.now();
    }
    progress(agent, endpoint, io, startedAt, false);
    if (events > 0 && performance.now() - changedAt > QUIET_MS) return;
  }
}

/** By the counters of all tail inputs. */
function linesRead(agent: Agent): number {
  let lines = 0;
  for (const { name, value } of agent.metrics.read()) if (name === 'input_lines_total') lines += value;
  return lines;
}

let lastShown = '';

/** On a terminal one line that changes, elsewhere a line for each change. */
function progress(agent: Agent, endpoint: LocalCloudWatch, io: CommandIo, startedAt: number, last: boolean): void {
  const { events, streams } = totals(endpoint);
  const text = `${linesRead(agent)} lines read, ${events} events delivered to ${streams} streams`;
  const terminal = process.stdout.isTTY;
  if (text === lastShown && !last) return;
  lastShown = text;
  const line = `  ${((performance.now() - startedAt) / 1000).toFixed(1).padStart(5)} s  ${text}${last ? ', all flushed' : ''}`;
  io.stdout.write(terminal ? `\r\x1b[K${line}${last ? '\n' : ''}` : line + '\n');
}

/** Groups with their streams, names shortened in the middle to fit a terminal. */
function showStreams(endpoint: LocalCloudWatch, print: (text: string) => void): void {
  const rows = endpoint.store.summary();
  for (const group of new Set(rows.map((row) => row.group))) {
    const streams = rows.filter((row) => row.group === group && row.stream !== undefined);
    const sum = (of: 'events' | 'bytes') => streams.reduce((total, row) => total + row[of], 0);
    print(`\n${group.padEnd(NAME_WIDTH + 2)} ${'EVENTS'.padStart(7)} ${'BYTES'.padStart(9)}`);
    for (const { stream, events, bytes } of streams) print(`  ${shorten(stream!).padEnd(NAME_WIDTH)} ${String(events).padStart(7)} ${String(bytes).padStart(9)}`);
    print(`  ${`${streams.length} streams`.padEnd(NAME_WIDTH)} ${String(sum('events')).padStart(7)} ${String(sum('bytes')).padStart(9)}`);
  }
  print('');
}

function shorten(name: string): string {
  return name.length <= NAME_WIDTH ? name : `${name.slice(0, NAME_WIDTH - 11)}...${name.slice(-8)}`;
}

function showEvents(endpoint: LocalCloudWatch, print: (text: string) => void): void {
  const seen = new Set<string>();
  for (const { group, stream } of endpoint.store.summary()) {
    if (stream === undefined || seen.has(group)) continue;
    seen.add(group);
    print(`From ${group}, stream ${shorten(stream)}:`);
    let shown = 0;
    for (const event of endpoint.store.events(group, stream)) {
      if (shown++ >= SHOWN_EVENTS) break;
      print(`  ${new Date(event.timestamp).toISOString()}  ${event.message.length > 320 ? event.message.slice(0, 320) + '...' : event.message}`);
    }
    print('');
  }
}

function showVerdict(delivery: Delivery, requests: number, counts: Readonly<Record<string, number>>, print: (text: string) => void): void {
  const { lines, files, events, missing } = delivery;
  print(`Checked ${lines} lines of ${files} files against ${events} events (continuation lines are joined to the line before them).`);
  if (missing.length === 0) print(`Nothing was lost. ${requests} requests to the Kubernetes API, ${counts['error'] ?? 0} errors and ${counts['warn'] ?? 0} warnings in the agent's log (see them with --log).`);
  else {
    print(`LOST: ${missing.length} lines did not arrive:`);
    for (const { file, line, text } of missing.slice(0, 20)) print(`  ${file}:${line}: ${text.slice(0, 160)}`);
  }
}

async function lookFurther(keep: boolean, endpoint: LocalCloudWatch, print: (text: string) => void, io: CommandIo): Promise<void> {
  if (!keep) {
    print(`
To look further:
  npm start -- --keep                 leave the endpoint running and ask it with any AWS client
  npm start -- --log                  see the agent's own log
  npx logferry plugins tail           every parameter of a plugin
  npx logferry cloudwatch             an endpoint of your own; then: logferry -c your.conf
`);
    return;
  }
  print(`
The endpoint stays at ${endpoint.url} until Ctrl-C. For example:
  AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x AWS_REGION=us-east-1 \\
    aws logs tail /aws/containerinsights/${CLUSTER}/application --endpoint-url ${endpoint.url}
  curl -s ${endpoint.url}/_logferry/state
`);
  await new Promise<void>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve());
    io.signal?.addEventListener('abort', () => resolve(), { once: true });
  });
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(0)} kB`;
}

/** A folder of the package, from src/cli or dist/src/cli. */
function packageFolder(name: string): string {
  const here = path.dirname(fileURLToPath(import.meta.url));
  return path.resolve(here, here.split(path.sep).includes('dist') ? '../../..' : '../..', name);
}
