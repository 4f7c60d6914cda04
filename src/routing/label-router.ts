/** The rules of one label (or of the top level): which pipeline a tag takes. */
import { BufferOverflowError } from '../errors.ts';
import type { Ack, EventBatch, LogEvent, Tag } from '../event.ts';
import { ObjectBatch } from '../event.ts';
import type { Logger } from '../log/logger.ts';
import type { Filter, Output, Router } from '../plugin.ts';
import type { MatchPattern } from './match-pattern.ts';
import { createPipeline, type Pipeline } from './pipeline.ts';

/** More tags than this and the oldest pipelines are made again when needed: memory stays bounded. */
const CACHED_TAGS = 4096;
/** How long a sentence about one tag is not repeated. */
const REPEAT_MS = 60_000;

export type Rule =
  | { readonly pattern: MatchPattern; readonly filter: Pick<Filter, 'filter'> }
  | { readonly pattern: MatchPattern; readonly output: Pick<Output, 'emit'> };

export interface RouterOptions {
  readonly log: Logger;
  /** The router of `@ERROR`, or undefined: errors are then logged, and thrown on to the input. */
  errorRouter(): LabelRouter | undefined;
  now(): number;
  /** `<system> emit_error_log_interval`: whether the line about a failed emit may be logged now; undefined: once a minute for each tag. */
  readonly mayLogFailure?: (() => boolean | undefined) | undefined;
  /** Told of each batch that no `<match>` takes. */
  readonly unmatched?: ((label: string, batch: EventBatch) => void) | undefined;
}

interface HeldBatch {
  readonly batch: EventBatch;
  readonly resolve: (emitted: void | Promise<void>) => void;
  readonly reject: (error: unknown) => void;
}

export class LabelRouter implements Router {
  readonly name: string;
  #rules: readonly Rule[] = [];
  readonly #pipelines = new Map<Tag, Pipeline>();
  /** Pipelines of former rules that batches are still in. */
  readonly #former = new Map<Tag, Pipeline>();
  #gate: Promise<void> | undefined;
  /** Batches that wait at the gate, in order. */
  #held: HeldBatch[] = [];
  readonly #options: RouterOptions;
  readonly #warned = new Map<Tag, number>();
  #enteredRecords = 0;
  #unmatchedRecords = 0;
  #refusedRecords = 0;
  #dumpedRecords = 0;

  constructor(name: string, options: RouterOptions) {
    this.name = name;
    this.#options = options;
  }

  /** Events that were emitted into this label. */
  get enteredRecords(): number {
    return this.#enteredRecords;
  }

  /** Events that an output refused and that went to `@ERROR` instead. */
  get refusedRecords(): number {
    return this.#refusedRecords;
  }

  /** Events that no `<match>` took. */
  get unmatchedRecords(): number {
    return this.#unmatchedRecords;
  }

  /** Error events that went into the log, as there is no `@ERROR` label. */
  get dumpedRecords(): number {
    return this.#dumpedRecords;
  }

  /** Other rules from now on; a tag's batches that wait in a filter of the former rules stay in front. */
  replace(rules: readonly Rule[]): void {
    this.#rules = rules;
    for (const [tag, pipeline] of this.#pipelines) if (pipeline.busy) this.#former.set(tag, pipeline);
    this.#pipelines.clear();
  }

  /**
   * Emitted batches wait until the promise settles, and go on in order: one that was held by another router and comes here after
   * this one has let go is behind those that were held here.
   */
  hold(gate: Promise<void>): void {
    this.#gate = gate;
    void gate.then(() => {
      if (this.#gate === gate) this.#open();
    });
  }

  #open(): void {
    for (let held = this.#held.shift(); held; held = this.#held.shift()) {
      const { batch, resolve, reject } = held;
      try {
        resolve(this.#emitNow(batch));
      } catch (error) {
        reject(error);
      }
    }
    this.#gate = undefined;
  }

  /** Settles when no batch waits in a filter. */
  async idle(): Promise<void> {
    for (const pipeline of [...this.#former.values(), ...this.#pipelines.values()]) await pipeline.busy;
  }

  matches(tag: Tag): boolean {
    return this.#rules.some((rule) => 'output' in rule && rule.pattern.matches(tag));
  }

  emit(batch: EventBatch): void | Promise<void> {
    if (batch.size === 0) {
      batch.ack?.settle();
      return;
    }
    if (this.#gate) return new Promise((resolve, reject) => this.#held.push({ batch, resolve, reject }));
    return this.#emitNow(batch);
  }

  #emitNow(batch: EventBatch): void | Promise<void> {
    const pipeline = this.#pipelines.get(batch.tag) ?? this.#makePipeline(batch.tag);
    const { size } = batch;
    const result = pipeline.emit(batch);
    this.#enteredRecords += size;
    return result && result.catch((error: unknown) => {
      this.#enteredRecords -= size;
      throw error;
    });
  }

  emitError(tag: Tag, event: LogEvent, error: unknown, ack?: Ack): void {
    const { log } = this.#options;
    const errorRouter = this.#options.errorRouter();
    if (errorRouter && errorRouter !== this) {
      log.warn(`send an error event to @ERROR:`, { error, tag });
      const result = errorRouter.emit(new ObjectBatch(tag, [event], ack));
      if (result) result.catch(() => {});
      return;
    }
    this.#dumpedRecords++;
    log.warn('dump an error event:', { error, tag, time: event.time, record: event.record });
    ack?.settle();
  }

  /** What an output threw: to `@ERROR` if there is such a label, else it is the caller's to keep the events. */
  #emitFailed(batch: EventBatch, error: unknown): void | Promise<void> {
    const { log } = this.#options;
    if (error instanceof BufferOverflowError) throw error;
    const errorRouter = this.#options.errorRouter();
    if (errorRouter && errorRouter !== this) {
      log.warn('send an error event stream to @ERROR:', { error, tag: batch.tag });
      this.#refusedRecords += batch.size;
      return errorRouter.emit(batch);
    }
    if (this.#options.mayLogFailure?.() ?? this.#mayWarn('emit ' + batch.tag)) log.warn('emit transaction failed:', { error, location: this.name, tag: batch.tag });
    throw error;
  }

  #makePipeline(tag: Tag): Pipeline {
    const filters: Pick<Filter, 'filter'>[] = [];
    let output: Pick<Output, 'emit'> | undefined;
    for (const rule of this.#rules) {
      if (!rule.pattern.matches(tag)) continue;
      if ('output' in rule) {
        output = rule.output;
        break;
      }
      filters.push(rule.filter);
    }
    const pipeline = output
      ? createPipeline(
          filters,
          output,
          (batch, error) => this.#filterFailed(batch, error),
          (batch, error) => this.#emitFailed(batch, error),
        )
      : createPipeline([], { emit: (batch) => this.#noMatch(batch) }, (batch) => batch);
    const former = this.#former.get(tag)?.busy;
    this.#former.delete(tag);
    if (former) return this.#behind(former, tag, pipeline);
    if (this.#pipelines.size >= CACHED_TAGS) this.#pipelines.delete(this.#pipelines.keys().next().value!);
    this.#pipelines.set(tag, pipeline);
    return pipeline;
  }

  /** Batches of the tag go on when those before them are through; then the pipeline is used as it is. */
  #behind(former: Promise<void>, tag: Tag, pipeline: Pipeline): Pipeline {
    const waiting: Pipeline = {
      emit: (batch) => former.then(() => pipeline.emit(batch)),
      get busy() {
        return former.then(() => pipeline.busy);
      },
    };
    this.#pipelines.set(tag, waiting);
    void former.then(() => {
      if (this.#pipelines.get(tag) === waiting) this.#pipelines.set(tag, pipeline);
    });
    return waiting;
  }

  /** A filter that throws for a whole batch: every event goes to the error stream, none is lost unseen. */
  #filterFailed(batch: EventBatch, error: unknown): EventBatch {
    for (const event of batch.events) this.emitError(batch.tag, event, error, batch.ack?.retain());
    return new ObjectBatch(batch.tag, [], batch.ack);
  }

  #noMatch(batch: EventBatch): void {
    const { tag } = batch;
    this.#unmatchedRecords += batch.size;
    this.#options.unmatched?.(this.name, batch);
    if (tag.startsWith('fluent.') && this.name !== '@FLUENT_LOG') {
      if (/^fluent\.(trace|debug|info|warn|error|fatal)$/.test(tag)) return;
    }
    if (this.#mayWarn(tag)) this.#options.log.warn('no patterns matched', { tag });
  }

  #mayWarn(key: string): boolean {
    const now = this.#options.now();
    const last = this.#warned.get(key);
    if (last !== undefined && now - last < REPEAT_MS) return false;
    if (this.#warned.size >= CACHED_TAGS) this.#warned.clear();
    this.#warned.set(key, now);
    return true;
  }
}

