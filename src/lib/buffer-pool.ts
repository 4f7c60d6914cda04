/** Large buffers that are used again: memory outside of the heap is collected late, so what is thrown away piles up. */

/** Capacities are multiples of this, so that buffers fit again. */
const GRAIN = 64 * 1024;

/** Buffers to be used again: what is made and thrown away for every batch costs more than the work. */
export class BufferPool {
  readonly #spare: Buffer[] = [];
  #spareBytes = 0;
  readonly #mostBytes: number;

  /** Keeps at most so many bytes that nobody uses. */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** A buffer of at least `length` bytes, with anything in it. */
  take(length: number): Buffer {
    for (let i = this.#spare.length - 1; i >= 0; i--) {
      const buffer = this.#spare[i]!;
      if (buffer.length < length || buffer.length > length * 2 + GRAIN) continue;
      this.#spare.splice(i, 1);
      this.#spareBytes -= buffer.length;
      return buffer;
    }
    return Buffer.allocUnsafeSlow(Math.ceil(length / GRAIN) * GRAIN);
  }

  give(buffer: Buffer): void {
    if (buffer.length < GRAIN || buffer.length > this.#mostBytes) return;
    this.#spare.push(buffer);
    this.#spareBytes += buffer.length;
    while (this.#spareBytes > this.#mostBytes) this.#spareBytes -= this.#spare.shift()!.length;
  }
}
