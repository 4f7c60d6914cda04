/** A limit of bytes that several connections share, so that many slow ones cannot fill the memory. */

/** What unfinished messages of all connections of one input may take together. */
const DEFAULT_BYTES = 256 * 1024 * 1024;

/** Counts bytes that are held. */
export class ByteAllowance {
  readonly limit: number;
  #used = 0;

  constructor(limit = DEFAULT_BYTES) {
    this.limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  /** Takes so many bytes more (fewer, if negative); false, and nothing taken, if that is beyond the limit. */
  change(bytes: number): boolean {
    if (bytes > 0 && this.#used + bytes > this.limit) return false;
    this.#used += bytes;
    return true;
  }
}
