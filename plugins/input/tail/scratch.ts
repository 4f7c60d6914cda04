/**
 * Buffers for reading. A buffer with lines in it belongs to their batch until `emit` has returned; then it
 * is read into again. (What keeps bytes of a batch for longer copies them: see `TextBatch`.)
 */

/** Bytes read at once. */
export const BLOCK_BYTES = 128 * 1024;
const MOST_SPARE = 8;

export class Scratch {
  readonly #spare: Buffer[] = [];

  take(): Buffer {
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
  }

  giveBack(buffer: Buffer): void {
    if (this.#spare.length < MOST_SPARE) this.#spare.push(buffer);
  }
}
