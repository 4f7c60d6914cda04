/** The tiles at the top: what matters at a glance, with the last minute of it. */
import { byId, h, setText, svg } from './dom.js';
import { bytes, count, rate, span } from './format.js';

const POINTS = 60;
/** A line that begins is drawn as if it had so many points. */
const FEWEST = 15;

const TILES = [
  { name: 'Read', value: ({ history }) => history.rate('lines'), text: (value) => `${rate(value)} /s`, more: ({ history }) => `${bytes(history.rate('bytes'))}/s` },
  { name: 'Delivered', value: ({ history }) => history.rate('delivered'), text: (value) => `${rate(value)} /s`, more: ({ status }) => `${count(sum(status.ledger.outputs, 'delivered'))} events so far` },
  { name: 'Not read yet', value: ({ status }) => status.filesTotal.unreadBytes, text: bytes, more: ({ status }) => `in ${count(status.filesTotal.count)} open file${status.filesTotal.count === 1 ? '' : 's'}` },
  { name: 'In buffers', value: ({ status }) => sum(status.buffers, 'waiting'), text: count, more: ({ status }) => `events, ${bytes(sum(status.buffers, 'stageBytes') + sum(status.buffers, 'queueBytes'))}` },
  {
    name: 'Oldest unsent', value: ({ status }) => status.oldestUnsentSeconds, text: span,
    more: ({ status }) => retryText(status),
    tone: ({ status }) => (status.buffers.some(({ retry }) => retry) ? 'bad' : ''),
  },
  { name: 'Memory', value: ({ status }) => status.process.rssBytes, text: bytes, more: ({ status }) => `heap ${bytes(status.process.heapUsedBytes)}` },
  { name: 'CPU', value: ({ history }) => history.rate('cpu') * 100, text: (value) => `${value < 9.95 ? value.toFixed(1) : Math.round(value)} %`, more: ({ status }) => `${span(status.process.cpuSeconds)} so far` },
];

export class Overview {
  #tiles;

  constructor() {
    this.#tiles = TILES.map((tile) => {
      const [value, more, area, line] = [h('dd'), h('dd', { class: 'more' }), svg('polygon'), svg('polyline')];
      const element = h('div', { class: 'tile' }, h('dt', {}, tile.name), value, more, svg('svg', { viewBox: '0 0 100 24', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, area, line));
      return { ...tile, element, cells: { value, more, area, line }, points: [] };
    });
    byId('overview').append(...this.#tiles.map(({ element }) => element));
  }

  show(status, history) {
    for (const { value, text, more, tone, element, cells, points } of this.#tiles) {
      const now = value({ status, history });
      points.push(now);
      if (points.length > POINTS) points.shift();
      setText(cells.value, text(now));
      setText(cells.more, more({ status, history }));
      element.className = `tile ${tone?.({ status, history }) ?? ''}`;
      const most = Math.max(...points) || 1;
      const gaps = Math.max(FEWEST, points.length) - 1;
      const at = points.map((point, index) => `${(100 - ((points.length - 1 - index) * 100) / gaps).toFixed(2)},${(23 - (point / most) * 21).toFixed(2)}`);
      cells.line.setAttribute('points', at.join(' '));
      cells.area.setAttribute('points', [`${at[0].split(',')[0]},24`, ...at, '100,24'].join(' '));
    }
  }
}

function retryText({ buffers, now }) {
  const next = buffers.filter(({ retry }) => retry).map(({ retry }) => retry.nextAt);
  if (next.length === 0) return 'no retries';
  return `next try in ${span(Math.max(0, (Math.min(...next) - now) / 1000))}`;
}

function sum(items, field) {
  return items.reduce((total, item) => total + item[field], 0);
}
