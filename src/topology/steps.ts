/**
 * What went through each plugin of the graph. Every input, filter and output has a step with running totals; an observer
 * (dry run, trace, tap) is told of each batch as well. Counting is per batch, so it costs nothing that can be measured.
 */
import type { EventBatch } from '../event.ts';
import { MsgpackWriter } from '../lib/msgpack.ts';
import type { Counter, Metrics } from '../metrics/metrics.ts';
import type { Awaitable, Filter, Observer, Output, Router, Step } from '../plugin.ts';
import type { LabelRouter } from '../routing/label-router.ts';

/** A step and what wraps its plugin's edges. */
export interface CountedStep extends Step {
  filter(filter: Filter): Pick<Filter, 'filter'>;
  output(output: Output): Pick<Output, 'emit'>;
  router(router: Router): Router;
}

type Facts = Pick<Step, 'kind' | 'type' | 'id' | 'configured' | 'label' | 'pattern' | 'at' | 'owner'>;

export function createStep(facts: Facts, metrics: Metrics, observer: Observer | undefined, countSizes = false): CountedStep {
  const { kind } = facts;
  const none = { value: 0, add: () => {} };
  const counter = (wanted: boolean, name: string, help: string): Counter => (wanted ? metrics.counter(name, help) : none);
  const received = counter(kind !== 'input', `${kind}_received_records_total`, `Events that were given to the ${kind}.`);
  const passed = counter(kind === 'filter', 'filter_passed_records_total', 'Events that the filter handed on.');
  const emitted = counter(true, `${kind}_emitted_records_total`, `Events that the ${kind} emitted into a router.`);
  const failed = counter(true, `${kind}_error_records_total`, `Events that the ${kind} gave to the @ERROR label, or into the log.`);
  const batches = counter(kind === 'output', 'output_received_batches_total', 'Batches that were given to the output.');
  const sizes = countSizes ? metrics.counter(`${kind}_${MEASURED[kind]}_bytes_total`, `Bytes of these events, as MessagePack.`) : undefined;
  const measure = countSizes ? createMeasure() : undefined;
  const routers = new Map<Router, Router>();

  const step: CountedStep = {
    ...facts,
    get received() {
      return received.value;
    },
    get passed() {
      return passed.value;
    },
    get emitted() {
      return emitted.value;
    },
    get failed() {
      return failed.value;
    },
    get batches() {
      return batches.value;
    },
    get bytes() {
      return sizes?.value;
    },
    filter: (filter) => ({
      filter(batch) {
        received.add(batch.size);
        let result;
        try {
          result = filter.filter(batch);
        } catch (error) {
          return thrown(batch, error);
        }
        if (result instanceof Promise) return result.then((after) => seen(batch, after), (error: unknown) => thrown(batch, error));
        return seen(batch, result);
      },
    }),
    output: (output) => ({
      emit(batch) {
        const { size } = batch;
        observer?.received?.(step, batch);
        batches.add();
        // Before the output has it: what is lent may change afterwards.
        const bytes = measure?.(batch) ?? 0;
        return counted(received, size, counted(sizes ?? none, bytes, output.emit(batch)));
      },
    }),
    router(router) {
      const known = routers.get(router);
      if (known) return known;
      const label = (router as Partial<LabelRouter>).name ?? '';
      const made: Router = {
        emit(batch) {
          const { size } = batch;
          observer?.emitted?.(step, label, batch);
          const bytes = kind === 'input' ? (measure?.(batch) ?? 0) : 0;
          return counted(emitted, size, counted(sizes ?? none, bytes, router.emit(batch)));
        },
        emitError(tag, event, error, ack) {
          failed.add();
          observer?.failed?.(step, tag, event, error);
          router.emitError(tag, event, error, ack);
        },
      };
      routers.set(router, made);
      return made;
    },
  };
  const seen = (before: EventBatch, after: EventBatch): EventBatch => {
    // What is not even a batch would harm the events of others further on.
    if (typeof (after as EventBatch | undefined)?.size !== 'number') return thrown(before, new TypeError(`filter plugin '${facts.type}' gave no batch of events`));
    passed.add(after.size);
    if (measure) sizes?.add(measure(after));
    observer?.filtered?.(step, before, after);
    return after;
  };
  /** The router gives all events of the batch to @ERROR then. */
  const thrown = (batch: EventBatch, error: unknown): never => {
    failed.add(batch.size);
    if (observer?.failed) for (const event of batch.events) observer.failed(step, batch.tag, event, error);
    throw error;
  };
  return step;
}

/** Where the bytes of events are counted. */
const MEASURED = { input: 'emitted', filter: 'passed', output: 'received' } as const;

/** The bytes of a batch in the form in which Fluentd measures it: `[time, record]` for each event, as MessagePack. */
function createMeasure(): (batch: EventBatch) => number {
  const writer = new MsgpackWriter();
  return ({ events }) => {
    writer.clear();
    for (const { time, record } of events) writer.entry(time, record);
    return writer.byteLength;
  };
}

/** Counts what was taken; what is refused later, by the promise, is taken back: its owner gives it again. */
function counted(counter: Counter, records: number, result: Awaitable<void>): void | Promise<void> {
  counter.add(records);
  if (result instanceof Promise) {
    return result.catch((error: unknown) => {
      counter.add(-records);
      throw error;
    });
  }
}
