/** What the plan costs, on the page: by item, and by namespace and pod where names of streams tell them. */
import { byteText } from '../layout.ts';
import type { CostReport, DryRunReport } from '../report.ts';
import { escapeHtml } from './escape.ts';
import { section, table, type Cell } from './html.ts';

export function cost(report: DryRunReport): string {
  const { cost: estimate } = report;
  if (estimate === null) return '';
  const { byNamespace, byPod, totalPerMonth, items, assumptions } = estimate;
  const pods = byPod.filter(({ pod }) => pod !== null);
  const parts: string[] = [];
  if (totalPerMonth !== null) {
    parts.push(`<p class="total"><b>${money(totalPerMonth)}</b> a month, if logs go on as they did</p>`);
    parts.push(table('Cost by item', [{ name: 'What' }, { name: 'Quantity' }, { name: 'A month', number: true }], items.map(({ what, quantity, perMonth }): Cell[] => [what, quantity, costCell(perMonth)])));
  }
  if (pods.length > 0) {
    const total = byNamespace.reduce((sum, { bytes }) => sum + bytes, 0);
    const columns = [{ name: 'Events', number: true }, { name: 'Billed', number: true }, { name: 'Share', number: true }, ...(totalPerMonth === null ? [] : [{ name: 'A month', number: true }])];
    const cells = ({ events, bytes, perMonth }: CostReport['byPod' | 'byNamespace'][number]): Cell[] => [
      events, { html: byteText(bytes), sort: bytes }, { html: `${((bytes / total) * 100).toFixed(1)} %`, sort: bytes / total }, ...(totalPerMonth === null ? [] : [costCell(perMonth)]),
    ];
    parts.push(table('By namespace', [{ name: 'Namespace' }, { name: 'Pods', number: true }, ...columns], byNamespace.map((share): Cell[] => [share.namespace ?? 'not of a pod', share.pods, ...cells(share)])));
    parts.push(table(pods.length > MAX_PODS ? `By pod: the largest ${MAX_PODS}` : 'By pod', [{ name: 'Pod' }, { name: 'Namespace' }, ...columns], pods.slice(0, MAX_PODS).map((share): Cell[] => [share.pod, share.namespace, ...cells(share)])));
  }
  if (assumptions.length > 0) parts.push(`<details><summary>What was assumed</summary><ul class="notes">${assumptions.map((text) => `<li>${escapeHtml(text)}</li>`).join('')}</ul></details>`);
  return section('cost', totalPerMonth === null ? 'Volume' : 'Cost', parts.join(''));
}

function costCell(perMonth: number | null): Cell {
  return perMonth === null ? null : { html: money(perMonth), sort: perMonth };
}

const MAX_PODS = 100;

function money(usd: number): string {
  return `$${usd.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}
