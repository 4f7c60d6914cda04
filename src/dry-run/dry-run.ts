/** From a configuration and logs to the report. */
import { ConfigError } from '../errors.ts';
import { assembleReport, invalidReport } from './assemble.ts';
import { findOrigins } from './origins.ts';
import type { Scene } from './rehearsal.ts';
import type { DryRunReport, SetupReport } from './report.ts';
import { runDry, type RunOptions } from './run.ts';
import { addStaticParts } from './static-parts.ts';

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
