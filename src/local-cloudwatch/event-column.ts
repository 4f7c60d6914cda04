/** The events of one stream, in the order of arrival, with a view in the order of time. */
export class EventColumn {
  readonly #timestamps: number[] = [];
  readonly #ingestionTimes: number[] = [];
  readonly #messages: string[] = [];
  /** Arrival numbers in the order of time; undefined while arrival is in the order of time. */
  #byTime: Uint32Array | undefined;
  #ordered = true;
  #indexed = 0;

  /** How many events are kept. */
  get length(): number {
    return this.#messages.length;
  }

  /** Adds events that all arrived at `ingestionTime` (milliseconds since 1970). */
  append(timestamps: readonly number[], messages: readonly string[], from: number, to: number, ingestionTime: number): void {
    let last = this.#timestamps.length > 0 ? this.#timestamps[this.#timestamps.length - 1] : -Infinity;
    for (let i = from; i < to; i++) {
      const timestamp = timestamps[i];
      if (timestamp < last) this.#ordered = false;
      last = timestamp;
      this.#timestamps.push(timestamp);
      this.#ingestionTimes.push(ingestionTime);
      this.#messages.push(messages[i]);
    }
  }

  /** Arrival number of the event at `position` in the order of time. */
  arrival(position: number): number {
    return this.#order()?.[position] ?? position;
  }

  /** Timestamp of the event with this arrival number, in milliseconds since 1970. */
  timestamp(arrival: number): number {
    return this.#timestamps[arrival];
  }

  /** When the event with this arrival number arrived, in milliseconds since 1970. */
  ingestionTime(arrival: number): number {
    return this.#ingestionTimes[arrival];
  }

  /** Text of the event with this arrival number. */
  message(arrival: number): string {
    return this.#messages[arrival];
  }

  /**
   * First position in the order of time whose event is not before (`timestamp`, `arrival`);
   * `length` if there is none.
   */
  firstPosition(timestamp: number, arrival: number = 0): number {
    const order = this.#order();
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = order ? order[middle] : middle;
      const time = this.#timestamps[at];
      if (time < timestamp || (time === timestamp && at < arrival)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #order(): Uint32Array | undefined {
    if (this.#ordered) return undefined;
    if (this.#byTime && this.#indexed === this.length) return this.#byTime;
    const times = this.#timestamps;
    const order = new Uint32Array(this.length);
    for (let i = 0; i < order.length; i++) order[i] = i;
    order.sort((a, b) => times[a] - times[b] || a - b);
    this.#byTime = order;
    this.#indexed = order.length;
    return order;
  }
}
