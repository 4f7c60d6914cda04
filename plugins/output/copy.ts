/** Gives all events to several outputs. */
import {
  ConfigError, deepRecord, defineOutput, ObjectBatch, owned, param, shallowRecord, SharedHash, shareRecord, TextBatch,
  type EventBatch, type LogRecord, type Output,
} from '#logferry';

type CopyMode = 'no_copy' | 'shallow' | 'deep' | 'marshal';

interface Store {
  readonly output: Output;
  readonly type: string;
  /** Errors are logged and forgotten. */
  readonly ignoreError: boolean;
  /** Gets only what the store before could not take. */
  readonly onlyAfterFailure: boolean;
}

export default defineOutput({
  type: 'copy',
  handsOn: true,
  doc: 'Gives all events to each `<store>`, one after the other.',
  config: {
    deep_copy: param.bool('Copy records for each store.', { default: false, deprecated: "Use 'copy_mode' parameter instead" }),
    copy_mode: param.enum(['no_copy', 'shallow', 'deep', 'marshal'], 'What stores share: all of a record, its nested values, or nothing.', {
      default: 'no_copy',
    }),
    store: owned('output', 'An output; its argument may be `ignore_error` and `ignore_if_prev_success`.', { multi: true, required: true }),
  },

  create(config, context) {
    // The old deep_copy copied the record, but not what is nested in it.
    const mode: CopyMode = config.deep_copy ? 'shallow' : config.copy_mode;
    const stores = config.store.map((plugin, index): Store => {
      const words = plugin.arg.split(/[\s,]+/).filter((word) => word !== '');
      const unknown = words.find((word) => word !== 'ignore_error' && word !== 'ignore_if_prev_success');
      if (unknown !== undefined) {
        const message = 'unknown argument of <store>: it has no effect; ignore_error and ignore_if_prev_success are known';
        context.log.warn(message, { argument: unknown, at: `${plugin.element.at.file}:${plugin.element.at.line}` });
      }
      const onlyAfterFailure = words.includes('ignore_if_prev_success');
      if (onlyAfterFailure && index === 0) {
        throw new ConfigError('ignore_if_prev_success must specify 2nd or later <store> directives', plugin.element.at);
      }
      return { output: context.createOutput(plugin), type: plugin.type, ignoreError: words.includes('ignore_error'), onlyAfterFailure };
    });
    if (stores.every(({ ignoreError }) => ignoreError) && !stores.some(({ onlyAfterFailure }) => onlyAfterFailure)) {
      context.log.warn('ignore_errors are specified in all <store>, but ignore_if_prev_success is not specified. Is this intended?');
    }
    const failed = ({ type }: Store, error: unknown): void => context.log.error(`ignore emit error in ${type}`, { error });

    /** From the store at `from` on; `previousTook` is about the one before. */
    const emit = (batches: Prepare, from: number, previousTook: boolean): void | Promise<void> => {
      let took = previousTook;
      for (let i = from; i < stores.length; i++) {
        const store = stores[i];
        if (store.onlyAfterFailure && took) {
          context.log.debug('ignore copy because the previous store succeeded', { store: store.type });
          // It has not taken the events itself: the next one gets them, as in Fluentd.
          took = false;
          continue;
        }
        let result;
        try {
          result = store.output.emit(batches(i));
          took = true;
        } catch (error) {
          if (!store.ignoreError) throw error;
          failed(store, error);
          took = false;
        }
        if (result) {
          return result.then(
            () => emit(batches, i + 1, true),
            (error: unknown) => {
              if (!store.ignoreError) throw error;
              failed(store, error);
              return emit(batches, i + 1, false);
            },
          );
        }
      }
    };
    return {
      emit: (batch) => emit(prepare(batch, mode, stores.length), 0, false),
    };
  },
});

/** The batch for the store at an index. */
type Prepare = (index: number) => EventBatch;

/**
 * What each store gets. Records are never changed in place, so stores need no copies to be safe; only
 * where Fluentd's users see the changes of one store in the next are records made to share them.
 * A batch that is still bytes has no records to share.
 */
function prepare(batch: EventBatch, mode: CopyMode, stores: number): Prepare {
  if (stores < 2 || batch instanceof TextBatch) return () => batch;
  if (mode === 'deep' || mode === 'marshal') {
    // Those of an outer copy may be shared.
    const isShared = batch.events.some(({ record }) => record instanceof SharedHash || [...record.values()].some((value) => value instanceof SharedHash));
    return isShared ? () => withRecords(batch, deepRecord) : () => batch;
  }
  const shared = withRecords(batch, shareRecord);
  return mode === 'no_copy' ? () => shared : () => withRecords(shared, shallowRecord);
}

function withRecords(batch: EventBatch, change: (record: LogRecord) => LogRecord): EventBatch {
  return new ObjectBatch(batch.tag, batch.events.map(({ time, record }) => ({ time, record: change(record) })), batch.ack);
}
