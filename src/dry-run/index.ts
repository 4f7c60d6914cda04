/** Dry runs: what a configuration would do, without doing it. */
export { compareRuns, compareWithPlan, dryRunFingerprinted, makePlan, type Fingerprinted } from './compare-run.ts';
export { parsePlan, type Plan } from './compare-plan.ts';
export type { ChangeSample, ComparisonReport, EventChange, PlaceChange, PlaceCount } from './compare-report.ts';
export { dryRun } from './dry-run.ts';
export { createEnvironment, parseEnvironment, parseVariable, type DryEnvironment, type MissingVariable } from './environment.ts';
export { reportHtml } from './html/index.ts';
export { readObjects, type SavedObjects } from './kubernetes-objects.ts';
export { fitted } from './layout.ts';
export { parsePrices, type LogPrices } from './prices.ts';
export type { Scene } from './rehearsal.ts';
export * from './report.ts';
export type { Progress, RunOptions } from './run.ts';
export { reportText } from './text.ts';
export { isoTime } from './times.ts';
export { createTracer, type Traceable, type Tracer } from './trace.ts';
export { traceText } from './trace-text.ts';
