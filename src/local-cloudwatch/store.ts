/** What the endpoint keeps: groups, their streams, and the streams' events. */
import { EventColumn } from './event-column.ts';
import { ServiceError, noSuchGroup, noSuchStream } from './service-error.ts';

/** A stored event; times in milliseconds since 1970. */
export interface StoredEvent {
  readonly timestamp: number;
  readonly message: string;
  readonly ingestionTime: number;
}

/** One row of the summary: a stream, or a group without streams (`stream` undefined). */
export interface StreamSummary {
  readonly group: string;
  readonly stream: string | undefined;
  readonly events: number;
  /** Messages in UTF-8, without the service's overhead. */
  readonly bytes: number;
  readonly firstTimestamp: number | undefined;
  readonly lastTimestamp: number | undefined;
}

/** What the events of a request are about. */
export interface Entity {
  readonly keyAttributes: Readonly<Record<string, string>>;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A log stream as it is kept. */
export interface Stream {
  readonly name: string;
  /** Counts up over all streams; orders events of the same time in FilterLogEvents. */
  readonly id: number;
  readonly creationTime: number;
  readonly column: EventColumn;
  events: number;
  bytes: number;
  firstTimestamp: number | undefined;
  lastTimestamp: number | undefined;
  lastIngestionTime: number | undefined;
  /** Of the last request that had one; not kept in a directory. */
  entity: Entity | undefined;
}

/** A log group as it is kept. */
export interface Group {
  readonly name: string;
  readonly creationTime: number;
  readonly logGroupClass: string;
  readonly kmsKeyId: string | undefined;
  retentionInDays: number | undefined;
  readonly tags: Map<string, string>;
  readonly streams: Map<string, Stream>;
}

/** What a group may have beside its name. */
export interface GroupSettings {
  readonly logGroupClass?: string | undefined;
  readonly kmsKeyId?: string | undefined;
  readonly retentionInDays?: number | undefined;
  readonly tags?: Iterable<readonly [string, string]> | undefined;
}

/** Events that passed all checks, on their way into a stream: `from` (inclusive) to `to` (exclusive). */
export interface AcceptedBatch {
  readonly timestamps: readonly number[];
  readonly messages: readonly string[];
  readonly from: number;
  readonly to: number;
  /** Messages in UTF-8, without overhead. */
  readonly bytes: number;
  readonly ingestionTime: number;
}

/** Where changes are written before they count; each call either succeeds or throws and leaves no trace. */
export interface Persistence {
  saveGroup(group: Group): void;
  deleteGroup(group: Group): void;
  createStream(group: Group, stream: Stream): void;
  deleteStream(group: Group, stream: Stream): void;
  append(group: Group, stream: Stream, batch: AcceptedBatch): void;
}

/** The groups, streams and events of one endpoint. Every change is written to the persistence first. */
export class LogStore {
  readonly #groups = new Map<string, Group>();
  readonly #persistence: Persistence | undefined;
  readonly #keepEvents: boolean;
  #streamIds = 0;

  /** @param keepEvents false: only count events; reading them back finds nothing. */
  constructor(persistence?: Persistence, keepEvents: boolean = true) {
    this.#persistence = persistence;
    this.#keepEvents = keepEvents;
  }

  /** All groups, sorted by name in the order of their bytes. */
  groups(): readonly Group[] {
    return [...this.#groups.values()].sort(byName);
  }

  /** A group, or undefined. */
  findGroup(name: string): Group | undefined {
    return this.#groups.get(name);
  }

  /** A group. Throws ResourceNotFoundException. */
  group(name: string): Group {
    const group = this.#groups.get(name);
    if (!group) throw noSuchGroup();
    return group;
  }

  /** A stream. Throws ResourceNotFoundException. */
  stream(groupName: string, streamName: string): Stream {
    const stream = this.group(groupName).streams.get(streamName);
    if (!stream) throw noSuchStream();
    return stream;
  }

  /** One row for each stream, and for each group without any; sorted by group and stream. */
  summary(): readonly StreamSummary[] {
    return this.groups().flatMap((group): StreamSummary[] => {
      if (group.streams.size === 0) {
        const none = { events: 0, bytes: 0, firstTimestamp: undefined, lastTimestamp: undefined };
        return [{ group: group.name, stream: undefined, ...none }];
      }
      return [...group.streams.values()].sort(byName).map((stream) => ({
        group: group.name,
        stream: stream.name,
        events: stream.events,
        bytes: stream.bytes,
        firstTimestamp: stream.firstTimestamp,
        lastTimestamp: stream.lastTimestamp,
      }));
    });
  }

  /** The events of a stream in the order of arrival. Throws ResourceNotFoundException at once. */
  events(groupName: string, streamName: string): IterableIterator<StoredEvent> {
    return inOrderOfArrival(this.stream(groupName, streamName).column);
  }

  /** Makes a group. Throws ResourceAlreadyExistsException. */
  createGroup(name: string, creationTime: number, more: GroupSettings = {}): Group {
    if (this.#groups.has(name)) {
      throw new ServiceError('ResourceAlreadyExistsException', 'The specified log group already exists');
    }
    const group = newGroup(name, creationTime, more);
    this.#persistence?.saveGroup(group);
    this.#groups.set(name, group);
    return group;
  }

  /** Makes a group that comes from the persistence. */
  restoreGroup(name: string, creationTime: number, more: GroupSettings): Group {
    const group = newGroup(name, creationTime, more);
    this.#groups.set(name, group);
    return group;
  }

  /** Removes a group with all its streams. Throws ResourceNotFoundException. */
  deleteGroup(name: string): void {
    const group = this.group(name);
    this.#persistence?.deleteGroup(group);
    this.#groups.delete(name);
  }

  /** Makes a stream. Throws ResourceNotFoundException, ResourceAlreadyExistsException. */
  createStream(groupName: string, name: string, creationTime: number): Stream {
    const group = this.group(groupName);
    if (group.streams.has(name)) {
      throw new ServiceError('ResourceAlreadyExistsException', 'The specified log stream already exists');
    }
    const stream = newStream(++this.#streamIds, name, creationTime);
    this.#persistence?.createStream(group, stream);
    group.streams.set(name, stream);
    return stream;
  }

  /** Makes a stream that comes from the persistence. */
  restoreStream(group: Group, name: string, creationTime: number): Stream {
    const stream = newStream(++this.#streamIds, name, creationTime);
    group.streams.set(name, stream);
    return stream;
  }

  /** Removes a stream with its events. Throws ResourceNotFoundException. */
  deleteStream(groupName: string, name: string): void {
    const group = this.group(groupName);
    const stream = this.stream(groupName, name);
    this.#persistence?.deleteStream(group, stream);
    group.streams.delete(name);
  }

  /** Sets or ends the retention of a group. Throws ResourceNotFoundException. */
  setRetention(groupName: string, days: number | undefined): void {
    const group = this.group(groupName);
    this.#persistence?.saveGroup({ ...group, retentionInDays: days });
    group.retentionInDays = days;
  }

  /** Replaces the tags of a group. Throws ResourceNotFoundException. */
  setTags(groupName: string, tags: ReadonlyMap<string, string>): void {
    const group = this.group(groupName);
    this.#persistence?.saveGroup({ ...group, tags: new Map(tags) });
    group.tags.clear();
    for (const [key, value] of tags) group.tags.set(key, value);
  }

  /** Adds events that passed all checks. */
  append(group: Group, stream: Stream, batch: AcceptedBatch): void {
    if (batch.from >= batch.to) return;
    this.#persistence?.append(group, stream, batch);
    this.#keep(stream, batch);
  }

  /** Adds events that come from the persistence. */
  restoreEvents(stream: Stream, batch: AcceptedBatch): void {
    if (batch.from < batch.to) this.#keep(stream, batch);
  }

  #keep(stream: Stream, { timestamps, messages, from, to, bytes, ingestionTime }: AcceptedBatch): void {
    stream.events += to - from;
    stream.bytes += bytes;
    // Within a batch events are in the order of time: its ends are its extremes.
    stream.firstTimestamp = Math.min(stream.firstTimestamp ?? Infinity, timestamps[from]);
    stream.lastTimestamp = Math.max(stream.lastTimestamp ?? -Infinity, timestamps[to - 1]);
    stream.lastIngestionTime = ingestionTime;
    if (this.#keepEvents) stream.column.append(timestamps, messages, from, to, ingestionTime);
  }
}

function newGroup(name: string, creationTime: number, more: GroupSettings): Group {
  return {
    name,
    creationTime,
    logGroupClass: more.logGroupClass ?? 'STANDARD',
    kmsKeyId: more.kmsKeyId,
    retentionInDays: more.retentionInDays,
    tags: new Map(more.tags),
    streams: new Map(),
  };
}

function newStream(id: number, name: string, creationTime: number): Stream {
  return {
    name,
    id,
    creationTime,
    column: new EventColumn(),
    events: 0,
    bytes: 0,
    firstTimestamp: undefined,
    lastTimestamp: undefined,
    lastIngestionTime: undefined,
    entity: undefined,
  };
}

/** Orders by name as the service does: by character codes, not by a language's rules. */
export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

function* inOrderOfArrival(column: EventColumn): IterableIterator<StoredEvent> {
  for (let i = 0; i < column.length; i++) {
    yield { timestamp: column.timestamp(i), message: column.message(i), ingestionTime: column.ingestionTime(i) };
  }
}
