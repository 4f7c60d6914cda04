/** Emits sample events at a given rate: types `sample` and, by its old name, `dummy`. */
import {
  defineInput, isHash, ObjectBatch, owned, param, parseJson,
  type ConfigValue, type LogEvent, type LogRecord, type PluginContext, type Value,
} from '#logferry';

/** Emits are spread over a second in so many parts. */
const PARTS_OF_SECOND = 10;
const PART_MS = 1000 / PARTS_OF_SECOND;

const config = {
  tag: param.string('The tag of the events.'),
  size: param.integer('Events in one emit.', { default: 1 }),
  rate: param.integer('Emits in a second.', { default: 1 }),
  auto_increment_key: param.string('A field to add to each event, with a number that counts up from 0.', { optional: true }),
  suspend: param.bool('Has no meaning any more.', { default: false, deprecated: 'This parameters is ignored' }),
  reuse_record: param.bool('Emit the same record objects again.', { default: false }),
  sample: param.custom('A record as JSON, or a list of records that are emitted in turn.', readSamples, {
    alias: 'dummy',
    default: [new Map([['message', 'sample']])],
  }),
  storage: owned('storage', 'Where the number of auto_increment_key is kept.', { defaultType: 'local' }),
};

interface SampleConfig {
  readonly tag: string;
  readonly size: number;
  readonly rate: number;
  readonly auto_increment_key: string | undefined;
  readonly sample: readonly LogRecord[];
}

const doc = 'Emits sample events at a given rate, for trying things out.';
const create = (given: SampleConfig & { readonly storage: Parameters<PluginContext['create']>[0] }, context: PluginContext) =>
  createSampler(given, context);

export default [defineInput({ type: 'sample', doc, config, create }), defineInput({ type: 'dummy', doc, config, create })];
