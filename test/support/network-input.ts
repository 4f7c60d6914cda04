/** Inputs that listen, started from configuration text as the agent does it, and clients for them. */
import net, { type Socket } from 'node:net';
import { parseConfig } from '../../src/config/read.ts';
import { ConfigReader, placeOf, type CheckedPlugin } from '../../src/config/schema.ts';
import { ConfigError } from '../../src/errors.ts';
import { generateJson } from '../../src/lib/json.ts';
import type { Kind, Kinds, PluginContext } from '../../src/plugin.ts';
import { plugins } from '../../plugins/index.ts';
import { Registry } from '../../src/registry.ts';
import { testContext, type TestContext } from './context.ts';

const registry = new Registry(plugins);

export interface RunningInput {
  readonly context: TestContext;
  readonly port: number;
  /** What was emitted: `tag {"json":...}`. */
  events(): string[];
  /** The same with times in front. */
  timed(): string[];
  logged(level?: string): string[];
  metric(name: string, labels?: Readonly<Record<string, string>>): number;
  stop(): Promise<void>;
}

function instance<K extends Kind>(checked: CheckedPlugin<K>, outer: TestContext): Kinds[K] {
  const context: PluginContext = {
    ...outer,
    type: checked.type,
    element: checked.element,
    place: (name) => placeOf(checked.config, name),
    create: (inner) => instance(inner as CheckedPlugin<typeof inner.kind>, outer) as never,
  };
  return checked.definition.create(checked.config, context) as Kinds[K];
}

/** Creates the input of a `<source>`; throws a ConfigError with everything that is wrong. */
export async function createInput(source: string, context = testContext({ kind: 'input' })): Promise<Kinds['input']> {
  const root = parseConfig(`<source>\n${source}\n</source>\n`, { file: 'test.conf' });
  const reader = new ConfigReader({ registry, strict: false });
  const checked = await reader.plugin('input', root.elements[0]!);
  if (!checked || reader.problems.length > 0) throw new ConfigError(reader.problems);
  const input = instance(checked, context);
  if (context.problems.length > 0) throw new ConfigError(context.problems);
  return input;
}

/** Starts it; port 0 becomes a free one. */
export async function startInput(source: string, context = testContext({ kind: 'input' })): Promise<RunningInput> {
  const input = await createInput(source, context);
  await input.start?.();
  const events = () => context.router.batches.flatMap((batch) => batch.events.map((event) => ({ tag: batch.tag, ...event })));
  let stopped: Promise<void> | undefined;
  return {
    context,
    port: Number(input.status?.()['port'] ?? 0),
    events: () => events().map(({ tag, record }) => `${tag} ${generateJson(record)}`),
    timed: () => events().map(({ tag, time, record }) => `${time.sec}.${String(time.nsec).padStart(9, '0')} ${tag} ${generateJson(record)}`),
    logged: (level) => context.log.lines.filter((line) => level === undefined || line.level === level).map(({ message }) => message),
    metric(name, labels = {}) {
      let sum = 0;
      for (const series of context.metrics.read()) {
        if (series.name === name && Object.entries(labels).every(([key, value]) => series.labels[key] === value)) sum += series.value;
      }
      return sum;
    },
    stop: () => (stopped ??= (async () => {
      await input.stop?.();
      await input.close?.();
      await context.close();
    })()),
  };
}

/** A client on the loopback interface. */
export async function connect(port: number | string): Promise<Socket> {
  const socket = typeof port === 'number' ? net.connect(port, '127.0.0.1') : net.connect(port);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => {});
  return socket;
}

/** Sends everything and waits until the other side has closed too. */
export async function sendAll(port: number | string, ...pieces: readonly (string | Buffer)[]): Promise<void> {
  const socket = await connect(port);
  socket.setNoDelay(true);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.resume();
  for (const piece of pieces) {
    await new Promise((resolve) => socket.write(piece, resolve));
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  socket.end();
  await closed;
}

/** All that the other side sends until it closes. */
export async function received(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (bytes: Buffer) => (text += bytes.toString('latin1')));
  await new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return text;
}
