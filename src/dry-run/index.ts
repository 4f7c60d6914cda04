/** Dry runs: what a configuration would do, without doing it. */
import { ConfigError } from '../errors.ts';
import { assembleReport, invalidReport } from './assemble.ts';
import { findOrigins } from './origins.ts';
import type { Scene } from './rehearsal.ts';
import type { DryRunReport, SetupReport } from './report.ts';
import { runDry, type RunOptions } from './run.ts';
import { addStaticParts } from './static-parts.ts';

export { compareRuns, compareWithPlan, dryRunFingerprinted, makePlan, type Fingerprinted } from './compare-run.ts';
export { parsePlan, type Plan } from './compare-plan.ts';
export type { ChangeSample, ComparisonReport, EventChange, PlaceChange, PlaceCount } from './compare-report.ts';
export { createEnvironment, parseEnvironment, parseVariable, type DryEnvironment, type MissingVariable } from './environment.ts';
export { reportHtml } from './html/index.ts';
export { readObjects, type SavedObjects } from './kubernetes-objects.ts';
export { parsePrices, type LogPrices } from './prices.ts';
export type { Scene } from './rehearsal.ts';
export * from './report.ts';
export type { Progress, RunOptions } from './run.ts';
export { reportText } from './text.ts';
export { isoTime } from './times.ts';
export { createTracer, type Traceable, type Tracer } from './trace.ts';
export { traceText } from './trace-text.ts';

/**
 * Plays a configuration through over all logs that it finds. A configuration that is wrong gives a report with its problems;
 * `setup` is asked when it is read, as it shows then which variables are missing.
 */
export async function dryRun(scene: Scene, options: RunOptions, setup: () => SetupReport): Promise<DryRunReport> {
  let outcome;
  try {
    outcome = await runDry(scene, options);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return invalidReport(setup(), error.problems);
  }
  await findOrigins(scene, outcome.findings.all, outcome.rehearsed.steps);
  return addStaticParts(assembleReport(setup(), outcome), scene, outcome.rehearsed, options.prices);
}
