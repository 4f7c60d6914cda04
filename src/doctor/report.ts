/** What the doctor finds out: checks with stable ids, as they stand in the JSON of `logferry doctor --json`. */

/** `unknown`: it could not be found out; the message says why. */
export type Status = 'ok' | 'warning' | 'problem' | 'unknown';

export interface Check {
  /** Stable: `AREA.NAME`. */
  readonly id: string;
  /** What it is about: a log group, a plugin, a path; empty for the whole agent. */
  readonly subject: string;
  readonly status: Status;
  /** One sentence or two. Never holds a secret. */
  readonly message: string;
  /** What to do. */
  readonly hint?: string | undefined;
  readonly details?: readonly string[] | undefined;
}

export interface DoctorReport {
  readonly version: 1;
  readonly configFile: string;
  /** ISO 8601. */
  readonly at: string;
  readonly node: string;
  readonly checks: readonly Check[];
  readonly counts: Readonly<Record<Status, number>>;
  /** 0: fine, 1: at least one problem, 2: warnings alone. */
  readonly exitCode: 0 | 1 | 2;
}

/** Puts the checks into a report. */
export function makeReport(head: Pick<DoctorReport, 'configFile' | 'at' | 'node'>, checks: readonly Check[]): DoctorReport {
  const counts = { ok: 0, warning: 0, problem: 0, unknown: 0 };
  for (const { status } of checks) counts[status]++;
  return { version: 1, ...head, checks, counts, exitCode: counts.problem > 0 ? 1 : counts.warning > 0 ? 2 : 0 };
}
