/** What the plan costs, on the page: by item, and by namespace and pod where names of streams tell them. */
import { costShares, type CostShare } from '../cost.ts';
import { byteText } from '../layout.ts';
import type { DryRunReport } from '../report.ts';
import { escapeHtml } from './escape.ts';
import { section, table, type Cell } from './html.ts';

export function cost(report: DryRunReport): string {
  const { cost: estimate } = report;
  const pods = costShares(report.cloudwatch, 'pod').filter(({ pod }) => pod !== null);
  if (estimate === null && pods.length === 0) return '';
  const parts: string[] = [];
  if (estimate !== null) {
    if (estimate.totalPerMonth !== null) parts.push(`<p class="total"><b>${money(estimate.totalPerMonth)}</b> a month, if logs go on as they did</p>`);
    parts.push(table('Cost by item', [{ name: 'What' }, { name: 'Quantity' }, { name: 'A month', number: true }], estimate.items.map(({ what, quantity, perMonth }): Cell[] => [what, quantity, perMonth === null ? null : { html: money(perMonth), sort: perMonth }])));
  }
  if (pods.length > 0) {
    const all = costShares(report.cloudwatch, 'namespace');
    const total = all.reduce((sum, { bytes }) => sum + bytes, 0);
    const perMonth = estimate?.totalPerMonth ?? null;
    const columns = [{ name: 'Events', number: true }, { name: 'Billed', number: true }, { name: 'Share', number: true }, ...(perMonth === null ? [] : [{ name: 'A month', number: true }])];
    const cells = ({ events, bytes }: CostShare): Cell[] => [
      events, { html: byteText(bytes), sort: bytes }, { html: `${((bytes / total) * 100).toFixed(1)} %`, sort: bytes / total },
      ...(perMonth === null ? [] : [{ html: money((perMonth * bytes) / total), sort: bytes }]),
    ];
    parts.push(table('By namespace', [{ name: 'Namespace' }, ...columns], all.map((share): Cell[] => [share.namespace ?? 'not of a pod', ...cells(share)])));
    parts.push(table(pods.length > MAX_PODS ? `By pod: the largest ${MAX_PODS}` : 'By pod', [{ name: 'Pod' }, { name: 'Namespace' }, ...columns], pods.slice(0, MAX_PODS).map((share): Cell[] => [share.pod, share.namespace, ...cells(share)])));
  }
  if (estimate !== null && estimate.assumptions.length > 0) parts.push(`<details><summary>What was assumed</summary><ul class="notes">${estimate.assumptions.map((text) => `<li>${escapeHtml(text)}</li>`).join('')}</ul></details>`);
  return section('cost', estimate === null ? 'Volume' : 'Cost', parts.join(''));
}

const MAX_PODS = 100;

function money(usd: number): string {
  return `$${usd.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}
