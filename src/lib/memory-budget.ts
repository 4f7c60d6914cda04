/**
 * One budget of memory for all events that an agent holds, shared fairly by those who hold them.
 *
 * Who holds events has an account. Three quarters of the limit are to be used: half of that is divided into equal
 * shares, one for each account, which nobody else can take; the other half is common. An account should wait (`isPressed`) when what it
 * has beyond its share is more than what is left of the common half: one that is stuck takes half of it at most, and leaves
 * room for the next. The last quarter is for those who cannot wait; when that is used up, too, an account beyond its share is `isFull`
 * and takes nothing. So all together never hold more than the limit, but for a batch that is just being taken.
 */
export class MemoryBudget {
  readonly #limitOf: () => number;
  readonly #accounts = new Set<Account>();
  readonly #listeners = new Set<() => void>();
  #limit: number | undefined;
  #bytes = 0;
  /** What all accounts have beyond their shares. */
  #excess = 0;

  /** `limit` in bytes; a function is asked when the first account has something. */
  constructor(limit: number | (() => number)) {
    this.#limitOf = typeof limit === 'number' ? () => limit : limit;
  }

  get limit(): number {
    return (this.#limit ??= this.#limitOf());
  }

  /** Held by all accounts. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What each account may have in any case. */
  get share(): number {
    return this.#common / Math.max(1, this.#accounts.size);
  }

  /** A new account; everybody's share is smaller from now on. */
  open(): MemoryAccount {
    const account = new Account(this);
    this.#accounts.add(account);
    this.#count();
    return account;
  }

  /** Calls back whenever somebody has less than before; gives a function that ends that. */
  onRelief(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** For accounts only. */
  changed(before: number, after: number): void {
    const { share } = this;
    this.#bytes += after - before;
    this.#excess += Math.max(0, after - share) - Math.max(0, before - share);
    if (after < before) for (const listener of this.#listeners) listener();
  }

  /** For accounts only. */
  closed(account: Account): void {
    this.#accounts.delete(account);
    this.#count();
    for (const listener of this.#listeners) listener();
  }

  /** For accounts only. */
  isPressed(bytes: number): boolean {
    const beyond = bytes - this.share;
    return beyond > 0 && beyond > this.#common - this.#excess;
  }

  /** For accounts only. */
  isFull(bytes: number): boolean {
    return bytes > this.share && this.#excess >= this.limit - this.#common;
  }

  get #common(): number {
    return this.limit * USED / 2;
  }

  #count(): void {
    const { share } = this;
    this.#bytes = 0;
    this.#excess = 0;
    for (const { bytes } of this.#accounts) {
      this.#bytes += bytes;
      this.#excess += Math.max(0, bytes - share);
    }
  }
}

/** The part of the limit that is to be used; the rest is for those who cannot wait. */
const USED = 3 / 4;

export interface MemoryAccount {
  readonly bytes: number;
  /** So much is held now. */
  set(bytes: number): void;
  /** Whoever fills this account should wait until others, or this one, have less. */
  readonly isPressed: boolean;
  /** This account takes nothing more. */
  readonly isFull: boolean;
  close(): void;
}

class Account implements MemoryAccount {
  readonly #budget: MemoryBudget;
  #bytes = 0;

  constructor(budget: MemoryBudget) {
    this.#budget = budget;
  }

  get bytes(): number {
    return this.#bytes;
  }

  set(bytes: number): void {
    if (bytes === this.#bytes) return;
    const before = this.#bytes;
    this.#bytes = bytes;
    this.#budget.changed(before, bytes);
  }

  get isPressed(): boolean {
    return this.#bytes > 0 && this.#budget.isPressed(this.#bytes);
  }

  get isFull(): boolean {
    return this.#bytes > 0 && this.#budget.isFull(this.#bytes);
  }

  close(): void {
    this.#bytes = 0;
    this.#budget.closed(this);
  }
}
