/** What the checks of a configuration find, and what a check is. */
import type { Location } from '../errors.ts';
import type { LintModel } from './model.ts';

/** `warning`: probably not what was meant, or data can be lost; `hint`: works, and there is something to know about it. */
export type Severity = 'warning' | 'hint';

/** Something about a configuration that works. */
export interface Finding {
  /** Stable; see `logferry check --explain`. */
  readonly id: string;
  readonly severity: Severity;
  /** What is there and what follows from it: one sentence. */
  readonly message: string;
  readonly at: Location | null;
  /** What to do about it. */
  readonly hint: string | null;
}

/** A check, with the text that explains it. */
export interface Rule {
  readonly id: string;
  readonly severity: Severity;
  /** One sentence. */
  readonly summary: string;
  /** What happens, why it matters, how to mend it: paragraphs, for `--explain`. */
  readonly doc: string;
}

/** A rule that looks at the configuration itself. */
export interface Check extends Rule {
  run(model: LintModel, report: Report): void;
}

/** Called for each finding. */
export type Report = (message: string, at: Location, hint?: string, severity?: Severity) => void;
