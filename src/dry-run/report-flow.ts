/** Of the report of a dry run: which way the events took through the configuration. */
import type { Location } from '../errors.ts';

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

/** A file, or a journal, that a source read. */
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

/** A place on the way of one source's events. */
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
