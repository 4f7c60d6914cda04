/** `logferry dry-run --out`, `--compare` and `--compare-config`: plans, and what changes between two of them. */
import { readFileSync } from 'node:fs';
import { compareRuns, compareWithPlan, dryRunFingerprinted, parsePlan, type ComparisonReport, type Fingerprinted, type Plan, type RunOptions, type Scene, type SetupReport } from '../dry-run/index.ts';
import { errorText } from '../errors.ts';

export interface CompareOptions {
  /** A plan's file. */
  readonly compare?: string | undefined;
  /** Another configuration. */
  readonly 'compare-config'?: string | undefined;
}

/** What a run is compared with; undefined: nothing was asked for. Throws an Error before anything has been read if it is no plan. */
export type Comparer = (run: Fingerprinted) => Promise<ComparisonReport>;

/** `sceneOf`: the same world with another configuration, and what describes it. */
export function createComparer(
  options: CompareOptions, run: RunOptions, sceneOf: (configFile: string) => { readonly scene: Scene; readonly setup: () => SetupReport; readonly missing: () => readonly string[] },
): Comparer | undefined {
  const { compare: planFile, 'compare-config': configFile } = options;
  if (planFile !== undefined && configFile !== undefined) throw new Error('--compare and --compare-config: one of them, not both');
  if (planFile !== undefined) {
    const plan = readPlan(planFile);
    return (after) => compareWithPlan(plan, after);
  }
  if (configFile === undefined) return undefined;
  return async (after) => {
    const { scene, setup, missing } = sceneOf(configFile);
    const before = await dryRunFingerprinted(scene, { ...run, samples: 0 }, setup);
    if (missing().length > 0) throw new Error(`--compare-config: ${configFile} needs environment variables that are not set: ${missing().join(', ')}`);
    if (before.report.verdict.status === 'invalid') {
      const [first] = before.report.verdict.configuration;
      throw new Error(`--compare-config: ${configFile} is not valid: ${first?.at ? `${first.at.file}:${first.at.line}: ` : ''}${first?.message ?? ''}`);
    }
    return compareRuns(before, after);
  };
}

function readPlan(file: string): Plan {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`--compare: ${errorText(error)}`, { cause: error });
  }
  return parsePlan(text, `--compare: ${file}`);
}
