/** Dry runs whose plans are compared: with a saved one, or with that of another configuration over the same logs. */
import { compare, differing, wantedLines, withTexts } from './compare.ts';
import { Fingerprints } from './compare-fingerprints.ts';
import { followEvents, textsOf, type FollowLimits } from './compare-follow.ts';
import { EXACT_LIMITS, PLAN_LIMITS, planOf, type Plan } from './compare-plan.ts';
import type { ComparisonReport } from './compare-report.ts';
import { dryRun } from './dry-run.ts';
import type { Scene } from './rehearsal.ts';
import type { DryRunReport, SetupReport } from './report.ts';
import type { RunOptions } from './run.ts';

/** A dry run that has taken fingerprints. */
export interface Fingerprinted {
  readonly scene: Scene;
  readonly report: DryRunReport;
  readonly fingerprints: Fingerprints;
}

export async function dryRunFingerprinted(scene: Scene, options: RunOptions, setup: () => SetupReport): Promise<Fingerprinted> {
  const fingerprints = new Fingerprints();
  return { scene, report: await dryRun(scene, { ...options, fingerprints }, setup), fingerprints };
}

/** The plan of a dry run, for `--out`. Follows single events as far as a plan does. */
export async function makePlan({ scene, report, fingerprints }: Fingerprinted): Promise<Plan> {
  return planOf(report, fingerprints.all, await followEvents(scene, PLAN_LIMITS, () => true));
}

/** Against a saved plan. Samples have no text of before, as a plan has none, unless the event is the same. */
export async function compareWithPlan(before: Plan, run: Fingerprinted): Promise<ComparisonReport> {
  const comparison = compare(before, await makePlan(run));
  const texts = await textsOf(run.scene, wantedLines(comparison), PLAN_LIMITS);
  return withTexts(comparison, { before: undefined, after: texts });
}

/** Against another configuration, over the same logs. Only sources whose events come to places that differ are followed. */
export async function compareRuns(before: Fingerprinted, after: Fingerprinted, limits: FollowLimits = EXACT_LIMITS): Promise<ComparisonReport> {
  const keys = differing(before.fingerprints.all, after.fingerprints.all);
  const follow = async ({ scene, report, fingerprints }: Fingerprinted, wants: (source: number) => boolean) =>
    planOf(report, fingerprints.all, keys.size === 0 ? { places: [], files: [] } : await followEvents(scene, limits, wants));
  // Which files feed a place is told by their sources: a file that one configuration reads is followed in the other one, too.
  const files = new Set([before, after].flatMap((run) => filesReaching(run, keys)));
  const wants = ({ report }: Fingerprinted) => (source: number) => report.sources[source]!.files.some(({ path }) => files.has(path));
  const comparison = compare(await follow(before, wants(before)), await follow(after, wants(after)));
  const wanted = wantedLines(comparison);
  return withTexts(comparison, { before: await textsOf(before.scene, wanted, limits), after: await textsOf(after.scene, wanted, limits) });
}

/** Paths of sources whose events come to one of the places. */
function filesReaching({ report: { sources }, fingerprints: { bySource } }: Fingerprinted, keys: ReadonlySet<string>): string[] {
  const known = new Set([...bySource].flatMap(([source, places]) => (source < 0 ? [] : [...places])));
  // What filters held to the end has no source: if a place gets nothing else, it may be any.
  const isUnknown = [...(bySource.get(-1) ?? [])].some((place) => keys.has(place) && !known.has(place));
  return sources.flatMap(({ files }, i) => (isUnknown || [...(bySource.get(i) ?? [])].some((place) => keys.has(place)) ? files.map(({ path }) => path) : []));
}

