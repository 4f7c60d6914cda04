/** Warnings, cost and permissions as text. */
import { byteText, clip, oneLine, spread, squeeze, WIDTH, wrap, type Paint } from './layout.ts';
import type { DryRunReport, WarningReport } from './report.ts';
import { placeName } from './step-name.ts';

/** Namespaces and pods that are listed. */
const MAX_SHARES = 5;

/** `section` makes the lines of a title. */
export function staticLines(report: DryRunReport, paint: Paint, section: (title: string, paint: Paint) => string[]): string[] {
  const parts: readonly (readonly [title: string, lines: readonly string[]])[] = [
    ['WARNINGS', warningLines(report, paint)], ['COST', costLines(report, paint)], ['PERMISSIONS', iamLines(report, paint)],
  ];
  return parts.flatMap(([title, lines]) => (lines.length === 0 ? [] : [...section(title, paint), ...lines, '']));
}

/** Hints are only counted: they are about the configuration as such. */
function warningLines({ warnings, setup }: DryRunReport, paint: Paint): string[] {
  const equal = new Map<string, WarningReport[]>();
  for (const warning of warnings) {
    if (warning.severity === 'hint') continue;
    const key = `${warning.id} ${warning.message}`;
    equal.set(key, [...(equal.get(key) ?? []), warning]);
  }
  const lines = [...equal.values()].flatMap((all) => {
    const { id, message, hint } = all[0]!;
    const [place = id, ...others] = [...new Set(all.flatMap(({ at }) => (at ? [placeName(at)] : [])))];
    const [first = '', ...rest] = wrap(message, WIDTH - place.length - 6);
    const also = others.length === 0 ? [] : wrap(`also ${others.join(', ')}`, WIDTH - 4);
    return [
      spread(`${paint.yellow('!')} ${first}`, place, WIDTH + paint.yellow('!').length - 1, undefined, paint.dim(place)), ...rest.map((part) => `  ${part}`),
      ...also.map((part) => paint.dim(`    ${part}`)),
      ...(hint === null ? [] : wrap(hint, WIDTH - 4).map((part, i) => paint.dim(`  ${i === 0 ? '→' : ' '} ${part}`))),
    ];
  });
  const hints = warnings.filter(({ severity }) => severity === 'hint').length;
  if (hints > 0) lines.push(paint.dim(clip(`  ${hints} hint${hints === 1 ? '' : 's'}: logferry check -c ${setup.configFile}`, WIDTH)));
  return lines;
}

function costLines({ cost }: DryRunReport, paint: Paint): string[] {
  if (cost === null) return [];
  if (cost.totalPerMonth === null) return cost.assumptions.flatMap((text) => wrap(text, WIDTH - 2).map((part) => paint.dim(`  ${part}`)));
  const rate = `${cost.eventsPerSec} events/s, ${byteText(Math.round(cost.bytesPerSec ?? 0))}/s, ${cost.requestsPerSec} requests/s`;
  const lines = [spread(`  ${money(cost.totalPerMonth)} a month, if logs go on as they did`, rate)];
  const { byNamespace, byPod } = cost;
  if (byPod.some(({ pod }) => pod !== null)) {
    const all = byNamespace.reduce((sum, { bytes }) => sum + bytes, 0);
    lines.push(...shareLines(byNamespace.map((one) => ({ ...one, name: one.namespace === null ? '(other streams)' : `namespace ${one.namespace}` })), 'namespace', all, paint));
    lines.push(...shareLines(byPod.flatMap((one) => (one.pod === null ? [] : [{ ...one, name: `pod ${one.namespace}/${one.pod}` }])), 'pod', all, paint));
  }
  return [...lines, ...cost.assumptions.flatMap((text) => wrap(text, WIDTH - 4).map((part) => paint.dim(`    ${part}`)))];
}

/** The dearest of them. */
function shareLines(shares: readonly { readonly name: string; readonly bytes: number; readonly perMonth: number | null }[], what: string, all: number, paint: Paint): string[] {
  const lines = shares.slice(0, MAX_SHARES).map(({ name, bytes, perMonth }) =>
    spread(`    ${squeeze(oneLine(name), 48)}`, `${((100 * bytes) / all).toFixed(1).padStart(5)} %${money(perMonth ?? 0).padStart(12)}`, 74));
  if (shares.length > MAX_SHARES) lines.push(paint.dim(`    and ${shares.length - MAX_SHARES} more ${what}${shares.length - MAX_SHARES === 1 ? '' : 's'} (--json has all)`));
  return lines;
}

function iamLines({ iam }: DryRunReport, paint: Paint): string[] {
  if (iam === null || iam.policy.Statement.length === 0) return [];
  const lines = iam.policy.Statement.flatMap(({ Action, Resource }) => [`  ${Action.join(', ')}`, ...ofGroups(Resource).map((resource) => paint.dim(`      ${resource}`))]);
  return [...lines, ...iam.notes.map((note) => paint.dim(clip(`    ${note}`, WIDTH))), paint.dim('    the policy itself: --policy FILE')];
}

/** A group and what is in it are one line. */
function ofGroups(resources: readonly string[]): readonly string[] {
  return resources.filter((arn) => !arn.endsWith(':*') || !resources.includes(arn.slice(0, -2)));
}

function money(usd: number): string {
  return `$${usd.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}
