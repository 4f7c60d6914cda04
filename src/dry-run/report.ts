/**
 * The report of a dry run. These types are its schema: `--json` writes exactly this, and whoever shows, compares or prices a
 * dry run takes it from here.
 *
 * Everything in it is deterministic: no durations, no generated ids, lists in a fixed order. Counts are whole numbers; bytes are
 * bytes of UTF-8; times are ISO 8601 in UTC with milliseconds (`2024-05-14T09:30:00.000Z`). What is not known is null, never absent.
 * A path is written as the configuration has it (`/var/log/messages`), wherever its copy lies on this machine.
 */
import type { Location } from '../errors.ts';
import type { CloudWatchPlan, DestinationReport } from './report-destinations.ts';
import type { LabelReport, RouteReport, SourceReport, StepReport } from './report-flow.ts';
import type { CostReport, IamReport } from './report-needs.ts';
import type { ProblemReport } from './report-problems.ts';
import type { REPORT_VERSION } from './report-version.ts';

export type { CloudWatchPlan, DestinationReport, GroupReport, SampleReport, StreamReport } from './report-destinations.ts';
export type { FileReport, LabelReport, RouteHop, RouteReport, SourceReport, StepReport } from './report-flow.ts';
export type { CostReport, IamReport, IamStatement, NamespaceCost, PodCost } from './report-needs.ts';
export type { LogPlace, ProblemId, ProblemReport, ProblemSample } from './report-problems.ts';
export type { TraceReport, TraceStage } from './report-trace.ts';
export { REPORT_VERSION } from './report-version.ts';

/** All that a dry run found. */
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

/** Variables of the environment, as far as the configuration asks for them. */
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

/** What was read, and what became of it. */
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

/** From the static checks (`logferry check`). */
export interface WarningReport {
  /** Stable, such as `no-pos-file`. */
  readonly id: string;
  readonly severity: 'error' | 'warning' | 'hint';
  readonly message: string;
  readonly at: Location | null;
  readonly hint: string | null;
}
