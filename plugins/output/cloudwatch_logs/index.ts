/**
 * Amazon CloudWatch Logs.
 *
 * Events wait in memory as the bytes of the requests to come (`packed.ts`), made straight from the
 * bytes of the log where no filter needed a text (`columns.ts`); a file buffer keeps Fluentd's own form.
 */
import {
  BufferPool, type BufferedOutput, type Chunk, ConfigError, defineOutput, compileInject, injectSection, isHash,
  type LogEvent, type LogRecord, owned, param, parseJson, section, UnrecoverableError, type Tag, TextBatch, type EventBatch, type Value,
} from '#logferry';
import { byDestination, divide, requestBody, type Stretch } from './batches.ts';
import { createLogsClient, type LogsClient } from './client.ts';
import { hasValidText, makeEscapes, packRows, planRow } from './columns.ts';
import { Destinations, type GroupSettings } from './destinations.ts';
import { MAX_BATCH_EVENTS, MAX_MESSAGE_BYTES } from './limits.ts';
import { createMessage, jsonWriter } from './message.ts';
import { PackedEvents, PackWriter, stampOf } from './packed.ts';
import { Sender } from './sender.ts';
import { decodeStored, encodeStored } from './stored.ts';

/** Buffers that wait to be used again; more than this goes back to the system. */
const POOL_BYTES = 12 * 1024 * 1024;
/** Progress of this many unfinished chunks is remembered, so that a retry does not send twice. */
const REMEMBERED_CHUNKS = 256;

export default defineOutput({
  type: 'cloudwatch_logs',
  doc: 'Sends events to Amazon CloudWatch Logs.',
  legacy: ['buffer', 'inject'],
  buffer: { mode: 'always', chunkKeys: [] },
  config: {
    time_as_integer: param.bool('Accepted; times have milliseconds.', { default: false }),
    slow_flush_log_threshold: param.float('A flush that takes longer, in seconds, is logged.', { default: 20 }),
    aws_key_id: param.string('Access key, where no role gives credentials.', { optional: true, secret: true }),
    aws_sec_key: param.string('Secret key that belongs to aws_key_id.', { optional: true, secret: true }),
    aws_instance_profile_credentials_retries: param.integer('Tries to get credentials from the instance metadata service.', { optional: true }),
    aws_use_sts: param.bool('Assume the role aws_sts_role_arn.', { default: false }),
    aws_sts_role_arn: param.string('Role to assume.', { optional: true }),
    aws_sts_session_name: param.string('Name of the session.', { default: 'fluentd' }),
    aws_sts_external_id: param.string('External id that the role demands.', { optional: true }),
    aws_sts_policy: param.string('Policy, as JSON, that narrows the role.', { optional: true }),
    aws_sts_duration_seconds: param.time('How long the credentials last.', { optional: true }),
    aws_sts_endpoint_url: param.string('Endpoint of STS, such as a regional or private one.', { optional: true }),
    aws_ecs_authentication: param.bool('Take the credentials of the ECS task or EKS pod identity.', { default: false }),
    region: param.string('AWS region; the environment decides if absent.', { optional: true }),
    endpoint: param.string('URL of the service, such as a VPC endpoint or a local one.', { optional: true }),
    ssl_verify_peer: param.bool('Check the certificate of the endpoint.', { default: true }),
    log_group_name: param.string('Name of the log group; may have placeholders of chunk keys.', { optional: true }),
    log_stream_name: param.string('Name of the log stream; may have placeholders of chunk keys.', { optional: true }),
    auto_create_stream: param.bool('Make groups and streams that do not exist.', { default: false }),
    message_keys: param.array('Send the values of these fields, joined by blanks, instead of JSON.', { default: [], valueType: 'string' }),
    max_message_length: param.integer('Characters at which a message is cut.', { optional: true }),
    max_events_per_batch: param.integer('Events in one request; the service takes 10,000.', { default: MAX_BATCH_EVENTS }),
    use_tag_as_group: param.bool('The tag is the name of the log group.', { default: false }),
    use_tag_as_stream: param.bool('The tag is the name of the log stream.', { default: false }),
    log_group_name_key: param.string('Field that names the log group.', { optional: true }),
    log_stream_name_key: param.string('Field that names the log stream.', { optional: true }),
    remove_log_group_name_key: param.bool('Do not send the field log_group_name_key.', { default: false }),
    remove_log_stream_name_key: param.bool('Do not send the field log_stream_name_key.', { default: false }),
    http_proxy: param.string('URL of a proxy for HTTPS.', { optional: true }),
    put_log_events_retry_wait: param.time('First wait after throttling, in seconds; doubles.', { default: 1 }),
    put_log_events_retry_limit: param.integer('Tries after throttling before events are given up.', { default: 17 }),
    put_log_events_disable_retry_limit: param.bool('Never give up.', { default: false }),
    concurrency: param.integer('Requests at the same time within one flush.', { default: 1 }),
    log_group_aws_tags: param.hash('Tags of new log groups; values may have placeholders.', { optional: true }),
    log_group_aws_tags_key: param.string('Field that has the tags of a new log group.', { optional: true }),
    remove_log_group_aws_tags_key: param.bool('Do not send the field log_group_aws_tags_key.', { default: false }),
    retention_in_days: param.integer('Retention of new log groups.', { optional: true }),
    retention_in_days_key: param.string('Field that has the retention of a new log group.', { optional: true }),
    remove_retention_in_days_key: param.bool('Do not send the field retention_in_days_key.', { default: false }),
    json_handler: param.enum(['yajl', 'json'], 'Whose JSON is imitated: they differ in the case of \\u escapes.', { default: 'yajl' }),
    log_rejected_request: param.bool('Log each answer that refuses single events.', { default: false }),
    web_identity_credentials: section('Credentials from a web identity token (IRSA).', {
      role_arn: param.string('Role to assume.'),
      role_session_name: param.string('Name of the session.'),
      web_identity_token_file: param.string('File of the token; AWS_WEB_IDENTITY_TOKEN_FILE if absent.', { optional: true }),
      policy: param.string('Policy, as JSON, that narrows the role.', { optional: true }),
      duration_seconds: param.time('How long the credentials last.', { optional: true }),
    }),
    format: owned('formatter', 'Form of a message; JSON by json_handler if absent.'),
    inject: injectSection,
  },

  create(config, context): BufferedOutput {
    const { log } = context;
    oneOf(config, ['log_group_name', 'log_group_name_key', 'use_tag_as_group'], context.element.at);
    oneOf(config, ['log_stream_name', 'log_stream_name_key', 'use_tag_as_stream'], context.element.at);
    if (config.aws_use_sts && config.aws_sts_role_arn === undefined)
      throw new ConfigError("'aws_sts_role_arn' is required with aws_use_sts", context.place('aws_use_sts'));

    const groupTemplate = config.log_group_name === undefined ? undefined : context.template('log_group_name', config.log_group_name);
    const streamTemplate = config.log_stream_name === undefined ? undefined : context.template('log_stream_name', config.log_stream_name);
    const tagTemplates = [...(config.log_group_aws_tags ?? [])].map(
      ([key, value]) => [key, context.template('log_group_aws_tags', String(value))] as const,
    );
    const formatter = config.format && context.create(config.format);
    const inject = compileInject(config.inject, context);
    const message = createMessage({
      keys: config.message_keys,
      maxLength: config.max_message_length,
      upperCaseEscapes: config.json_handler === 'yajl',
      formatter,
    });
    const json = jsonWriter(config.json_handler === 'yajl');
    const escapes = makeEscapes(json);
    const destinations = new Destinations();
    const writer = new PackWriter();
    const pool = new BufferPool(POOL_BYTES);
    const maxEvents = Math.max(1, Math.min(config.max_events_per_batch, MAX_BATCH_EVENTS));

    /** A secondary gets chunks in Fluentd's form, with every field. */
    const hasSecondary = context.element.elements.some(({ name }) => name === 'secondary');
    const removed = new Set<string>();
    if (config.remove_log_group_name_key && config.log_group_name_key !== undefined) removed.add(config.log_group_name_key);
    if (config.remove_log_stream_name_key && config.log_stream_name_key !== undefined) removed.add(config.log_stream_name_key);
    if (config.remove_log_group_aws_tags_key && config.log_group_aws_tags_key !== undefined) removed.add(config.log_group_aws_tags_key);
    if (config.remove_retention_in_days_key && config.retention_in_days_key !== undefined) removed.add(config.retention_in_days_key);

    /** Bytes can stay bytes: nothing that is configured looks into a record. */
    const plain =
      config.message_keys.length === 0 && !formatter && !inject && config.max_message_length === undefined &&
      config.log_group_aws_tags_key === undefined && config.retention_in_days_key === undefined;

    const rejected = (reason: string) => context.metrics.counter('cloudwatch_rejected_events_total', 'Events that could not be delivered, by reason.', { reason });
    let skippedLogged = 0;
    const skip = (reason: string, text: string, tag: Tag, events: number): void => {
      rejected(reason).add(events);
      const now = context.clock.monotonic();
      if (skippedLogged !== 0 && now - skippedLogged < 60_000) return;
      skippedLogged = now;
      log.warn(text, { tag });
    };

    /** Name of group or stream of an event: undefined: the configured one; null: it has none. */
    const nameFrom = (key: string | undefined, useTag: boolean, tag: Tag, get: (key: string) => Value | undefined): string | undefined | null => {
      if (useTag) return tag;
      if (key === undefined) return undefined;
      const value = get(key);
      return value === undefined || value === null || value === '' ? null : typeof value === 'string' ? value : String(value);
    };
    const destinationOf = (tag: Tag, events: number, get: (key: string) => Value | undefined): number | undefined => {
      const group = nameFrom(config.log_group_name_key, config.use_tag_as_group, tag, get);
      const stream = nameFrom(config.log_stream_name_key, config.use_tag_as_stream, tag, get);
      if (group === null || stream === null) {
        const key = group === null ? config.log_group_name_key : config.log_stream_name_key;
        const what = group === null ? 'log group' : 'log stream';
        skip(group === null ? 'no_group' : 'no_stream', `event is skipped: it has no ${what} name, its field '${key}' is nil or empty`, tag, events);
        return undefined;
      }
      return destinations.id(group, stream);
    };

    const packEvent = (tag: Tag, event: LogEvent): void => {
      const { record } = event;
      const destination = destinationOf(tag, 1, (key) => record.get(key));
      if (destination === undefined) return;
      if (config.retention_in_days_key !== undefined || config.log_group_aws_tags_key !== undefined)
        destinations.noteSettings(destinations.get(destination).group ?? '', () => settingsFrom(record));
      const kept = removed.size === 0 ? record : new Map([...record].filter(([key]) => !removed.has(key)));
      const text = message(tag, event, inject ? inject(tag, event.time, kept) : kept);
      if (text === '') {
        const keys = config.message_keys.length > 0 ? `within specified message_key(s): (${config.message_keys.join(',')}) do not have non-empty record` : 'the message is empty';
        skip('empty', `event is skipped: ${keys}`, tag, 1);
        return;
      }
      if (text.length * 3 > MAX_MESSAGE_BYTES && Buffer.byteLength(text) > MAX_MESSAGE_BYTES) {
        rejectLarge(tag, event, Buffer.byteLength(text));
        return;
      }
      writer.add(stampOf(event.time.sec, event.time.nsec), destination, text);
    };
    const rejectLarge = (tag: Tag, event: LogEvent, size: number): void => {
      rejected('too_large').add();
      context.router.emitError(tag, event, new Error(`the event is discarded because it is too large: ${size} bytes exceed the limit of ${MAX_MESSAGE_BYTES}`));
    };
    const settingsFrom = (record: LogRecord): GroupSettings => {
      const days = config.retention_in_days_key === undefined ? undefined : record.get(config.retention_in_days_key);
      const tags = config.log_group_aws_tags_key === undefined ? undefined : record.get(config.log_group_aws_tags_key);
      return {
        retentionInDays: days === undefined || days === null ? undefined : Number(days),
        tags: isHash(tags) ? Object.fromEntries([...tags].map(([key, value]) => [key, String(value)])) : undefined,
      };
    };

    /** False if the batch needs the way by texts. */
    const packText = (batch: TextBatch): boolean => {
      const spans = new Set<string>();
      for (const column of batch.columns) if (column.kind === 'span') spans.add(column.key);
      if ((config.log_group_name_key !== undefined && spans.has(config.log_group_name_key)) || (config.log_stream_name_key !== undefined && spans.has(config.log_stream_name_key))) return false;
      if (!hasValidText(batch)) return false;
      const destination = destinationOf(batch.tag, batch.size, (key) => {
        const column = batch.column(key);
        return column?.kind === 'constant' ? column.value : undefined;
      });
      if (destination === undefined) return true;
      packRows(batch, planRow(batch.columns, removed, json), escapes, destination, MAX_MESSAGE_BYTES, writer, (index, size) => rejectLarge(batch.tag, batch.slice(index, index + 1).events[0]!, size));
      return true;
    };
    const pack = (batch: EventBatch) => {
      writer.reset();
      if (!(plain && batch instanceof TextBatch && packText(batch))) for (const event of batch.events) packEvent(batch.tag, event);
      const events = writer.count;
      const { size } = writer;
      return { bytes: writer.take(pool), events, size };
    };

    let client: LogsClient | undefined;
    let sender: Sender | undefined;
    /** For chunks that failed in part: requests that went through, by group and stream. */
    const progress = new Map<string, Map<number, number>>();

    const groupSettings = (group: string, chunk: Chunk): GroupSettings => {
      const noted = destinations.settings(group);
      const tags = tagTemplates.length === 0 ? undefined : Object.fromEntries(tagTemplates.map(([key, template]) => [key, template.expand(chunk)]));
      return { retentionInDays: noted?.retentionInDays ?? config.retention_in_days, tags: noted?.tags ?? tags };
    };

    return {
      format: encodeStored,
      ...(hasSecondary ? {} : { pack, recycle: (packed: readonly Buffer[]) => packed.forEach((buffer) => pool.give(buffer)) }),
      unpack: (packed) => unpack(packed),

      async start() {
        client = await createLogsClient(config, Math.max(1, config.concurrency) * 2);
        context.defer(() => client?.destroy());
      },

      hurry: () => sender?.hurry(),

      async write(chunk, signal) {
        const parts = (chunk.packed ?? [await packStored(chunk)]).map((bytes) => new PackedEvents(bytes));
        const stretches = byDestination(parts);
        const done = progress.get(chunk.id) ?? new Map<number, number>();
        sender ??= new Sender({
          client: client!,
          log,
          metrics: context.metrics,
          autoCreate: config.auto_create_stream,
          retryWaitMs: config.put_log_events_retry_wait * 1000,
          retryLimit: config.put_log_events_disable_retry_limit ? Infinity : config.put_log_events_retry_limit,
          logRejected: config.log_rejected_request,
        });
        const active = sender;

        const failures: unknown[] = [];
        const sendStretch = async (stretch: Stretch): Promise<void> => {
          const { group: ownGroup, stream: ownStream } = destinations.get(stretch.destination);
          const group = ownGroup ?? groupTemplate!.expand(chunk);
          const stream = ownStream ?? streamTemplate!.expand(chunk);
          const batches = divide(stretch, parts, maxEvents);
          for (let i = done.get(stretch.destination) ?? 0; i < batches.length; i++) {
            const batch = batches[i]!;
            const { body, buffer } = requestBody(group, stream, stretch, batch, parts, pool);
            const request = { group, stream, body, events: batch.to - batch.from, messageBytes: batch.messageBytes };
            await active.put(request, groupSettings(group, chunk), signal);
            // Only after an answer: until then the connection may still read it.
            pool.give(buffer);
            done.set(stretch.destination, i + 1);
          }
        };
        const queue = [...stretches];
        const lane = async (): Promise<void> => {
          for (let stretch = queue.shift(); stretch; stretch = queue.shift()) {
            try {
              await sendStretch(stretch);
            } catch (error) {
              failures.push(error);
            }
          }
        };
        await Promise.all(Array.from({ length: Math.max(1, config.concurrency) }, lane));
        if (failures.length === 0) {
          progress.delete(chunk.id);
          return;
        }
        if (progress.size >= REMEMBERED_CHUNKS) progress.delete(progress.keys().next().value!);
        progress.set(chunk.id, done);
        // What may still be delivered comes first: the chunk is set aside only when all else is through.
        throw failures.find((error) => !(error instanceof UnrecoverableError)) ?? failures[0];
      },
    };

    /** For the backup of a chunk that nobody takes: what is known of its events, in Fluentd's form. */
    function unpack(packed: Buffer): Buffer {
      const events = new PackedEvents(packed);
      const out: Buffer[] = [];
      for (let i = 0; i < events.count; i++) {
        const { group, stream } = destinations.get(events.destination(i));
        const { timestamp, message } = JSON.parse(events.text(i, i).toString('utf8').slice(0, -1)) as { timestamp: number; message: string };
        const record = new Map(recordOf(message));
        if (group !== undefined && config.log_group_name_key !== undefined) record.set(config.log_group_name_key, group);
        if (stream !== undefined && config.log_stream_name_key !== undefined) record.set(config.log_stream_name_key, stream);
        const sec = Math.floor(timestamp / 1000);
        out.push(encodeStored(config.use_tag_as_stream ? (stream ?? '') : config.use_tag_as_group ? (group ?? '') : '', { sec, nsec: (timestamp - sec * 1000) * 1e6 }, record));
      }
      return Buffer.concat(out);
    }

    /** A chunk of Fluentd's form, as a file buffer keeps it. */
    async function packStored(chunk: Chunk): Promise<Buffer> {
      writer.reset();
      for (const { tag, event } of decodeStored(await chunk.read())) packEvent(tag, event);
      return writer.take(pool);
    }
  },
});

/** A message that is a JSON object as a record, any other as its field `message`. */
function recordOf(message: string): LogRecord {
  try {
    const value = parseJson(message);
    if (isHash(value)) return value;
  } catch {
    // Not JSON.
  }
  return new Map([['message', message]]);
}

/** Exactly one of the ways to name a thing must be given. */
function oneOf(config: Readonly<Record<string, unknown>>, names: readonly string[], at: Parameters<typeof fail>[1]): void {
  const given = names.filter((name) => config[name] !== undefined && config[name] !== false);
  if (given.length !== 1) fail(`Set only one of ${names.slice(0, -1).join(', ')} and ${names.at(-1)}`, at, given);
}

function fail(message: string, at: ConstructorParameters<typeof ConfigError>[1], given: readonly string[]): never {
  throw new ConfigError(message, at, given.length === 0 ? 'none is given' : `given are ${given.join(' and ')}`);
}
