/** Warnings, cost and permissions as text. */
import { costShares } from './cost.ts';
import { byteText, clip, spread, WIDTH, wrap, type Paint } from './layout.ts';
import type { DryRunReport, WarningReport } from './report.ts';
import { placeName } from './step-name.ts';

/** Namespaces that are listed. */
const MAX_NAMESPACES = 5;

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

function costLines({ cost, cloudwatch }: DryRunReport, paint: Paint): string[] {
  if (cost === null || cost.totalPerMonth === null) return [];
  const rate = `${cost.eventsPerSec} events/s, ${byteText(Math.round(cost.bytesPerSec ?? 0))}/s, ${cost.requestsPerSec} requests/s`;
  const lines = [spread(`  ${money(cost.totalPerMonth)} a month, if logs go on as they did`, rate)];
  const shares = costShares(cloudwatch, 'namespace');
  const all = shares.reduce((sum, { bytes }) => sum + bytes, 0);
  if (shares.some(({ namespace }) => namespace !== null))
    for (const { namespace, bytes } of shares.slice(0, MAX_NAMESPACES))
      lines.push(spread(`    ${namespace === null ? '(other streams)' : `namespace ${namespace}`}`, `${((100 * bytes) / all).toFixed(1)} %  ${money((cost.totalPerMonth * bytes) / all)}`, 70));
  return [...lines, ...cost.assumptions.flatMap((text) => wrap(text, WIDTH - 4).map((part) => paint.dim(`    ${part}`)))];
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
