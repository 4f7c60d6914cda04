/**
 * The script of the page: theme, search, sorting, pages of streams, the flow's details, copying. The page is complete without it but for
 * the streams behind the first page. It runs as it stands here, so it has no types and stays small; texts go into the page as text alone.
 */
export const SCRIPT = String.raw`'use strict';
(() => {
const $ = (id) => document.getElementById(id);
const report = JSON.parse($('report').textContent);
const root = document.documentElement;

const theme = $('theme');
const dark = () => root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
const showTheme = () => { theme.textContent = dark() ? 'Light' : 'Dark'; theme.setAttribute('aria-label', dark() ? 'Switch to light colours' : 'Switch to dark colours'); };
theme.hidden = false;
showTheme();
theme.addEventListener('click', () => { root.dataset.theme = dark() ? 'light' : 'dark'; showTheme(); });
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', showTheme);

const svg = document.querySelector('svg.flow');
if (svg) {
  const parts = [...svg.querySelectorAll('[data-routes]')];
  const detail = $('flow-detail');
  const show = (part) => {
    svg.classList.toggle('some', Boolean(part));
    const wanted = new Set(part ? part.dataset.routes.split(' ') : []);
    for (const other of parts) other.classList.toggle('on', other === part || (part?.classList.contains('node') && other.dataset.routes.split(' ').some((route) => wanted.has(route))));
    detail.textContent = part ? part.dataset.detail : '';
  };
  for (const part of parts) {
    for (const event of ['pointerenter', 'focus']) part.addEventListener(event, () => show(part));
    for (const event of ['pointerleave', 'blur']) part.addEventListener(event, () => show(undefined));
  }
}

for (const button of document.querySelectorAll('.copy')) {
  button.hidden = false;
  button.addEventListener('click', async () => {
    const target = $(button.dataset.copy);
    const label = button.dataset.label ??= button.textContent;
    try {
      await navigator.clipboard.writeText(target.textContent);
      button.textContent = 'Copied';
    } catch {
      getSelection().selectAllChildren(target);
      button.textContent = document.execCommand?.('copy') ? 'Copied' : 'Selected: press Ctrl+C';
    }
    setTimeout(() => { button.textContent = label; }, 2000);
  });
}

const order = (a, b) => typeof a === 'number' && typeof b === 'number' ? a - b : a < b ? -1 : a > b ? 1 : 0;
const turn = (head) => {
  const down = head.getAttribute('aria-sort') === 'none' ? head.classList.contains('number') : head.getAttribute('aria-sort') === 'ascending';
  for (const other of head.parentElement.children) other.setAttribute('aria-sort', 'none');
  head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
  return down ? -1 : 1;
};
const valueOf = (cell, isNumber) => isNumber ? (cell.dataset.sort === undefined ? -1 : Number(cell.dataset.sort)) : (cell.dataset.sort ?? cell.textContent).toLowerCase();
for (const table of document.querySelectorAll('table:not(#streams-table)')) {
  for (const [column, head] of [...table.tHead.rows[0].cells].entries())
    head.firstElementChild.addEventListener('click', () => {
      const sign = turn(head);
      const isNumber = head.classList.contains('number');
      const rows = [...table.tBodies[0].rows].map((row) => [valueOf(row.cells[column], isNumber), row]);
      rows.sort((a, b) => sign * order(a[0], b[0]));
      table.tBodies[0].append(...rows.map(([, row]) => row));
    });
}

const group = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ',');
const bytes = (number) => {
  if (number < 1000) return number + ' B';
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = number / 1000, unit = 0;
  while (value >= 999.95 && unit < units.length - 1) { value /= 1000; unit++; }
  return value.toFixed(value < 100 ? 1 : 0) + ' ' + units[unit];
};
const span = (first, last) => {
  if (first === null || last === null) return '–';
  const a = first.slice(0, 19).replace('T', ' '), b = last.slice(0, 19).replace('T', ' ');
  return a + ' … ' + (a.slice(0, 10) === b.slice(0, 10) ? b.slice(11) : b);
};
const visible = (text) => text.replace(/[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, (char) => '[U+' + char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0') + ']');

const streams = $('streams-table');
let findStreams = () => 0;
if (streams) {
  const all = report.cloudwatch.groups.flatMap(({ name, streams }) => streams.map((one) => ({
    keys: [one.name, name, one.events, one.bytes, one.requests, one.first ?? ''],
    cells: () => [visible(one.name), visible(name), group(one.events), bytes(one.bytes), group(one.requests), span(one.first, one.last)],
    text: (one.name + ' ' + name).toLowerCase(),
  })));
  const PAGE = Number(streams.dataset.page || 50);
  let shown = all, page = 0;
  const body = streams.tBodies[0];
  const draw = () => {
    const last = Math.max(0, Math.ceil(shown.length / PAGE) - 1);
    page = Math.min(page, last);
    const rows = shown.slice(page * PAGE, (page + 1) * PAGE).map(({ cells }) => {
      const row = document.createElement('tr');
      for (const [i, text] of cells().entries()) {
        const cell = document.createElement(i === 0 ? 'th' : 'td');
        if (i === 0) cell.scope = 'row';
        if (i >= 2 && i <= 4) cell.className = 'number';
        if (i < 2) cell.append(Object.assign(document.createElement('code'), { textContent: text }));
        else cell.textContent = text;
        row.append(cell);
      }
      return row;
    });
    body.replaceChildren(...rows);
    $('streams-count').textContent = shown.length === 0 ? 'no stream has that' : group(page * PAGE + 1) + '–' + group(Math.min(shown.length, (page + 1) * PAGE)) + ' of ' + group(shown.length) + (shown.length < all.length ? ' found' : '');
    $('streams-back').disabled = page === 0;
    $('streams-next').disabled = page >= last;
  };
  const words = () => ($('search').value + ' ' + $('streams-search').value).toLowerCase().split(/\s+/).filter(Boolean);
  findStreams = () => {
    const wanted = words();
    shown = all.filter(({ text }) => wanted.every((word) => text.includes(word)));
    page = 0;
    draw();
    return shown.length;
  };
  $('streams-tools').hidden = false;
  $('streams-search').addEventListener('input', findStreams);
  $('streams-back').addEventListener('click', () => { page--; draw(); });
  $('streams-next').addEventListener('click', () => { page++; draw(); });
  for (const [column, head] of [...streams.tHead.rows[0].cells].entries())
    head.firstElementChild.addEventListener('click', () => {
      const sign = turn(head);
      all.sort((a, b) => sign * order(a.keys[column], b.keys[column]));
      findStreams();
    });
  draw();
}

const search = $('search');
search.parentElement.hidden = false;
const parts = [...document.querySelectorAll('main table:not(#streams-table) tbody tr, .findings > li, details.found')].map((element) => [element, element.textContent.toLowerCase()]);
const find = () => {
  const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const [element, text] of parts) {
    const fits = wanted.every((word) => text.includes(word));
    element.hidden = !fits;
    if (fits) found++;
  }
  found += findStreams();
  $('found').textContent = wanted.length === 0 ? '' : group(found) + ' found';
};
let timer;
search.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(find, 120); });
document.addEventListener('keydown', (event) => {
  if (event.key === '/' && !/INPUT|TEXTAREA/.test(document.activeElement.tagName)) { event.preventDefault(); search.focus(); }
});
const asked = new URLSearchParams(location.hash.slice(1));
if (asked.has('find')) { search.value = asked.get('find'); find(); }
if (asked.has('theme')) { root.dataset.theme = asked.get('theme') === 'dark' ? 'dark' : 'light'; showTheme(); }
root.dataset.ready = 'yes';
})();
`;
