/**
 * The report of a dry run. These types are its schema: `--json` writes exactly this, and whoever shows, compares or prices a
 * dry run takes it from here.
 *
 * Everything in it is deterministic: no durations, no generated ids, lists in a fixed order. Counts are whole numbers; bytes are
 * bytes of UTF-8; times are ISO 8601 in UTC with milliseconds (`2024-05-14T09:30:00.000Z`). What is not known is null, never absent.
 * A path is written as the configuration has it (`/var/log/messages`), wherever its copy lies on this machine.
 */
import type { Location } from '../errors.ts';
import type { Kind } from '../plugin.ts';

/** Grows when a field changes its meaning or goes away; not when one is added. */
export const REPORT_VERSION = 1;

export interface DryRunReport {
  readonly version: typeof REPORT_VERSION;
  readonly setup: SetupReport;
  readonly verdict: Verdict;
  /** Every input, filter and output of the configuration, in its order: inputs, filters, outputs; others refer to them by `index`. */
  readonly steps: readonly StepReport[];
  /** In the order of the configuration. */
  readonly sources: readonly SourceReport[];
  /** `@ROOT` (the top level) first, then by order of the configuration. */
  readonly labels: readonly LabelReport[];
  /** One for each source that emitted events: which way they took. */
  readonly routes: readonly RouteReport[];
  /** All that leaves the agent, by output in the order of the configuration, then by name. */
  readonly destinations: readonly DestinationReport[];
  readonly cloudwatch: CloudWatchPlan;
  /** What would be lost, rejected or altered; losses first, then by count, descending. */
  readonly problems: readonly ProblemReport[];
  /** Of the configuration itself, from the static checks. */
  readonly warnings: readonly WarningReport[];
  /** What it would cost; null if it was not estimated. */
  readonly cost: CostReport | null;
  /** The permissions that the configuration needs; null if they were not determined. */
  readonly iam: IamReport | null;
}

/** Under which assumptions the report was made. */
export interface SetupReport {
  readonly configFile: string;
  /** The time that `too old` and the like refer to. */
  readonly now: string;
  /** Which folders of this machine stand for which paths of the node, longest path first. */
  readonly mounts: readonly { readonly path: string; readonly folder: string }[];
  readonly environment: EnvironmentReport;
  /** From `--metadata`; null: Kubernetes fields come from file names alone. */
  readonly metadata: { readonly file: string; readonly pods: number; readonly namespaces: number } | null;
}

export interface EnvironmentReport {
  /** Names that `--env` and `--env-file` gave, sorted; never their values. */
  readonly given: readonly string[];
  /** Variables that the configuration asks for and nobody set, although it has a default for them; sorted by name. */
  readonly unset: readonly string[];
}

/**
 * `clean`: everything arrives as it is or as configured; `lossy`: something would be lost or rejected;
 * `invalid` reports have problems of the configuration and nothing else.
 */
export interface Verdict {
  readonly status: 'clean' | 'lossy' | 'invalid';
  /** 0 clean, 2 lossy, 1 invalid. */
  readonly exitCode: 0 | 1 | 2;
  /** One sentence for people. */
  readonly sentence: string;
  readonly totals: Totals;
  /** Problems of an invalid configuration; empty otherwise. */
  readonly configuration: readonly { readonly message: string; readonly at: Location | null; readonly hint: string | null }[];
}

export interface Totals {
  /** Files and journals that were read. */
  readonly files: number;
  /** Lines of files, entries of journals. */
  readonly lines: number;
  /** Bytes of files, line ends included; of journals the bytes of the fields that are read. */
  readonly bytes: number;
  /** Events that inputs emitted. */
  readonly events: number;
  /** Events that some destination would take. An event that is copied counts at each. */
  readonly delivered: number;
  /** Bytes that destinations would store, as each counts them. */
  readonly deliveredBytes: number;
  /** Lines and events that no destination gets, by mistake and not by configuration. */
  readonly lost: number;
  /** Events that arrive, but not as they were written. */
  readonly altered: number;
}

/** An input, filter or output. */
export interface StepReport {
  /** Position in `steps`. */
  readonly index: number;
  readonly kind: 'input' | 'filter' | 'output';
  readonly type: string;
  /** `@id`; null if the configuration gives none. */
  readonly id: string | null;
  /** The label it stands in, `@ROOT` for the top level. */
  readonly label: string;
  /** Of filters and outputs with a place of their own; null for inputs and stores. */
  readonly pattern: string | null;
  readonly at: Location;
  /** Of the output of a `<store>`: the step it is a store of. */
  readonly owner: number | null;
  /** Events given to it (filters, outputs). */
  readonly received: number;
  /** Events that it handed on: passed (filters) and emitted (inputs, outputs that route, filters that let go later). */
  readonly passed: number;
  /** Events given to the `@ERROR` label, or into the log. */
  readonly failed: number;
}

/** An input with what it found. */
export interface SourceReport {
  readonly step: number;
  /**
   * `read`: it read all that is there; `nothing`: nothing is there to read; `waits`: it waits for senders (or a timer), a dry run
   * has nothing to give it; `failed`: it could not be read at all, see `reason`.
   */
  readonly state: 'read' | 'nothing' | 'waits' | 'failed';
  readonly reason: string | null;
  /** What it looks for, as configured: paths, patterns, the folder of a journal. */
  readonly patterns: readonly string[];
  readonly lines: number;
  readonly bytes: number;
  /** Events that it emitted. */
  readonly events: number;
  /** By path. */
  readonly files: readonly FileReport[];
  /** Paths that the patterns find and `exclude_path` leaves out, sorted. */
  readonly excluded: readonly string[];
  /** What it found and could not or would not read, by path. */
  readonly skipped: readonly { readonly path: string; readonly reason: string; readonly lost: boolean }[];
}

export interface FileReport {
  readonly path: string;
  readonly tag: string;
  readonly lines: number;
  readonly bytes: number;
  /** Events made of its lines; fewer if lines were joined or did not match. */
  readonly events: number;
  /** Lines that the parser did not match. */
  readonly unmatched: number;
  /** Lines left out because of their length. */
  readonly tooLong: number;
  /** Bytes behind the last line break: a line that is not finished yet, and waits for its end. */
  readonly unfinished: number;
  /** A sentence if the content looks wrong for this source: compressed, binary, ... */
  readonly note: string | null;
}

/** A label with its rules. */
export interface LabelReport {
  readonly name: string;
  /** Events that were emitted into it. */
  readonly entered: number;
  /** Filters and outputs in the order of the configuration. */
  readonly steps: readonly number[];
  /** Events that no `<match>` took, by tag (those with most events first, ten at most). */
  readonly unmatched: { readonly events: number; readonly tags: readonly { readonly tag: string; readonly events: number }[] };
}

/** The way of one source's events. */
export interface RouteReport {
  readonly source: number;
  /** In the order in which events come by: each place once. */
  readonly hops: readonly RouteHop[];
}

export interface RouteHop {
  readonly step: number;
  /** Events of this source that came in and went out here. */
  readonly received: number;
  readonly passed: number;
  /** Of outputs: names of the destinations that this source's events reach, sorted; ten at most. */
  readonly destinations: readonly string[];
  /** Of outputs: bytes of this source's events as stored; null elsewhere. */
  readonly bytes: number | null;
  /** Of outputs: how the events are divided, by log group or, of other outputs, by destination; those with most bytes first, 50 at most. */
  readonly places: readonly { readonly name: string; readonly events: number; readonly bytes: number }[];
}

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

export interface CloudWatchPlan {
  /** Sorted by name. A group that several outputs write to appears once. */
  readonly groups: readonly GroupReport[];
  /**
   * Requests if everything that was read is sent in one go, chunks as full as configured: a backlog. How many a live agent makes
   * depends on time: each stream that has news makes one for each flush.
   */
  readonly requests: number;
}

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

export interface StreamReport {
  readonly name: string;
  readonly events: number;
  readonly bytes: number;
  readonly requests: number;
  readonly first: string | null;
  readonly last: string | null;
  readonly samples: readonly SampleReport[];
}

/** Stable ids of what can happen to a line or an event. */
export type ProblemId =
  /** A line did not match the parser: dropped, or emitted as `unmatched_line`. */
  | 'unmatched-line'
  /** A line beyond `max_line_size`. */
  | 'line-too-long'
  /** A file that matched and could not be read. */
  | 'unreadable-file'
  /** A file whose content is not lines of text: compressed, binary. */
  | 'not-text'
  /** No `<match>` took the tag. */
  | 'no-match'
  /** A filter or output gave the event to `@ERROR`, and there it is dropped or logged. */
  | 'error-event'
  /** An event of several lines was never finished: it goes where the filter's timeout sends it. */
  | 'unfinished-event'
  /** No name for group or stream. */
  | 'no-group' | 'no-stream'
  /** A name that the service does not allow. */
  | 'invalid-name'
  /** Older than the service takes (14 days), or than the group keeps. */
  | 'too-old'
  /** More than two hours ahead. */
  | 'too-new'
  /** Larger than one event may be. */
  | 'too-large'
  /** Nothing to send: the message is empty. */
  | 'empty'
  /** Bytes that are not UTF-8 become replacement characters. */
  | 'invalid-utf8'
  /** Cut at `max_message_length`. */
  | 'cut'
  /** An output reported something of its own. */
  | 'other';

export interface ProblemReport {
  readonly id: ProblemId;
  /** `lost`: lines or events that do not arrive; `altered`: they arrive changed; `note`: nothing is lost, but look at it. */
  readonly effect: 'lost' | 'altered' | 'note';
  /** One sentence: what happens and why. */
  readonly message: string;
  /** What to do about it; null if nothing is known. */
  readonly hint: string | null;
  /** Where it happens; null if it is not in one step. */
  readonly step: number | null;
  /** The place in the configuration that decides it. */
  readonly at: Location | null;
  /** Lines or events; of `unreadable-file` and `not-text` files. */
  readonly count: number;
  /** Three at most. */
  readonly samples: readonly ProblemSample[];
}

export interface ProblemSample {
  /** Where the event's first line stands. Null if that could not be found. */
  readonly origin: LogPlace | null;
  readonly tag: string | null;
  /** The line, or the event as it would be stored; cut at 512 characters. */
  readonly text: string;
  /** Bytes of the whole, where that matters. */
  readonly bytes: number | null;
  /** Time of the event. */
  readonly time: string | null;
  /** What is special about this one: the error, the name, ... */
  readonly detail: string | null;
}

/** A line of a log. */
export interface LogPlace {
  readonly path: string;
  /** From 1. Of a journal the number of the entry. */
  readonly line: number;
}

/** From the static checks (`logferry check`). */
export interface WarningReport {
  /** Stable, such as `no-pos-file`. */
  readonly id: string;
  readonly severity: 'error' | 'warning' | 'hint';
  readonly message: string;
  readonly at: Location | null;
  readonly hint: string | null;
}

/** What the plan costs; made by `cost.ts` from the other parts of the report. */
export interface CostReport {
  /** Over which time the events of the logs were written, seconds: from the first to the last one; null if that is not known. */
  readonly spanSec: number | null;
  readonly eventsPerSec: number | null;
  readonly bytesPerSec: number | null;
  readonly requestsPerSec: number | null;
  readonly currency: 'USD';
  /** Prices that were assumed, with their source. */
  readonly assumptions: readonly string[];
  readonly items: readonly {
    readonly what: string;
    readonly perMonth: number | null;
    readonly quantity: string;
  }[];
  readonly totalPerMonth: number | null;
  /**
   * Who writes it, as far as names of streams tell: those of containers have pod and namespace in them. The dearest first, and all
   * of them; streams that name no pod are one entry with null. Together they are all that is billed.
   */
  readonly byNamespace: readonly NamespaceCost[];
  readonly byPod: readonly PodCost[];
}

export interface NamespaceCost {
  readonly namespace: string | null;
  /** Pods whose streams were found. */
  readonly pods: number;
  readonly events: number;
  /** As billed: with the overhead of each event. */
  readonly bytes: number;
  /** Ingestion and storage, at the prices of the groups; null if it was not estimated. */
  readonly perMonth: number | null;
}

export interface PodCost {
  readonly namespace: string | null;
  readonly pod: string | null;
  readonly events: number;
  readonly bytes: number;
  readonly perMonth: number | null;
}

/** The permissions that are needed; made by `iam.ts`. */
export interface IamReport {
  /** An IAM policy document. */
  readonly policy: { readonly Version: '2012-10-17'; readonly Statement: readonly IamStatement[] };
  readonly notes: readonly string[];
}

export interface IamStatement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
}

/** The way of one line through every stage (`--trace`). */
export interface TraceReport {
  readonly version: typeof REPORT_VERSION;
  readonly origin: LogPlace | null;
  /** The line as it was read. */
  readonly line: string;
  readonly stages: readonly TraceStage[];
  /** Whether the line's event reaches a destination. */
  readonly delivered: boolean;
}

export interface TraceStage {
  /** `joined`: it was held and left with other lines; `tried`: a routing decision. */
  readonly kind: 'parsed' | 'unmatched' | 'filter' | 'held' | 'joined' | 'dropped' | 'tried' | 'output' | 'stored' | 'error' | 'no-match';
  readonly step: { readonly kind: Kind; readonly type: string; readonly id: string | null; readonly at: Location } | null;
  readonly label: string | null;
  readonly tag: string | null;
  readonly time: string | null;
  /** One sentence. */
  readonly message: string;
  /** The record behind this stage as JSON; null if there is none. */
  readonly record: string | null;
  /** Against the stage before; in the order of the record. Values are JSON. */
  readonly changes: readonly { readonly op: 'add' | 'remove' | 'change'; readonly field: string; readonly before: string | null; readonly after: string | null }[];
}
