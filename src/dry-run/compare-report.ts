/**
 * What changes between two configurations over the same logs. These types are the schema of `--json` with `--compare` or
 * `--compare-config` (field `comparison` of the report).
 *
 * What is exact: `places` and `groups` come from all events, each compared by count and by a sum of 128-bit hashes of what would
 * be stored, which does not depend on order. What is bounded: events are followed one by one, by the line they begin at, in so
 * many of the first events of each file as `followed` says; `events` and `changes` are about those.
 */
import type { LogPlace } from './report.ts';

export const COMPARISON_VERSION = 1;

export interface ComparisonReport {
  readonly version: typeof COMPARISON_VERSION;
  readonly before: { readonly configFile: string; readonly now: string };
  readonly after: { readonly configFile: string; readonly now: string };
  /** Whether anything that would be stored differs. */
  readonly differs: boolean;
  /** One sentence for people. */
  readonly sentence: string;
  /** Whether both were given the same logs (files and their sizes); if not, what differs may come from there. */
  readonly sameLogs: boolean;
  readonly followed: {
    /** Events of the new configuration (of the old one, if more) that were followed from their line to where they are stored. */
    readonly events: number;
    /** Whether those are all events of all files in which something differs: then `events` and `changes` are exact. */
    readonly complete: boolean;
    /** Files whose later events were not followed, sorted. */
    readonly cutFiles: readonly string[];
  };
  /** Of those that were followed. */
  readonly events: { readonly same: number; readonly moved: number; readonly changed: number; readonly appeared: number; readonly vanished: number };
  /** Where they differ, by name. Null: is not there. */
  readonly groups: readonly { readonly name: string; readonly before: PlaceCount | null; readonly after: PlaceCount | null }[];
  /** Streams, files, URLs that differ, by output type and name. */
  readonly places: readonly PlaceChange[];
  /** Moves, changes, appearances and losses by where from and where to; those with most events first. */
  readonly changes: readonly EventChange[];
}

export interface PlaceCount {
  readonly events: number;
  readonly bytes: number;
}

export interface PlaceChange {
  readonly type: string;
  /** As `name` of a destination. */
  readonly name: string;
  readonly before: PlaceCount | null;
  readonly after: PlaceCount | null;
}

export interface EventChange {
  /** `moved`: goes elsewhere, maybe changed; `changed`: the same place, other content. */
  readonly kind: 'moved' | 'changed' | 'appeared' | 'vanished';
  /** Log groups, or types and names of other places. */
  readonly from: string | null;
  readonly to: string | null;
  readonly events: number;
  /** Three at most. */
  readonly samples: readonly ChangeSample[];
}

export interface ChangeSample {
  /** The first line of the event. */
  readonly origin: LogPlace;
  /** Names of the whole places: of CloudWatch Logs `GROUP STREAM`. */
  readonly from: string | null;
  readonly to: string | null;
  /** As stored, cut at 512 characters; null if it is not stored, or if the plan that was compared with does not have it. */
  readonly before: string | null;
  readonly after: string | null;
  /** Its time; null as for the text, and where the output tells none. */
  readonly beforeTime: string | null;
  readonly afterTime: string | null;
}
