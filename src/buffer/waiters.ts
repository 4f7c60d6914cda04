/** Those who wait for something that happens again and again: one promise for all of them until it does. */
export class Waiters {
  #promise: Promise<void> | undefined;
  #resolve: (() => void) | undefined;

  /** Whether somebody waits. */
  get isAny(): boolean {
    return this.#promise !== undefined;
  }

  /** Resolves at the next `wake`. */
  wait(): Promise<void> {
    return (this.#promise ??= new Promise((resolve) => {
      this.#resolve = resolve;
    }));
  }

  wake(): void {
    this.#resolve?.();
    this.#promise = this.#resolve = undefined;
  }
}
