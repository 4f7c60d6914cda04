/** Of the report of a dry run: what leaves the agent, and what CloudWatch Logs would get of it. */

/** A place outside of the agent: a log stream, a file, a URL. */
export interface DestinationReport {
  readonly step: number;
  /** The output's `@type`. */
  readonly type: string;
  /** `GROUP STREAM` of CloudWatch Logs, a path, a URL, or what the output calls it; null if it cannot tell. */
  readonly name: string | null;
  readonly events: number;
  /** Bytes as stored or sent: messages of CloudWatch Logs, formatted bytes of others. */
  readonly bytes: number;
  /** Requests, or chunks of outputs that write chunks. */
  readonly batches: number;
  /** Times of the first and the last event. */
  readonly first: string | null;
  readonly last: string | null;
  readonly samples: readonly SampleReport[];
}

/** An event as it would be stored. */
export interface SampleReport {
  readonly time: string;
  /** The stored text; cut at 4096 characters if `cut`. */
  readonly text: string;
  readonly bytes: number;
  readonly cut: boolean;
}

/** All that CloudWatch Logs would get. */
export interface CloudWatchPlan {
  /** Sorted by name. A group that several outputs write to appears once. */
  readonly groups: readonly GroupReport[];
  /**
   * Requests if everything that was read is sent in one go, chunks as full as configured: a backlog. How many a live agent makes
   * depends on time: each stream that has news makes one for each flush.
   */
  readonly requests: number;
}

/** A log group, with the settings that it would be made with. */
export interface GroupReport {
  readonly name: string;
  readonly outputs: readonly number[];
  readonly region: string | null;
  /** `created`: made if it does not exist (auto_create_stream); `assumed`: it has to exist. */
  readonly existence: 'created' | 'assumed';
  /** Days for which a new group keeps events; null: for ever. */
  readonly retentionDays: number | null;
  /** Tags of a new group. */
  readonly tags: Readonly<Record<string, string>>;
  /** `<buffer> flush_interval`, seconds; null if it flushes by other rules. */
  readonly flushIntervalSec: number | null;
  /** As sent: those that the service refuses for their age are among them, see `problems`. */
  readonly events: number;
  /** Bytes of messages; the service bills 26 more for each event. */
  readonly bytes: number;
  readonly requests: number;
  /** Sorted by name. */
  readonly streams: readonly StreamReport[];
}

/** A log stream of a group. */
export interface StreamReport {
  readonly name: string;
  readonly events: number;
  readonly bytes: number;
  readonly requests: number;
  readonly first: string | null;
  readonly last: string | null;
  readonly samples: readonly SampleReport[];
}
