/** The bytes of a message that is not complete: they grow in one block, so that single bytes cost no object each. */
import type { ByteAllowance } from './allowance.ts';

const FIRST_BYTES = 256;

export class PendingBytes {
  readonly #allowance: ByteAllowance;
  #block: Buffer | undefined;
  #length = 0;

  constructor(allowance: ByteAllowance) {
    this.#allowance = allowance;
  }

  get length(): number {
    return this.#length;
  }

  /** All bytes; a view that later calls do not change. */
  get bytes(): Buffer {
    return this.#block?.subarray(0, this.#length) ?? Buffer.alloc(0);
  }

  /** Adds a copy; false, and nothing changed, if the allowance is used up. */
  add(bytes: Buffer): boolean {
    if (bytes.length === 0) return true;
    const length = this.#length + bytes.length;
    const size = this.#block?.length ?? 0;
    if (length > size) {
      const grown = Math.max(FIRST_BYTES, length, Math.min(2 * size, length + size));
      if (!this.#allowance.change(grown - size)) return false;
      const block = Buffer.allocUnsafeSlow(grown);
      this.#block?.copy(block, 0, 0, this.#length);
      this.#block = block;
    }
    bytes.copy(this.#block!, this.#length);
    this.#length = length;
    return true;
  }

  /** Forgets the bytes; views of them stay good. */
  clear(): void {
    this.#allowance.change(-(this.#block?.length ?? 0));
    this.#block = undefined;
    this.#length = 0;
  }
}
