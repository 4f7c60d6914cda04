/**
 * Amazon CloudWatch Logs.
 *
 * Events wait in memory as the bytes of the requests to come (`packed.ts`), made straight from the
 * bytes of the log where no filter needed a text (`columns.ts`); a file buffer keeps Fluentd's own form.
 *
 * `packing.ts` makes them, `delivery.ts` sends a chunk, `stretch.ts` what it has for one destination, `sender.ts`
 * one request. Events that cannot be delivered end in `rejected.ts`, everything is counted in `ledger.ts`.
 */
import {
  BufferPool, type BufferedOutput, type Chunk, ConfigError, compileInject, defineOutput, isHash, type LogRecord, type PluginContext, type Router,
  type UnrecoverableError,
} from '#logferry';
import { byDestination, type Stretch } from './batches.ts';
import { createLogsClient } from './client.ts';
import { makeEscapes } from './columns.ts';
import { Creation, type NewGroup } from './creation.ts';
import { DeadLetter } from './dead-letter.ts';
import { Deliveries } from './delivery.ts';
import { Destinations, type GroupSettings } from './destinations.ts';
import { compileEntity } from './entity.ts';
import { Ledger } from './ledger.ts';
import { MAX_BATCH_EVENTS } from './limits.ts';
import { createMessage, jsonWriter } from './message.ts';
import { PackedEvents } from './packed.ts';
import { createPacker } from './packing.ts';
import { parameters } from './parameters.ts';
import { createPlanning } from './plan.ts';
import type { Plan, Task } from './progress.ts';
import { eventOf, Rejections } from './rejected.ts';
import { Sender } from './sender.ts';
import { encodeStored } from './stored.ts';
import { Throttle } from './throttle.ts';

/** Buffers that wait to be used again; more than this goes back to the system. */
const POOL_BYTES = 12 * 1024 * 1024;

export default defineOutput({
  type: 'cloudwatch_logs',
  doc: 'Sends events to Amazon CloudWatch Logs.',
  legacy: ['buffer', 'inject'],
  buffer: { mode: 'always', chunkKeys: [] },
  config: parameters,

  create(config, context): BufferedOutput {
    const { clock, log, metrics } = context;
    oneOf(config, ['log_group_name', 'log_group_name_key', 'use_tag_as_group'], context.element.at);
    oneOf(config, ['log_stream_name', 'log_stream_name_key', 'use_tag_as_stream'], context.element.at);
    if (config.aws_use_sts && config.aws_sts_role_arn === undefined)
      throw new ConfigError("'aws_sts_role_arn' is required with aws_use_sts", context.place('aws_use_sts'));
    atLeast(context, 'request_timeout', config.request_timeout, 0);
    atLeast(context, 'requests_per_second', config.requests_per_second, 0.01);
    atLeast(context, 'dead_letter_limit_size', config.dead_letter_limit_size, 1);
    atLeast(context, 'dead_letter_rotate_age', config.dead_letter_rotate_age, 0);

    const groupTemplate = config.log_group_name === undefined ? undefined : context.template('log_group_name', config.log_group_name);
    const streamTemplate = config.log_stream_name === undefined ? undefined : context.template('log_stream_name', config.log_stream_name);
    const tagTemplates = [...(config.log_group_aws_tags ?? [])].map(
      ([key, value]) => [key, context.template('log_group_aws_tags', String(value))] as const,
    );
    const formatter = config.format && context.create(config.format);
    const inject = compileInject(config.inject, context);
    let scrubbed = false;
    const message = createMessage({
      keys: config.message_keys,
      maxLength: config.max_message_length,
      upperCaseEscapes: config.json_handler === 'yajl',
      formatter,
      onScrub: () => {
        scrubbed = true;
      },
    });
    const json = jsonWriter(config.json_handler === 'yajl');
    const destinations = new Destinations();
    const pool = new BufferPool(POOL_BYTES);
    const ledger = new Ledger(metrics, clock);
    const rejections = new Rejections({
      log, clock, ledger,
      deadLetter: config.dead_letter_path === undefined || context.dryRun ? undefined : new DeadLetter({
        path: context.path(config.dead_letter_path),
        limitBytes: config.dead_letter_limit_size,
        rotateAge: config.dead_letter_rotate_age,
        fileMode: context.system.filePermission,
        dirMode: context.system.dirPermission,
      }),
      errors: errorLabel(context),
      logAll: config.log_rejected_request,
      tag: context.type,
    });

    /** A secondary gets chunks in Fluentd's form, with every field. */
    const hasSecondary = context.element.elements.some(({ name }) => name === 'secondary');
    const settingsKeys = config.log_group_aws_tags_key !== undefined || config.retention_in_days_key !== undefined;
    const packer = createPacker({
      group: { useTag: config.use_tag_as_group, key: config.log_group_name_key },
      stream: { useTag: config.use_tag_as_stream, key: config.log_stream_name_key },
      removed: removedFields(config),
      plain: config.message_keys.length === 0 && !formatter && !inject && config.max_message_length === undefined && !settingsKeys,
      messageIsJson: config.message_keys.length === 0 && !formatter && config.max_message_length === undefined,
      oversized: config.oversized_events,
      message,
      scrubbed: () => {
        const was = scrubbed;
        scrubbed = false;
        return was;
      },
      json,
      escapes: makeEscapes(json),
      inject,
      settingsFrom: settingsKeys ? (record) => settingsFrom(config, record) : undefined,
      emptyReason:
        config.message_keys.length > 0 ? `within specified message_key(s): (${config.message_keys.join(',')}) do not have non-empty record` : 'the message is empty',
      entity: compileEntity(config.entity, context),
      destinations, rejections, ledger, pool,
    });

    const newGroup = (group: string, chunk: Pick<Chunk, 'id' | 'metadata'>): NewGroup => {
      const noted = destinations.settings(group);
      const tags = tagTemplates.length === 0 ? undefined : Object.fromEntries(tagTemplates.map(([key, template]) => [key, template.expand(chunk)]));
      return {
        retentionInDays: noted?.retentionInDays ?? config.retention_in_days,
        tags: noted?.tags ?? tags,
        logGroupClass: config.log_group_class,
        kmsKeyId: config.kms_key_id,
      };
    };
    /** Of packed events; undefined if the chunk's keys decide where they go. */
    const groupOf = (destination: number): string | undefined => {
      const own = destinations.get(destination);
      const isFixed = (name: string | undefined, template: { readonly text: string } | undefined) => name !== undefined || !/[$%]/.test(template!.text);
      return isFixed(own.group, groupTemplate) && isFixed(own.stream, streamTemplate) ? (own.group ?? groupTemplate!.text) : undefined;
    };
    const taskOf = (stretch: Stretch, chunk: Chunk): Task => {
      const own = destinations.get(stretch.destination);
      const group = own.group ?? groupTemplate!.expand(chunk);
      const stream = own.stream ?? streamTemplate!.expand(chunk);
      return { group, stream, entity: own.entity, settings: () => newGroup(group, chunk), stretch };
    };

    const maxEvents = Math.max(1, Math.min(config.max_events_per_batch, MAX_BATCH_EVENTS));
    let deliveries: Deliveries | undefined;
    let sender: Sender | undefined;

    return {
      format: encodeStored,
      ...(hasSecondary ? {} : {
        pack: (batch) => packer.pack(batch),
        relief: (packed: Buffer) => deliveries?.relief(packed),
        recycle: (packed: readonly Buffer[]) => {
          for (const buffer of packed) {
            destinations.release(buffer);
            pool.give(buffer);
          }
        },
      }),
      unpack: (packed) => unpack(packed),
      planning: createPlanning({
        ledger, clock, maxEvents, taskOf,
        region: config.region,
        autoCreate: config.auto_create_stream,
        retentionDays: config.retention_in_days,
        packStored: (bytes) => packer.packStored(bytes, true).packed,
      }),

      async start() {
        const client = await createLogsClient(config);
        context.defer(() => client.destroy());
        const creation = new Creation({ client, log, clock });
        const throttle = new Throttle(clock, config.requests_per_second);
        sender = new Sender({
          client, log, clock, ledger, throttle, creation,
          autoCreate: config.auto_create_stream,
          retryWaitMs: config.put_log_events_retry_wait * 1000,
          retryLimit: config.put_log_events_disable_retry_limit ? Infinity : config.put_log_events_retry_limit,
        });
        deliveries = new Deliveries({
          sender, creation, rejections, ledger, pool, clock, log,
          packed: { get size() { return destinations.size; }, groupOf },
          concurrency: Math.max(1, config.concurrency),
          maxEvents,
          checkAge: config.check_event_age,
        });
        context.defer(() => {
          deliveries?.close();
          creation.close();
        });
      },

      hurry() {
        sender?.hurry();
        deliveries?.hurry();
      },

      write(chunk, signal) {
        const planOf = (packed: readonly Buffer[], broken?: UnrecoverableError): Plan => {
          const parts = packed.map((bytes) => new PackedEvents(bytes));
          return { parts, tasks: byDestination(parts).map((stretch) => taskOf(stretch, chunk)), broken };
        };
        const planStored = async (isFirst: boolean): Promise<Plan> => {
          const { packed, broken } = packer.packStored(await chunk.read(), isFirst);
          return planOf([packed], broken);
        };
        return deliveries!.write(chunk, (isFirst) => (chunk.packed ? planOf(chunk.packed) : planStored(isFirst)), signal);
      },
    };

    /** For the backup of a chunk that nobody takes: what is known of its events, in Fluentd's form. */
    function unpack(packed: Buffer): Buffer {
      const events = new PackedEvents(packed);
      const out: Buffer[] = [];
      for (let i = 0; i < events.count; i++) {
        const { group, stream } = destinations.get(events.destination(i));
        const { timestamp, message: text } = JSON.parse(events.text(i, i).toString('utf8').slice(0, -1)) as { timestamp: number; message: string };
        const { time, record: found } = eventOf(timestamp, text);
        const record = new Map(found);
        if (group !== undefined && config.log_group_name_key !== undefined) record.set(config.log_group_name_key, group);
        if (stream !== undefined && config.log_stream_name_key !== undefined) record.set(config.log_stream_name_key, stream);
        out.push(encodeStored(config.use_tag_as_stream ? (stream ?? '') : config.use_tag_as_group ? (group ?? '') : '', time, record));
      }
      return Buffer.concat(out);
    }
  },
});

interface RemovedConfig {
  readonly remove_log_group_name_key: boolean;
  readonly log_group_name_key: string | undefined;
  readonly remove_log_stream_name_key: boolean;
  readonly log_stream_name_key: string | undefined;
  readonly remove_log_group_aws_tags_key: boolean;
  readonly log_group_aws_tags_key: string | undefined;
  readonly remove_retention_in_days_key: boolean;
  readonly retention_in_days_key: string | undefined;
}

/** Fields that are not sent. */
function removedFields(config: RemovedConfig): ReadonlySet<string> {
  const removed = new Set<string>();
  if (config.remove_log_group_name_key && config.log_group_name_key !== undefined) removed.add(config.log_group_name_key);
  if (config.remove_log_stream_name_key && config.log_stream_name_key !== undefined) removed.add(config.log_stream_name_key);
  if (config.remove_log_group_aws_tags_key && config.log_group_aws_tags_key !== undefined) removed.add(config.log_group_aws_tags_key);
  if (config.remove_retention_in_days_key && config.retention_in_days_key !== undefined) removed.add(config.retention_in_days_key);
  return removed;
}

function settingsFrom(config: Pick<RemovedConfig, 'log_group_aws_tags_key' | 'retention_in_days_key'>, record: LogRecord): GroupSettings {
  const days = config.retention_in_days_key === undefined ? undefined : record.get(config.retention_in_days_key);
  const tags = config.log_group_aws_tags_key === undefined ? undefined : record.get(config.log_group_aws_tags_key);
  return {
    retentionInDays: days === undefined || days === null ? undefined : Number(days),
    tags: isHash(tags) ? Object.fromEntries([...tags].map(([key, value]) => [key, String(value)])) : undefined,
  };
}

/** The router by which events reach the label `@ERROR`; undefined if the configuration has none. */
function errorLabel(context: PluginContext): Router | undefined {
  try {
    context.label('@ERROR');
    return context.router;
  } catch {
    return undefined;
  }
}

function atLeast(context: PluginContext, name: string, value: number | undefined, least: number): void {
  if (value !== undefined && !(value >= least)) throw new ConfigError(`'${name}' has to be at least ${least}, found ${value}`, context.place(name));
}

/** Exactly one of the ways to name a thing must be given. */
function oneOf(config: Readonly<Record<string, unknown>>, names: readonly string[], at: Parameters<typeof fail>[1]): void {
  const given = names.filter((name) => config[name] !== undefined && config[name] !== false);
  if (given.length !== 1) fail(`Set only one of ${names.slice(0, -1).join(', ')} and ${names.at(-1)}`, at, given);
}

function fail(message: string, at: ConstructorParameters<typeof ConfigError>[1], given: readonly string[]): never {
  throw new ConfigError(message, at, given.length === 0 ? 'none is given' : `given are ${given.join(' and ')}`);
}
