/** The flow as a drawing. */
import { byteText, squeeze } from '../layout.ts';
import { group } from '../problems.ts';
import type { DryRunReport } from '../report.ts';
import { escapeHtml } from './escape.ts';
import { BOX, layOut, type FlowBand, type FlowNode } from './flow.ts';

/** Colours of the style sheet. */
const COLOURS = 8;
/** Letters of a name between two columns, and at the right edge. */
const NAME = 26;
const LAST_NAME = 34;

/** The drawing with its caption; a sentence if nothing flows. */
export function flowFigure(report: DryRunReport): string {
  const flow = layOut(report, byteText, (events) => `${group(events)} event${events === 1 ? '' : 's'}`);
  if (!flow) return '<p class="empty">Nothing flows: no source emitted an event that an output took.</p>';
  const lastX = Math.max(...flow.nodes.map(({ x }) => x));
  const bands = flow.bands.map((each) => band(each)).join('');
  const nodes = flow.nodes.map((each) => box(each, each.x === lastX, flow.bands)).join('');
  return `<figure><div class="scroll" role="region" aria-label="Flow of events, drawing" tabindex="0">
<svg class="flow" viewBox="0 0 ${flow.width} ${flow.height}" width="${flow.width}" height="${flow.height}" role="group" aria-labelledby="flow-caption">${bands}${nodes}</svg></div>
<figcaption id="flow-caption">Sources, labels and destinations. The wider a band, the more bytes would be stored; colours are destinations. Point at a part of it, or reach it with the Tab key, to see its numbers.</figcaption>
<p class="flow-detail" id="flow-detail" aria-live="polite"></p></figure>`;
}

function band({ from, to, value, width, fromY, toY, colour, routes }: FlowBand): string {
  const x1 = from.x + BOX;
  const x2 = to.x;
  const middle = (x1 + x2) / 2;
  const text = `${from.name} to ${to.name}: ${byteText(Math.round(value))} to store`;
  return `<path class="band c${colour % COLOURS}" data-routes="${routes.join(' ')}" data-detail="${escapeHtml(text)}" d="M${n(x1)} ${n(fromY)}C${n(middle)} ${n(fromY)} ${n(middle)} ${n(toY)} ${n(x2)} ${n(toY)}" stroke-width="${n(width)}"><title>${escapeHtml(text)}</title></path>`;
}

function box({ key, kind, name, note, x, y, height, colour }: FlowNode, last: boolean, bands: readonly FlowBand[]): string {
  const routes = [...new Set(bands.filter(({ from, to }) => from.key === key || to.key === key).flatMap((each) => each.routes))];
  const kinds = { source: 'source', label: 'label', group: 'log group', other: 'destination' };
  const text = `${kinds[kind]} ${name}: ${note}`;
  const ends = kind === 'group' || kind === 'other';
  const middle = y + height / 2;
  const textX = x + BOX + 8;
  return `<g class="node ${ends ? `c${colour % COLOURS}` : kind}" tabindex="0" role="img" aria-label="${escapeHtml(text)}" data-routes="${routes.join(' ')}" data-detail="${escapeHtml(text)}"><title>${escapeHtml(text)}</title>
<rect x="${n(x)}" y="${n(y)}" width="${BOX}" height="${n(height)}" rx="3"/><text x="${n(textX)}" y="${n(middle - 3)}" class="name">${escapeHtml(squeeze(name, last ? LAST_NAME : NAME))}</text><text x="${n(textX)}" y="${n(middle + 13)}" class="note">${escapeHtml(note)}</text></g>`;
}

/** Two decimals at most, the same on every machine. */
function n(value: number): string {
  return String(Math.round(value * 100) / 100);
}
