/** Reads log streams of Amazon CloudWatch Logs. */
import {
  Ack, awsFields, compileStrptime, ConfigError, defineInput, emitUntilTaken, errorText, isHash, JsonError, localZone, ObjectBatch, owned, param, parseJson,
  type EventTime, type Input, type LogEvent, type Parsed, type PluginContext, type Value,
} from '#logferry';
import { setTimeout } from 'node:timers/promises';
import { createReadingClient, type FetchedEvent, type ReadingClient } from './client.ts';
import { fileTokens, storageTokens, TokenTrail, type TokenStore } from './tokens.ts';

const MS_PER_DAY = 86_400_000;
/** Milliseconds between two log lines about messages that cannot be read. */
const LOG_PAUSE_MS = 60_000;

const config = {
  ...awsFields,
  tag: param.string('The tag of the events.'),
  log_group_name: param.string('Name of the log group.'),
  add_log_group_name: param.bool('Add the name of the log group to each record.', { default: false }),
  log_group_name_key: param.string('The field for it.', { default: 'log_group' }),
  use_log_group_name_prefix: param.bool('Read all groups whose names begin with log_group_name.', { default: false }),
  log_stream_name: param.string('Name of the log stream.', { optional: true }),
  use_log_stream_name_prefix: param.bool('Read all streams whose names begin with log_stream_name; all without one.', { default: false }),
  state_file: param.string('Beginning of the paths of files that keep where reading goes on.', { optional: true, deprecated: 'use <storage> instead' }),
  fetch_interval: param.time('Seconds between two looks for new events.', { default: 60 }),
  json_handler: param.enum(['yajl', 'json'], 'Accepted for compatibility: there is one JSON parser.', {
    default: 'yajl',
    noEffect: 'there is one JSON parser',
  }),
  use_todays_log_stream: param.bool("Read the streams whose names begin with today's or yesterday's date, such as 2022/10/03.", { default: false }),
  use_aws_timestamp: param.bool("With <parse>: events have the service's times, not those of their texts.", { default: false }),
  start_time: param.string('Read no events before this time, in time_range_format.', { optional: true }),
  end_time: param.string('Read no events from this time on, in time_range_format.', { optional: true }),
  time_range_format: param.string('The format of these two, as in strptime.', { default: '%Y-%m-%d %H:%M:%S' }),
  throttling_retry_seconds: param.time('Seconds until a throttled request is tried again; absent: with the next look.', { optional: true }),
  include_metadata: param.bool('Add the field metadata with log_group_name and log_stream_name.', { default: false }),
  storage: owned('storage', 'Where it is kept how far streams were read.', { defaultType: 'local', defaults: { persistent: false } }),
  parse: owned('parser', 'How messages are read; without the section they are JSON.', { defaultType: 'none' }),
};

export default defineInput({
  type: 'cloudwatch_logs',
  doc: 'Reads log streams of Amazon CloudWatch Logs.',
  singleWorker: true,
  legacy: ['parser'],
  config,

  create(settings, context): Input {
    const { clock, log, metrics } = context;
    const { log_group_name: groupName, log_stream_name: streamName, use_todays_log_stream: byDate, use_log_stream_name_prefix: byPrefix } = settings;
    if (streamName === undefined && !byPrefix && !byDate) {
      throw new ConfigError(
        "'log_stream_name' is required", context.element.at, 'or set use_log_stream_name_prefix, for all streams, or use_todays_log_stream',
      );
    }
    if (settings.aws_use_sts && settings.aws_sts_role_arn === undefined) {
      throw new ConfigError("'aws_sts_role_arn' is required with aws_use_sts", context.place('aws_use_sts'));
    }
    const { startTime, endTime } = timeRange(settings, context);
    const has = (name: string): boolean => context.element.elements.some((element) => element.name === name);
    const storage = context.create(settings.storage);
    const parser = has('parse') ? context.create(settings.parse) : undefined;

    const lines = metrics.counter('input_lines_total', 'Messages that were read.');
    const bytes = metrics.counter('input_bytes_total', 'Bytes of these messages.');
    const dropped = metrics.counter('input_dropped_lines_total', 'Messages that became no event, by reason.', { reason: 'unparsed' });
    let loggedAt = -Infinity;
    const drop = (group: string, stream: string, message: string, error?: unknown): void => {
      dropped.add();
      if (clock.monotonic() - loggedAt < LOG_PAUSE_MS) return;
      loggedAt = clock.monotonic();
      log.error(parser ? 'a message does not fit the parser' : 'a message is no JSON object', { group, stream, message, ...(error === undefined ? {} : { error }) });
    };

    const parse = (message: string): readonly (Parsed | undefined)[] => {
      if (parser) {
        const found = parser.parse(message);
        return Array.isArray(found) ? (found as readonly (Parsed | undefined)[]) : [found as Parsed | undefined];
      }
      try {
        const record = parseJson(message);
        return [isHash(record) ? { time: undefined, record } : undefined];
      } catch (error) {
        if (error instanceof JsonError) return [undefined];
        throw error;
      }
    };
    const toEvents = (group: string, stream: string, fetched: readonly FetchedEvent[]): LogEvent[] => {
      const added: [string, Value][] = [];
      if (settings.add_log_group_name) added.push([settings.log_group_name_key, group]);
      if (settings.include_metadata) added.push(['metadata', new Map([['log_group_name', group], ['log_stream_name', stream]])]);
      const events: LogEvent[] = [];
      for (const { timestamp, message } of fetched) {
        bytes.add(Buffer.byteLength(message));
        let found: readonly (Parsed | undefined)[];
        try {
          found = parse(message);
        } catch (error) {
          lines.add();
          drop(group, stream, message, errorText(error));
          continue;
        }
        lines.add(found.length);
        for (const parsed of found) {
          if (!parsed) {
            drop(group, stream, message);
            continue;
          }
          const time = (settings.use_aws_timestamp ? undefined : parsed.time) ?? timeOf(timestamp);
          events.push({ time, record: added.length === 0 ? parsed.record : new Map([...parsed.record, ...added]) });
        }
      }
      return events;
    };

    const stopping = new AbortController();
    const { signal } = stopping;
    let client: ReadingClient | undefined;
    let tokens: TokenStore | undefined;
    const trails = new Map<string, TokenTrail>();
    const trailOf = (group: string, stream: string): TokenTrail => {
      const key = `${group}\n${stream}`;
      let trail = trails.get(key);
      if (!trail) trails.set(key, (trail = new TokenTrail(tokens!.get(group, stream), (token) => tokens!.put(group, stream, token))));
      return trail;
    };

    /** Asks again after throttling, as configured; throws everything else. */
    const patiently = async <T>(ask: () => Promise<T>): Promise<T> => {
      for (;;) {
        try {
          return await ask();
        } catch (error) {
          const wait = settings.throttling_retry_seconds;
          if (wait === undefined || !isThrottling(error)) throw error;
          log.warn('the service throttles requests; it is asked again', { seconds: wait, error: errorText(error) });
          await setTimeout(wait * 1000, undefined, { signal });
        }
      }
    };
    const readStream = async (group: string, stream: string): Promise<void> => {
      const trail = trailOf(group, stream);
      while (!signal.aborted) {
        const token = trail.current;
        const page = await patiently(() => client!.events({ group, stream, token, startTime, endTime }, signal));
        const events = toEvents(group, stream, page.events);
        const settled = page.next === undefined ? () => {} : trail.advance(page.next);
        if (events.length === 0) settled();
        else {
          let isTaken = false;
          try {
            isTaken = await emitUntilTaken(context, new ObjectBatch(settings.tag, events, new Ack(settled)), signal);
          } finally {
            if (!isTaken && page.next !== undefined) trail.retreat(token);
          }
          if (!isTaken) return;
        }
        // The service gives the same token again at the end; a page may also be empty before it.
        if (page.next === undefined || page.next === token) return;
      }
    };
    const streamsOf = async (group: string): Promise<readonly string[]> => {
      if (byDate) {
        const now = clock.now();
        const prefixes = [datePrefix(now), datePrefix(now - MS_PER_DAY)];
        const names = await Promise.all(prefixes.map((prefix) => patiently(() => client!.streams(group, prefix, signal))));
        return [...new Set(names.flat())];
      }
      return byPrefix ? patiently(() => client!.streams(group, streamName, signal)) : [streamName!];
    };
    const attempt = async (what: Readonly<Record<string, string>>, run: () => Promise<void>): Promise<void> => {
      try {
        await run();
      } catch (error) {
        if (signal.aborted) return;
        const isMissing = error instanceof Error && error.name === 'ResourceNotFoundException';
        log.warn(isMissing ? 'a log group or stream is not there (yet)' : 'reading from CloudWatch Logs failed; it is tried again', { ...what, error });
      }
    };
    const fetchAll = (): Promise<void> =>
      attempt({ group: groupName }, async () => {
        const groups = settings.use_log_group_name_prefix ? await patiently(() => client!.groups(groupName, signal)) : [groupName];
        for (const group of groups) {
          await attempt({ group }, async () => {
            for (const stream of await streamsOf(group)) await attempt({ group, stream }, () => readStream(group, stream));
          });
        }
      });
    const run = async (): Promise<void> => {
      while (!signal.aborted) {
        const startedAt = clock.monotonic();
        await fetchAll();
        const rest = settings.fetch_interval * 1000 - (clock.monotonic() - startedAt);
        await setTimeout(Math.max(0, rest), undefined, { signal }).catch(() => {});
      }
    };

    let running: Promise<void> | undefined;
    return {
      async start() {
        const inFiles = settings.state_file !== undefined && !has('storage');
        tokens = inFiles ? fileTokens(context.path(settings.state_file!), log) : storageTokens(storage, settings.state_file);
        client = await createReadingClient(settings);
        context.defer(() => client!.destroy());
        running = run();
      },
      async stop() {
        stopping.abort();
        await running;
      },
    };
  },
});

function timeOf(timestamp: number): EventTime {
  const sec = Math.floor(timestamp / 1000);
  return { sec, nsec: (timestamp - sec * 1000) * 1_000_000 };
}

function isThrottling(error: unknown): boolean {
  return error instanceof Error && (error.name === 'ThrottlingException' || error.name === 'LimitExceededException');
}

/** The local date as names of streams begin with it. */
function datePrefix(ms: number): string {
  const date = new Date(ms);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${date.getFullYear()}/${two(date.getMonth() + 1)}/${two(date.getDate())}`;
}

interface RangeSettings {
  readonly start_time: string | undefined;
  readonly end_time: string | undefined;
  readonly time_range_format: string;
}

/** Both ends in milliseconds since 1970. */
function timeRange(settings: RangeSettings, context: PluginContext): { readonly startTime: number | undefined; readonly endTime: number | undefined } {
  const read = (name: 'start_time' | 'end_time'): number | undefined => {
    const text = settings[name];
    if (text === undefined) return undefined;
    try {
      const parse = compileStrptime(settings.time_range_format, {
        timezone: undefined, context: { get local() { return localZone(); }, now: () => context.clock.time() },
      });
      return parse(text).sec * 1000;
    } catch (error) {
      throw new ConfigError(`${name}: expected a time such as time_range_format (${settings.time_range_format}) says, found '${text}': ${errorText(error)}`, context.place(name));
    }
  };
  const startTime = read('start_time');
  const endTime = read('end_time');
  if (startTime !== undefined && endTime !== undefined && startTime >= endTime) {
    throw new ConfigError(`end_time has to be later than start_time, found ${settings.start_time} to ${settings.end_time}`, context.place('end_time'));
  }
  return { startTime, endTime };
}
