/** Small pieces of HTML that every part of the page uses. */
import { timeText } from '../layout.ts';
import { group } from '../problems.ts';
import type { Location } from '../../errors.ts';
import { escapeHtml } from './escape.ts';

export interface Column {
  readonly name: string;
  readonly number?: boolean;
}

/** A cell: text that is escaped, or HTML that is complete. `sort` is what the column is ordered by. */
export type Cell = string | number | null | { readonly html: string; readonly sort?: string | number };

/** A section of the page with its heading. */
export function section(id: string, title: string, body: string, note = ''): string {
  return `<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${escapeHtml(title)}${note === '' ? '' : ` <span class="count">${escapeHtml(note)}</span>`}</h2>\n${body}</section>\n`;
}

/** A table whose columns can be sorted and which search filters. */
export function table(caption: string, columns: readonly Column[], rows: readonly (readonly Cell[])[], id = ''): string {
  const head = columns.map(({ name, number }) => `<th scope="col"${number ? ' class="number"' : ''} aria-sort="none"><button type="button" class="sort">${escapeHtml(name)}</button></th>`).join('');
  const body = rows.map((row) => `<tr>${row.map((cell, i) => tableCell(cell, columns[i]!, i === 0)).join('')}</tr>`).join('\n');
  return `<div class="scroll" role="region" aria-label="${escapeHtml(caption)}, table" tabindex="0"><table${id === '' ? '' : ` id="${id}"`}><caption>${escapeHtml(caption)}</caption><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>\n`;
}

function tableCell(cell: Cell, { number }: Column, isHead: boolean): string {
  const tag = isHead ? 'th' : 'td';
  const [html, sort] = typeof cell === 'object' && cell !== null ? [cell.html, cell.sort] : typeof cell === 'number' ? [group(cell), cell] : [escapeHtml(cell ?? '–'), undefined];
  return `<${tag}${isHead ? ' scope="row"' : ''}${number ? ' class="number"' : ''}${sort === undefined ? '' : ` data-sort="${escapeHtml(String(sort))}"`}>${html}</${tag}>`;
}

export function code(text: string): string {
  return `<code>${escapeHtml(text)}</code>`;
}

export function place(at: Location | null): string {
  return at ? `<code class="place" title="${escapeHtml(`${at.file}:${at.line}:${at.column}`)}">${escapeHtml(`${at.file.slice(at.file.lastIndexOf('/') + 1)}:${at.line}`)}</code>` : '';
}

/** A span of time, both ends in UTC. */
export function span(first: string | null, last: string | null): string {
  if (first === null || last === null) return '–';
  const [a, b] = [timeText(first), timeText(last)];
  return a.slice(0, 10) === b.slice(0, 10) ? `${a} … ${b.slice(11)}` : `${a} … ${b}`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${group(count)} ${count === 1 ? one : many}`;
}
