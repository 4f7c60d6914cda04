/**
 * A plan: a dry run that others are compared with later (`--out`). The file is JSON:
 * `{version, kind: "logferry plan", setup, files: [{path, bytes, lines}], places: [{type, name, events, bytes, sum}],
 * followed: {places: [KEY], files: [{path, lines, complete, at: [LINE], places: [INDEX], hashes: [NUMBER]}]}}`.
 *
 * A place has few bytes however many events it gets, as their hashes are added up; single events are in it for the first lines of each
 * file alone (`PLAN_LIMITS`). So the plan of a gigabyte of logs has a few megabytes.
 */
import type { Fingerprint } from './compare-fingerprints.ts';
import type { Followed, FollowLimits } from './compare-follow.ts';
import type { DryRunReport } from './report.ts';

export const PLAN_VERSION = 1;

/** Lines that are followed one by one, for a file and for all, where a plan is written or compared with. */
export const PLAN_LIMITS: FollowLimits = { fileLines: 20_000, lines: 400_000 };
/** The same where both configurations are there. */
export const EXACT_LIMITS: FollowLimits = { fileLines: Infinity, lines: 1_000_000 };

export interface Plan {
  readonly version: typeof PLAN_VERSION;
  readonly kind: 'logferry plan';
  readonly setup: { readonly configFile: string; readonly now: string };
  /** What was read, by path. */
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly lines: number }[];
  readonly places: readonly Fingerprint[];
  readonly followed: Followed;
}

export function planOf({ setup, sources }: DryRunReport, places: readonly Fingerprint[], followed: Followed): Plan {
  const files = new Map(sources.flatMap((source) => source.files.map(({ path, bytes, lines }) => [path, { path, bytes, lines }])));
  return {
    version: PLAN_VERSION, kind: 'logferry plan', setup: { configFile: setup.configFile, now: setup.now },
    files: [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1)), places, followed,
  };
}

/** Throws an Error that names the file if it is not a plan. */
export function parsePlan(text: string, file: string): Plan {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`${file}: expected a plan that 'logferry dry-run --out' has written, found no JSON`);
  }
  const plan = value as Partial<Plan> | null;
  if (typeof plan !== 'object' || plan?.kind !== 'logferry plan') throw new Error(`${file}: expected a plan that 'logferry dry-run --out' has written, found other JSON`);
  if (plan.version !== PLAN_VERSION) throw new Error(`${file}: this is a plan of version ${String(plan.version)}, expected ${PLAN_VERSION}: write it again with this program`);
  const { files, places, followed, setup } = plan;
  const isWhole = Array.isArray(files) && Array.isArray(places) && typeof setup?.configFile === 'string' && Array.isArray(followed?.places) && Array.isArray(followed.files)
    && followed.files.every(({ at, places: some, hashes }) => Array.isArray(at) && Array.isArray(some) && Array.isArray(hashes) && at.length === some.length && at.length === hashes.length);
  if (!isWhole) throw new Error(`${file}: the plan is damaged`);
  return plan as Plan;
}
