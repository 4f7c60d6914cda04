/** How many bytes wait for whom, and the inputs that wait until they are less. */
import { type Deferred, deferred } from './pauses.ts';

/** The number of a destination, or the name of a group. */
export type Debtor = number | string;

interface Account {
  bytes: number;
  relief: Deferred | undefined;
}

/** Bytes that may wait for a destination, and for a group. */
const MOST_FOR_DESTINATION = 2 * 1024 * 1024;
const MOST_FOR_GROUP = 8 * 1024 * 1024;

export class Arrears {
  readonly #accounts = new Map<Debtor, Account>();

  /** How many have something that waits, groups and destinations. */
  get isEmpty(): boolean {
    return this.#accounts.size === 0;
  }

  has(who: Debtor): boolean {
    return this.#accounts.has(who);
  }

  /** So many more bytes wait; or less, if it is negative. */
  owe(who: Debtor, bytes: number): void {
    const account = this.#accounts.get(who) ?? { bytes: 0, relief: undefined };
    account.bytes += bytes;
    if (account.bytes > 0) this.#accounts.set(who, account);
    else this.#accounts.delete(who);
    if (account.bytes <= mostFor(who)) relieve(account);
  }

  /** Settles when less waits; undefined if it is not too much. */
  relief(who: Debtor): Promise<void> | undefined {
    const account = this.#accounts.get(who);
    return account && account.bytes > mostFor(who) ? (account.relief ??= deferred()).promise : undefined;
  }

  /** Whoever waits for this one goes on. */
  relieve(who: Debtor): void {
    const account = this.#accounts.get(who);
    if (account) relieve(account);
  }

  /** Nobody waits any more. */
  relieveAll(): void {
    for (const account of this.#accounts.values()) relieve(account);
  }
}

function mostFor(who: Debtor): number {
  return typeof who === 'number' ? MOST_FOR_DESTINATION : MOST_FOR_GROUP;
}

function relieve(account: Account): void {
  account.relief?.resolve();
  account.relief = undefined;
}
