/** Joins events that belong together: stack traces, split messages of container runtimes. */
import { Ack, BufferOverflowError, decodeText, defineFilter, ObjectBatch, TextBatch, withEvents } from '#logferry';
import type { EventBatch, Filter, LogEvent, PluginContext } from '#logferry';
import { fields, type ConcatConfig } from './fields.ts';
import { joinAcks, joinedRecord, textOf, type Held } from './held.ts';
import { droppedFields, fieldOfLast, readMode } from './mode.ts';
import { joinRecords, sorted, type Limit, type RecordOptions } from './records.ts';
import { createRowJoiner } from './rows.ts';
import { identityOf, Streams, type Stream, type TagState } from './streams.ts';

/** How often it is looked for events whose time is over. */
const TICK_MS = 1000;
/** How long the end waits before it offers events again that an output had no room for. */
const AGAIN_MS = 200;
/** The agent's own events are never joined. */
const OWN_LOG = /^fluent\.(?:trace|debug|info|warn|error|fatal)$/;

/** The event waited too long for its next part. */
export class ConcatTimeoutError extends Error {
  override name = 'Fluent::Plugin::ConcatFilter::TimeoutError';
}

/** The event exceeds buffer_limit_size while no other is open that could go on without it. */
class ConcatLimitError extends Error {
  override name = 'ConcatLimitError';
}

export default defineFilter({
  type: 'concat',
  doc: 'Joins the text of several events into one event: by its first, last or continuing lines, by a number of lines, or by '
    + 'what a container runtime says about a message that it split.',
  config: fields,
  create: createConcat,
});

function createConcat(config: ConcatConfig, context: PluginContext): Filter {
  const mode = readMode(config, context);
  const { key, separator, stream_identity_key: identityKey, buffer_overflow_method: method } = config;
  const late = config.timeout_label === undefined ? undefined : context.label(config.timeout_label, context.place('timeout_label'));
  const limit: Limit | undefined = method === 'ignore' || mode.kind !== 'partial' ? undefined : { bytes: config.buffer_limit_size, method };
  const dropped = context.metrics.counter('concat_dropped_texts_total', 'Texts left out because an event was at its limit.');
  const timeouts = context.metrics.counter('concat_timeouts_total', 'Events given on because their next part did not come in time.');
  const options: RecordOptions = {
    mode, key, separator, limit,
    useFirstTime: config.use_first_timestamp,
    dropped: droppedFields(mode, config),
    fieldOfLast: fieldOfLast(mode),
    onDrop() {
      dropped.add();
      if (dropped.value === 1) {
        context.log.warn('an event is larger than buffer_limit_size: texts are left out', { limit: config.buffer_limit_size, method });
      }
    },
  };
  const rows = limit ? undefined : createRowJoiner(options);
  const partIdKey = mode.kind === 'docker' ? mode.fields.id : undefined;
  const streams = new Streams();
  const { clock, log } = context;

  function filter(batch: EventBatch): EventBatch {
    if (batch.size === 0 || OWN_LOG.test(batch.tag)) return batch;
    if (batch instanceof TextBatch && batch.column(key) === undefined) return batch;
    // The end has come already: what is held now has nobody else to flush it.
    if (ending) void Promise.resolve().then(flushOpen);
    const tagState = streams.tag(batch.tag);
    streams.undoIfOffered(tagState, batch);
    return (rows && batch instanceof TextBatch && filterRows(batch, tagState)) || filterRecords(batch, tagState);
  }

  function filterRows(batch: TextBatch, tagState: TagState): EventBatch | undefined {
    const identity = identityKey === undefined ? 'default' : commonValue(batch, identityKey);
    if (identity === undefined) return undefined;
    const stream = streams.stream(tagState, batch.tag, identity);
    const before = stream.held;
    const joined = rows!.join(batch, before);
    if (!joined) return undefined;
    let { held } = joined;
    if (held && joined.keeps && batch.ack) held = { ...held, acks: joinAcks(held.acks, [batch.ack.retain()]) };
    stream.lastAt = clock.monotonic();
    streams.update(stream, held);
    streams.remember(tagState, batch, new Map([[stream, before]]), new Set(joined.keeps ? [stream] : []));
    return withAcks(joined.result, joined.flushed ? before!.acks : []);
  }

  function filterRecords(batch: EventBatch, tagState: TagState): EventBatch {
    const now = clock.monotonic();
    const before = new Map<Stream, Held | undefined>();
    const { events, holding, refused, released } = joinRecords<Stream>(batch.events, {
      of(record) {
        const stream = streams.stream(tagState, batch.tag, identityOf(record, identityKey, partIdKey));
        if (!before.has(stream)) before.set(stream, stream.held);
        stream.lastAt = now;
        return stream;
      },
    }, options);
    for (const stream of before.keys()) {
      let { held } = stream;
      if (held && batch.ack && holding.has(stream)) held = { ...held, acks: joinAcks(held.acks, [batch.ack.retain()]) };
      streams.update(stream, held);
    }
    streams.remember(tagState, batch, before, holding);
    for (const event of refused) context.router.emitError(batch.tag, event, new ConcatLimitError('larger than buffer_limit_size'), batch.ack?.retain());
    return withAcks(withEvents(batch, events), released);
  }

  /** What goes on as it is: an object, with the claims of the batches it came from. */
  function emit(held: Held, stream: Stream, timedOut: boolean): void | Promise<void> {
    const whole = sorted(held, mode);
    const time = timedOut && !config.use_first_timestamp ? clock.time() : whole.time;
    const event: LogEvent = { time, record: joinedRecord(whole, key, separator) };
    const ack = Ack.all(held.acks);
    if (late) return late.emit(new ObjectBatch(stream.tag, [event], ack));
    const message = `${timedOut ? 'Timeout flush' : 'Flush remaining buffer'}: ${stream.name}`;
    context.router.emitError(stream.tag, event, new ConcatTimeoutError(message), ack);
  }

  /**
   * Streams whose event is to be given on. It is taken when it is its turn: if an output lets the ones before it wait, what a
   * stream gets meanwhile comes behind it. `held`: it was not wanted then, and its stream may hold another by now.
   */
  const waiting: { readonly stream: Stream; readonly timedOut: boolean; readonly untilLastAt: () => number; held?: Held | undefined }[] = [];
  function take(stream: Stream, timedOut: boolean): Held {
    if (timedOut) timeouts.add();
    log.debug(`${timedOut ? 'Timeout flush' : 'Flush remaining buffer'}: ${stream.name}`);
    return streams.take(stream);
  }
  /** False if it is not wanted now and stays. */
  async function give(one: (typeof waiting)[number]): Promise<boolean> {
    const { stream, timedOut, untilLastAt } = one;
    if (!one.held && (!stream.held || stream.lastAt > untilLastAt())) return true;
    const held = (one.held ??= take(stream, timedOut));
    try {
      await emit(held, stream, timedOut);
      return true;
    } catch (error) {
      if (error instanceof BufferOverflowError) return false;
      log.error('an event could not be given on, and is lost', { error, stream: stream.name });
      for (const ack of held.acks) ack.settle();
      return true;
    }
  }
  async function giveInOrder(): Promise<boolean> {
    while (waiting.length > 0) {
      if (!(await give(waiting[0]!))) return false;
      waiting.shift();
    }
    return true;
  }

  let giving: Promise<boolean> | undefined;
  /** Timer, end and release may ask at once: each event is given by one of them, in order. False if some stay. */
  async function giveWaiting(): Promise<boolean> {
    for (;;) {
      giving ??= giveInOrder().finally(() => {
        giving = undefined;
      });
      if (!(await giving)) return false;
      if (waiting.length === 0) return true;
    }
  }

  const overdue = () => clock.monotonic() - config.flush_interval * 1000;
  const always = () => Infinity;
  /** Asks for the events of all streams whose last one is not younger. */
  function ask(timedOut: boolean, untilLastAt: () => number): void {
    const asked = new Set(waiting.filter(({ held }) => !held).map(({ stream }) => stream));
    for (const stream of streams.open) if (stream.lastAt <= untilLastAt() && !asked.has(stream)) waiting.push({ stream, timedOut, untilLastAt });
  }
  function tick(): void {
    ask(true, overdue);
    if (waiting.length > 0 && !giving) void giveWaiting();
  }

  let ending = false;
  function flushOpen(): Promise<boolean> {
    ask(false, always);
    return giveWaiting();
  }

  let timer: NodeJS.Timeout | undefined;
  const stopTimer = () => clearInterval(timer);

  return {
    filter,
    start() {
      if (config.flush_interval <= 0) return;
      timer = setInterval(tick, TICK_MS);
      context.defer(stopTimer);
    },
    async release() {
      // All at once: what comes next is not the rest of these events.
      for (const stream of streams.open) waiting.push({ stream, timedOut: true, untilLastAt: always, held: take(stream, true) });
      // What nobody wants now is tried again by the timer, or at the end.
      await giveWaiting();
    },
    async flush(signal) {
      ending = true;
      stopTimer();
      while (!(await flushOpen()) && !signal.aborted) await new Promise((done) => setTimeout(done, AGAIN_MS));
    },
  };
}

/** The batch's claim together with those of events that were held from before and are in it now. */
function withAcks(batch: EventBatch, held: readonly Ack[]): EventBatch {
  if (held.length === 0) return batch;
  if (batch.size === 0) {
    for (const ack of held) ack.settle();
    return batch;
  }
  return batch.with({ ack: Ack.all([batch.ack, ...held]) });
}

/** The text of a field if it is the same in all rows. */
function commonValue(batch: TextBatch, key: string): string | undefined {
  const column = batch.column(key);
  if (!column) return '';
  if (column.kind === 'constant') return textOf(column.value);
  const { bytes, starts, ends } = column;
  const start = starts[batch.first]!;
  const length = ends[batch.first]! - start;
  for (let row = batch.first + 1; row < batch.first + batch.size; row++) {
    if (ends[row]! - starts[row]! !== length) return undefined;
    for (let i = 0; i < length; i++) if (bytes[starts[row]! + i] !== bytes[start + i]) return undefined;
  }
  return decodeText(bytes, start, start + length);
}
