/**
 * Requests that are under way for stretches without a lane: with so many no more is begun, as each has a connection. (Those that
 * lose their lane under way come on top.) A stretch that only pauses, or waits behind an earlier chunk, is none of them.
 */

const MOST = 100;

export class LanelessRequests {
  #count = 0;
  readonly #waiting: (() => void)[] = [];

  get hasRoom(): boolean {
    return this.#count < MOST;
  }

  begin(): void {
    this.#count++;
  }

  end(): void {
    this.#count--;
    for (let next = this.hasRoom && this.#waiting.shift(); next; next = this.hasRoom && this.#waiting.shift()) next();
  }

  /** Calls back once, when there may be room. */
  whenRoom(tell: () => void): void {
    this.#waiting.push(tell);
  }
}
