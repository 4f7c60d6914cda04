/** What a chunk has to deliver, destination by destination, and how far it has come. */
import type { UnrecoverableError } from '#logferry';
import type { Stretch } from './batches.ts';
import type { NewGroup } from './creation.ts';
import type { PackedEvents } from './packed.ts';

/** What a chunk has for one destination. */
export interface Task {
  readonly group: string;
  readonly stream: string;
  readonly entity: string | undefined;
  readonly settings: () => NewGroup;
  readonly stretch: Stretch;
}

/** How far a chunk has come, by destination; kept for its retry. */
export interface Progress {
  /** Its place among all chunks: lower is earlier. */
  readonly number: number;
  /** Its events were looked at: what cannot be sent is counted and told. */
  isPlanned: boolean;
  /** Events that are done with, delivered or rejected: a retry does not send them again. */
  readonly done: Map<string, number>;
  /** Of those, events that the chunk has released since it was planned. */
  readonly released: Map<string, number>;
  /** Destinations whose next request may have been accepted before. */
  readonly doubtful: Set<string>;
  /** Events were refused, and nothing but the chunk's backup keeps them. */
  unkept: UnrecoverableError | undefined;
}

/** What a chunk has to deliver. */
export interface Plan {
  readonly parts: readonly PackedEvents[];
  readonly tasks: readonly Task[];
  /** The rest of the chunk is unreadable. */
  readonly broken: UnrecoverableError | undefined;
}

/** Progress of so many unfinished chunks is remembered, so that a retry does not send twice. */
const REMEMBERED_CHUNKS = 256;

/** Of unfinished chunks, by their ids. */
export class ProgressByChunk {
  readonly #progress = new Map<string, Progress>();
  #lastNumber = 0;

  /** The chunk's; a new one is behind all others. */
  of(id: string): Progress {
    const known = this.#progress.get(id);
    if (known) return known;
    const made: Progress = { number: ++this.#lastNumber, isPlanned: false, done: new Map(), released: new Map(), doubtful: new Set(), unkept: undefined };
    if (this.#progress.size >= REMEMBERED_CHUNKS) this.#progress.delete(this.#progress.keys().next().value!);
    this.#progress.set(id, made);
    return made;
  }

  forget(id: string): void {
    this.#progress.delete(id);
  }
}

/** The destination of a task as one text. */
export function keyOf({ group, stream, entity }: Task): string {
  return entity === undefined ? `${group}\n${stream}` : `${group}\n${stream}\n${entity}`;
}
