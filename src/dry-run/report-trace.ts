/** The report of a trace: the way of one line. */
import type { Location } from '../errors.ts';
import type { Kind } from '../plugin.ts';
import type { LogPlace } from './report-problems.ts';
import type { REPORT_VERSION } from './report-version.ts';

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

/** One stage on the way of a line. */
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
