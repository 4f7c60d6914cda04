/** Emits sample events at a given rate: types `sample` and, by its old name, `dummy`. */
import {
  defineInput, isHash, ObjectBatch, owned, param, parseJson,
  type ConfigValue, type Input, type LogEvent, type LogRecord, type OwnedPlugin, type PluginContext, type Value,
} from '#logferry';

/** Emits are spread over a second in so many parts. */
const PARTS_OF_SECOND = 10;
const PART_MS = 1000 / PARTS_OF_SECOND;

/** Names in the storage, as Fluentd's input uses them. */
const COUNTER_KEY = 'auto_increment_value';
const UNUSED_KEYS = ['increment_value', 'dummy_index'];

const config = {
  tag: param.string('The tag of the events.'),
  size: param.integer('Events in one emit.', { default: 1 }),
  rate: param.integer('Emits in a second.', { default: 1 }),
  auto_increment_key: param.string('A field to add to each event, with a number that counts up from 0.', { optional: true }),
  suspend: param.bool('Has no meaning any more.', { default: false, deprecated: 'This parameters is ignored', noEffect: 'it has none in Fluentd either' }),
  reuse_record: param.bool('Emit the same record objects again.', { default: false, noEffect: 'the events are the same either way, and are always shared' }),
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
  readonly storage: OwnedPlugin<'storage'>;
}

const doc = 'Emits sample events at a given rate, for trying things out.';

export default [
  defineInput({ type: 'sample', doc, config, create: createSampler }),
  defineInput({ type: 'dummy', doc, config, create: createSampler }),
];

function createSampler(settings: SampleConfig, context: PluginContext): Input {
  const { tag, size, rate, auto_increment_key: countKey, sample } = settings;
  const storage = context.create(settings.storage);
  const { clock, log, router } = context;
  let index = 0;
  let counter = -1;
  let startedAt = 0;
  let emitted = 0;
  let isWaiting = false;
  let timer: NodeJS.Timeout | undefined;

  const next = (): LogEvent => {
    const given = sample[index];
    index = (index + 1) % sample.length;
    const record = countKey === undefined ? given : new Map<string, Value>([...given, [countKey, ++counter]]);
    return { time: clock.time(), record };
  };
  const emitDue = async (): Promise<void> => {
    if (isWaiting) return;
    const due = Math.floor(((clock.monotonic() - startedAt) * rate) / 1000);
    // After a pause (a slow output, a stopped process) at most one second is made up for.
    emitted = Math.max(emitted, due - rate);
    isWaiting = true;
    try {
      for (; emitted < due; emitted++) {
        const waiting = router.emit(new ObjectBatch(tag, Array.from({ length: size }, next)));
        if (waiting) await waiting;
      }
    } catch (error) {
      log.warn('sample events were not taken', { error });
    } finally {
      isWaiting = false;
    }
    if (countKey !== undefined) storage.put(COUNTER_KEY, counter);
  };
  return {
    start() {
      for (const key of UNUSED_KEYS) if (storage.get(key) === undefined) storage.put(key, 0);
      if (countKey !== undefined) {
        const kept = storage.get(COUNTER_KEY);
        if (typeof kept === 'number') counter = kept;
        else storage.put(COUNTER_KEY, counter);
      }
      startedAt = clock.monotonic();
      timer = setInterval(() => void emitDue(), PART_MS);
      context.defer(() => clearInterval(timer));
    },
    stop: () => clearInterval(timer),
  };
}

function readSamples({ text, value }: ConfigValue): readonly LogRecord[] {
  const expected = `expected a JSON object or a list of them, found ${text}`;
  let parsed: Value;
  try {
    parsed = value !== undefined && typeof value !== 'string' ? value : parseJson(text);
  } catch (cause) {
    throw new Error(expected, { cause });
  }
  const list = Array.isArray(parsed) ? (parsed as readonly Value[]) : [parsed];
  if (list.length === 0) throw new Error('expected at least one record, found an empty list');
  for (const item of list) if (!isHash(item)) throw new Error(expected);
  return list as readonly LogRecord[];
}
