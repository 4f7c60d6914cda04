/** The part of the page that says what changes against another configuration. */
import { byteText } from '../layout.ts';
import { group } from '../problems.ts';
import type { ChangeSample, ComparisonReport, PlaceCount } from '../compare-report.ts';
import { escapeHtml } from './escape.ts';
import { code, section, table, type Cell } from './html.ts';

/** Places that are listed. */
const MAX_PLACES = 500;

const NAMES = { moved: 'moves', changed: 'changes', appeared: 'appears', vanished: 'vanishes' } as const;
const TONES = { moved: 'note', changed: 'altered', appeared: 'note', vanished: 'lost' } as const;

export function changes(comparison: ComparisonReport | null): string {
  if (comparison === null) return '';
  const { before, sentence, sameLogs, followed, places, groups, changes: all } = comparison;
  const notes = [
    ...(sameLogs ? [] : ['The logs are not the same as those of the plan: what differs may come from them.']),
    ...(followed.complete ? [] : [`Counts are of all events; single events were followed in the first ${group(followed.events)} of them.`]),
  ];
  const items = all.map(({ kind, from, to, events, samples }) => `<li class="${TONES[kind]}"><div class="line"><span class="badge">${NAMES[kind]}</span><h3>${group(events)} ${events === 1 ? 'event' : 'events'}</h3><span class="where">${[from, to].filter((name, i, both) => name !== null && both.indexOf(name) === i).map((name) => code(name!)).join(' → ')}</span></div>${samples.length === 0 ? '' : `<ul class="samples">${samples.map(sample).join('')}</ul>`}</li>`).join('');
  const tables = [
    groups.length === 0 ? '' : table('Log groups that differ', COLUMNS('Group'), groups.map(({ name, before: a, after: b }) => row(name, a, b))),
    places.length === 0 ? '' : table(places.length > MAX_PLACES ? `The first ${MAX_PLACES} of ${group(places.length)} places that differ` : 'Places that differ', COLUMNS('Place'), places.slice(0, MAX_PLACES).map(({ name, type, before: a, after: b }) => row(name === '' ? type : name, a, b))),
  ];
  return section('changes', 'Changes', `<p>Against ${code(before.configFile)}: ${escapeHtml(sentence)}.</p>${notes.map((note) => `<p class="hint">${escapeHtml(note)}</p>`).join('')}${items === '' ? '' : `<ul class="findings">${items}</ul>`}${tables.join('')}`);
}

const COLUMNS = (name: string) => [{ name }, { name: 'Events before', number: true }, { name: 'Events after', number: true }, { name: 'Bytes before', number: true }, { name: 'Bytes after', number: true }];

function row(name: string, before: PlaceCount | null, after: PlaceCount | null): Cell[] {
  const bytes = (count: PlaceCount | null): Cell => (count ? { html: byteText(count.bytes), sort: count.bytes } : null);
  return [{ html: code(name), sort: name }, before?.events ?? null, after?.events ?? null, bytes(before), bytes(after)];
}

function sample({ origin, from, to, before, after, beforeTime, afterTime }: ChangeSample): string {
  const places = from !== null && to !== null && from !== to ? ` <span class="dim">${escapeHtml(from)} → ${escapeHtml(to)}</span>` : ` <span class="dim">${escapeHtml(to ?? from ?? '')}</span>`;
  const texts = before === after && before !== null ? `<pre>${escapeHtml(before)}</pre>` : `${before === null ? '' : `<pre class="before"><span class="sr">before: </span>${escapeHtml(before)}</pre>`}${after === null ? '' : `<pre class="after"><span class="sr">after: </span>${escapeHtml(after)}</pre>`}`;
  return `<li><div>${code(`${origin.path}:${origin.line}`)}${places}</div>${beforeTime !== null && afterTime !== null && beforeTime !== afterTime ? `<div>time ${escapeHtml(beforeTime)} → ${escapeHtml(afterTime)}</div>` : ''}${texts}</li>`;
}
