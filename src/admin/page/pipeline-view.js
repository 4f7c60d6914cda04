/** Draws the pipeline; what only changes its numbers changes texts and lines alone. */
import { byId, setText, svg } from './dom.js';
import { cut, rate } from './format.js';
import { FILTER_HEIGHT, LABEL_HEAD, layout } from './pipeline-layout.js';
import { labelName, pipelineModel, pipelineText, shapeOf } from './pipeline-model.js';

const pen = document.createElement('canvas').getContext('2d');

/** As much of the text as fits into so many pixels. `font` as the style sheet has it. */
function fit(text, pixels, font) {
  let most = text.length;
  while (most > 4 && widthOf(cut(text, most), font) > pixels) most--;
  return cut(text, most);
}

function widthOf(text, font) {
  pen.font = `${font} ${getComputedStyle(document.documentElement).fontFamily}`;
  return pen.measureText(text).width;
}

const NAME = '600 13px';
const ROW = '12px';
const SUB = '11.5px';

export class PipelineView {
  #shape = '';
  #width = 0;
  #numbers = new Map();
  #lines = new Map();
  #cards = new Map();

  show(status, history) {
    const model = pipelineModel(status, history);
    const holder = byId('graph');
    const width = Math.floor(holder.clientWidth);
    const shape = shapeOf(model);
    if (shape !== this.#shape || width !== this.#width) {
      this.#shape = shape;
      this.#width = width;
      this.#draw(model, holder, width);
    }
    this.#update(model, status.now);
  }

  #draw(model, holder, available) {
    this.#numbers.clear();
    this.#lines.clear();
    this.#cards.clear();
    const { width, height, places, paths } = layout(model, available);
    const lines = model.edges.map(({ key, wrong }) => {
      const line = svg('path', { class: wrong ? 'edge wrong' : 'edge', d: paths.get(key) });
      const pulse = svg('path', { class: wrong ? 'pulse wrong' : 'pulse', d: paths.get(key) });
      this.#lines.set(key, { line, pulse });
      return svg('g', {}, line, pulse);
    });
    const cards = model.nodes.map((node) => this.#card(node, places.get(node.key)));
    holder.replaceChildren(svg('svg', { width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': pipelineText(model) }, ...lines, ...cards));
  }

  #card(node, { x, y, w, h }) {
    const number = (key, right, base, kind = 'rate') => {
      const text = svg('text', { class: kind, x: right, y: base });
      this.#numbers.set(key, text);
      return text;
    };
    const name = svg('text', { class: 'type', x: 14, y: 22 });
    const parts = [svg('rect', { class: 'card', width: w, height: h, rx: 10 }), svg('rect', { class: 'mark', x: 0, y: 10, width: 4, height: node.kind === 'label' ? LABEL_HEAD - 18 : h - 20 })];
    if (node.kind === 'label') {
      parts.push(name, number(node.key, w - 12, 22));
      node.filters.forEach(({ step }, index) => {
        const top = LABEL_HEAD + index * FILTER_HEIGHT;
        parts.push(svg('g', {},
          svg('title', {}, `filter ${step.type} (${step.id}), pattern ${step.pattern}, line ${step.line}`),
          svg('rect', { class: 'row', x: 7, y: top, width: w - 13, height: FILTER_HEIGHT - 4, rx: 6 }),
          svg('text', { class: 'small', x: 14, y: top + 16 }, fit(step.type, w - 53, ROW)),
          number(`${node.key} ${step.id}`, w - 13, top + 16, 'rate small')));
      });
    } else {
      const { step } = node;
      const sub = svg('text', { class: 'sub', x: 14, y: 40 });
      this.#numbers.set(`${node.key} sub`, sub);
      parts.push(svg('title', {}, `${step.kind} ${step.type} (${step.id}), ${step.file} line ${step.line}`), name, number(node.key, w - 12, 22), sub);
    }
    const card = svg('g', { class: node.kind, transform: `translate(${x} ${y})` }, ...parts);
    this.#cards.set(node.key, { card, name, room: w - 24, width: w, digits: 0 });
    return card;
  }

  #update({ nodes, edges }, now) {
    const set = (key, text) => setText(this.#numbers.get(key), text);
    // A name has what its rate leaves of the card.
    const setRate = (key, wholeName, value) => {
      const text = rate(value);
      set(key, text);
      const known = this.#cards.get(key);
      if (text.length === known.digits) return;
      known.digits = text.length;
      setText(known.name, fit(wholeName, known.width - 30 - widthOf(text, NAME), NAME));
    };
    for (const node of nodes) {
      if (node.kind === 'label') {
        setRate(node.key, labelName(node.name), edges.filter(({ to }) => to === node.key).reduce((sum, edge) => sum + edge.rate, 0));
        for (const filter of node.filters) set(`${node.key} ${filter.step.id}`, passText(filter, this.#cards.get(node.key).width));
        continue;
      }
      const { card, room } = this.#cards.get(node.key);
      setRate(node.key, node.step.type, node.rate);
      set(`${node.key} sub`, fit(subtitle(node, now), room, SUB));
      card.classList.toggle('failing', Boolean(node.retry));
    }
    const most = Math.max(1, ...edges.map((edge) => edge.rate));
    for (const { key, rate: flow, from, to } of edges) {
      const { line, pulse } = this.#lines.get(key);
      const width = flow > 0 ? 2 + 7 * Math.sqrt(flow / most) : 1.5;
      line.setAttribute('stroke-width', width.toFixed(1));
      line.classList.toggle('still', flow <= 0);
      pulse.setAttribute('stroke-width', Math.max(1.6, width * 0.45).toFixed(1));
      pulse.style.animationDuration = `${(2.4 - 1.8 * Math.sqrt(flow / most)).toFixed(2)}s`;
      if (line.lastChild?.nodeName !== 'title') line.append(svg('title'));
      setText(line.lastChild, `${nameOf(from)} to ${nameOf(to)}: ${rate(flow)} events per second`);
    }
  }
}

function nameOf(key) {
  return key.startsWith('l ') ? labelName(key.slice(2)) : key.slice(2);
}

/** What a filter is given, and what it leaves if that is less; where both do not fit, what it leaves. */
function passText({ step, rate: given, out }, width) {
  const both = `${rate(given)} → ${rate(out)}`;
  return rate(given) !== rate(out) && widthOf(step.type, ROW) + widthOf(both, `600 ${ROW}`) < width - 34 ? both : rate(out);
}

function subtitle({ step, retry }, now) {
  if (retry) return `failing, tries again in ${Math.max(0, Math.round((retry.nextAt - now) / 1000))} s`;
  if (step.kind === 'input') return step.named ? step.id : `→ ${labelName(step.label)}`;
  if (step.owner !== null) return step.named ? step.id : 'store';
  return step.named ? step.id : (step.pattern ?? '');
}
