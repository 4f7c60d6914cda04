/** Where events go: group and stream, as small numbers that fit beside each event. */

export interface Destination {
  /** undefined: the configured name, which may depend on the chunk. */
  readonly group: string | undefined;
  readonly stream: string | undefined;
}

/** What a new log group gets. */
export interface GroupSettings {
  readonly retentionInDays: number | undefined;
  readonly tags: Readonly<Record<string, string>> | undefined;
}

export class Destinations {
  readonly #ids = new Map<string, number>();
  readonly #all: Destination[] = [];
  /** What the first event for a group said of it. */
  readonly #settings = new Map<string, GroupSettings>();

  id(group: string | undefined, stream: string | undefined): number {
    const key = `${group === undefined ? '-' : group.length + group} ${stream ?? ''}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#all.length;
    this.#all.push({ group, stream });
    this.#ids.set(key, id);
    return id;
  }

  get(id: number): Destination {
    return this.#all[id]!;
  }

  noteSettings(group: string, settings: () => GroupSettings): void {
    if (!this.#settings.has(group)) this.#settings.set(group, settings());
  }

  settings(group: string): GroupSettings | undefined {
    return this.#settings.get(group);
  }
}
