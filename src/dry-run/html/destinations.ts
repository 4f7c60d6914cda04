/** The parts of the page that say what arrives where, what it costs and what it needs. */
import { byteText } from '../layout.ts';
import { group } from '../problems.ts';
import type { DryRunReport, StreamReport } from '../report.ts';
import { stepName } from '../step-name.ts';
import { escapeHtml } from './escape.ts';
import { code, plural, section, span, table, type Cell, type Column } from './html.ts';

/** Streams that the page shows before its script pages them, and rows of a page. */
export const PAGE_ROWS = 50;

export const STREAM_COLUMNS: readonly Column[] = [
  { name: 'Stream' }, { name: 'Group' }, { name: 'Events', number: true }, { name: 'Bytes', number: true }, { name: 'Requests', number: true }, { name: 'Events from … to (UTC)' },
];

export function groups(report: DryRunReport): string {
  const { groups: all } = report.cloudwatch;
  if (all.length === 0) return '';
  const rows = all.map((one): Cell[] => {
    const tags = Object.entries(one.tags).map(([key, value]) => `${key}=${value}`).join(', ');
    const facts = one.existence === 'created' ? `created if missing, kept ${one.retentionDays === null ? 'for ever' : plural(one.retentionDays, 'day')}` : 'has to exist';
    return [
      { html: code(one.name), sort: one.name }, one.events, { html: byteText(one.bytes), sort: one.bytes }, one.streams.length, one.requests, one.region ?? 'of the environment',
      tags === '' ? facts : `${facts}; tags ${tags}`, one.outputs.map((step) => stepName(report.steps[step]!)).join(', '),
    ];
  });
  return section('groups', 'Log groups', table('Log groups that events go to', [
    { name: 'Group' }, { name: 'Events', number: true }, { name: 'Bytes', number: true }, { name: 'Streams', number: true }, { name: 'Requests', number: true }, { name: 'Region' }, { name: 'Group is' }, { name: 'Output' },
  ], rows), group(all.length));
}

/** The first page stands here; the script shows the others. */
export function streams({ cloudwatch: { groups: all } }: DryRunReport): string {
  const rows = all.flatMap(({ name, streams: some }) => some.map((stream) => ({ name, stream })));
  if (rows.length === 0) return '';
  const shown = rows.slice(0, PAGE_ROWS).map(({ name, stream }) => streamRow(name, stream));
  return section('streams', 'Streams', `<div class="tools" id="streams-tools" hidden><label>Find a stream <input type="search" id="streams-search" autocomplete="off" spellcheck="false"></label><span id="streams-count" role="status"></span><span class="pages"><button type="button" id="streams-back">Previous</button><button type="button" id="streams-next">Next</button></span></div>${table('Log streams', STREAM_COLUMNS, shown, 'streams-table')}${rows.length > PAGE_ROWS ? `<noscript><p class="below">The first ${PAGE_ROWS} of ${group(rows.length)}; scripts have to be allowed for the others.</p></noscript>` : ''}`, group(rows.length));
}

function streamRow(name: string, { name: stream, events, bytes, requests, first, last }: StreamReport): Cell[] {
  return [{ html: code(stream), sort: stream }, { html: code(name), sort: name }, events, { html: byteText(bytes), sort: bytes }, requests, { html: escapeHtml(span(first, last)), sort: first ?? '' }];
}

export function others(report: DryRunReport): string {
  const some = report.destinations.filter(({ step, name }) => name === null || !report.cloudwatch.groups.some(({ outputs }) => outputs.includes(step)));
  if (some.length === 0) return '';
  const rows = some.map(({ step, type, name, events, bytes, batches, first, last }): Cell[] => [
    stepName(report.steps[step]!), name === null ? (type === 'null' ? 'thrown away, as configured' : null) : { html: code(name), sort: name }, events, { html: byteText(bytes), sort: bytes }, batches, span(first, last),
  ]);
  return section('others', 'Other destinations', table('Where other outputs write or send', [
    { name: 'Output' }, { name: 'Place' }, { name: 'Events', number: true }, { name: 'Bytes', number: true }, { name: 'Batches', number: true }, { name: 'Events from … to (UTC)' },
  ], rows), group(some.length));
}

export function samples(report: DryRunReport): string {
  const all = [
    ...report.cloudwatch.groups.flatMap(({ name, streams: some }) => some.map((stream) => ({ title: stream.name, of: name, events: stream.samples }))),
    ...report.destinations.filter(({ type }) => type !== 'cloudwatch_logs').map(({ type, name, samples: events }) => ({ title: name ?? type, of: type, events })),
  ].filter(({ events }) => events.length > 0);
  if (all.length === 0) return '';
  const items = all.map(({ title, of, events }) => `<details class="found"><summary>${code(title)} <span class="dim">${escapeHtml(of)}</span></summary><ul class="samples">${events.map(({ time, text, bytes, cut }) => `<li><div class="dim">${escapeHtml(time === '' ? 'no time' : time)} · ${byteText(bytes)}${cut ? ', cut here' : ''}</div><pre>${pretty(text, cut)}</pre></li>`).join('')}</ul></details>`).join('\n');
  return section('samples', 'Sample events', `<p>As they would be stored.</p>${items}`);
}

/** JSON with its fields on lines of their own. */
function pretty(text: string, cut: boolean): string {
  if (!cut && text.startsWith('{')) {
    try {
      return escapeHtml(JSON.stringify(JSON.parse(text), undefined, 2)).replace(/^( *)(&quot;.*?&quot;):/gm, '$1<b>$2</b>:');
    } catch {
      // Shown as it is.
    }
  }
  return escapeHtml(text);
}

export function iam({ iam: policy }: DryRunReport): string {
  if (policy === null) return '';
  const notes = policy.notes.length === 0 ? '' : `<ul class="notes">${policy.notes.map((note) => `<li>${escapeHtml(note)}</li>`).join('')}</ul>`;
  return section('iam', 'IAM policy', `<p>The permissions that this configuration needs, and no more.</p><div class="copied"><button type="button" class="copy" data-copy="iam-policy" hidden>Copy the policy</button><pre id="iam-policy" tabindex="0">${escapeHtml(JSON.stringify(policy.policy, undefined, 2))}</pre></div>${notes}`);
}
