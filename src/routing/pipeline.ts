/** What happens to the batches of one tag: filters, then an output. Made once per tag and cached. */
import type { EventBatch } from '../event.ts';
import type { Filter, Output } from '../plugin.ts';

export interface Pipeline {
  emit(batch: EventBatch): void | Promise<void>;
  /** Settles, never rejects, when no batch waits in a filter; undefined if none does. */
  readonly busy: Promise<void> | undefined;
}

/** What a filter threw: where, and the batch as it was before it. */
export type FilterFailed = (batch: EventBatch, error: unknown) => EventBatch;

/** What the output threw: with the batch as the filters left it. Throws what is to reach the input. */
export type OutputFailed = (batch: EventBatch, error: unknown) => void | Promise<void>;

const passOn: OutputFailed = (_batch, error) => {
  throw error;
};

/**
 * Filters in order, then the output. Synchronous as long as nothing has to wait; a batch that has to
 * wait in a filter holds back the tag's later batches, so that their order stays.
 */
export function createPipeline(
  filters: readonly Pick<Filter, 'filter'>[],
  output: Pick<Output, 'emit'>,
  filterFailed: FilterFailed,
  outputFailed: OutputFailed = passOn,
): Pipeline {
  if (filters.length === 0) return { emit: (batch) => deliver(output, batch, outputFailed), busy: undefined };

  let waiting: Promise<void> | undefined;

  const run = (first: EventBatch, from: number): void | Promise<void> => {
    let batch = first;
    for (let i = from; i < filters.length; i++) {
      let result;
      try {
        result = filters[i]!.filter(batch);
      } catch (error) {
        result = filterFailed(batch, error);
      }
      if (result instanceof Promise) {
        const before = batch;
        return result.then((done) => done, (error: unknown) => filterFailed(before, error)).then((done) => next(done, i + 1));
      }
      if (result.size === 0) {
        result.ack?.settle();
        return;
      }
      batch = result;
    }
    return deliver(output, batch, outputFailed);
  };
  const next = (batch: EventBatch, from: number): void | Promise<void> => {
    if (batch.size > 0) return run(batch, from);
    batch.ack?.settle();
  };

  /** Later batches queue behind this one until it is through. */
  const hold = (turn: Promise<void>): Promise<void> => {
    const settled = turn.catch(() => {});
    waiting = settled;
    void settled.then(() => {
      if (waiting === settled) waiting = undefined;
    });
    return turn;
  };

  return {
    get busy() {
      return waiting;
    },
    emit(batch) {
      if (waiting) return hold(waiting.then(() => run(batch, 0)));
      const result = run(batch, 0);
      if (result) return hold(result);
    },
  };
}

/** Gives the batch to the output and settles its claim afterwards; not if the output threw. */
function deliver(output: Pick<Output, 'emit'>, batch: EventBatch, failed: OutputFailed): void | Promise<void> {
  let result;
  try {
    result = output.emit(batch);
  } catch (error) {
    return failed(batch, error);
  }
  if (!result) {
    batch.ack?.settle();
    return;
  }
  return result.then(
    () => batch.ack?.settle(),
    (error: unknown) => failed(batch, error),
  );
}
