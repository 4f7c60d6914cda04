/** Buffers for reading: given back where little was read, handed over to the batch otherwise. */

/** Bytes read at once. */
export const BLOCK_BYTES = 256 * 1024;
/** From here on a batch owns the buffer that was read into; less is copied out of it. */
const OWN_BYTES = BLOCK_BYTES / 4;
const MOST_SPARE = 8;

export class Scratch {
  readonly #spare: Buffer[] = [];

  take(): Buffer {
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
  }

  /** The first `length` bytes for somebody who keeps them; the buffer must not be used any more. */
  keep(buffer: Buffer, length: number): Buffer {
    if (length >= OWN_BYTES) return buffer.subarray(0, length);
    const copy = Buffer.from(buffer.subarray(0, length));
    this.giveBack(buffer);
    return copy;
  }

  giveBack(buffer: Buffer): void {
    if (this.#spare.length < MOST_SPARE) this.#spare.push(buffer);
  }
}
