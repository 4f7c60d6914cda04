/** Steps, buffers, files, ledger and log. */
import { byId, h, keyed, setText } from './dom.js';
import { bytes, clock, count, rate, span } from './format.js';
import { labelName } from './pipeline-model.js';

/** A row of so many cells with the names that narrow pages show; `texts` are set by {@link fill}. */
function row(table, kinds) {
  const names = [...byId(table).tHead.rows[0].cells].map((cell) => cell.textContent);
  return h('tr', {}, ...kinds.map((kind, index) => h('td', { class: kind || undefined, 'data-name': names[index] })));
}

function fill(tr, texts) {
  texts.forEach((text, index) => text !== undefined && setText(tr.cells[index], text));
}

function body(table, items, keyOf, create, update, none) {
  const tbody = byId(table).tBodies[0];
  const columns = byId(table).tHead.rows[0].cells.length;
  const shown = items.length > 0 ? items : [undefined];
  keyed(tbody, shown, (item) => (item === undefined ? '' : keyOf(item)),
    (item) => (item === undefined ? h('tr', {}, h('td', { class: 'none', colspan: columns }, none)) : create(item)),
    (tr, item) => item !== undefined && update(tr, item));
}

export function showSteps({ pipeline }, history) {
  const perSecond = (step, field) => rate(history.rate(`${step.kind} ${step.id} ${field}`));
  body('steps', pipeline, ({ kind, id }) => `${kind} ${id}`, () => row('steps', ['', '', '', '', 'number', 'number', 'number', 'number', 'number']), (tr, step) => {
    const out = step.kind === 'filter' ? 'passed' : 'emitted';
    // An input without lines of its own takes in what it emits.
    const into = step.kind !== 'input' ? 'received' : step.lines > 0 ? 'lines' : 'emitted';
    fill(tr, [
      `${step.kind} ${step.type}`, step.named ? step.id : `line ${step.line}`, labelName(step.label), step.pattern ?? '', perSecond(step, into), perSecond(step, out),
      count(step[into]), count(step[out]), count(step.failed),
    ]);
  }, 'no steps');
}

export function showBuffers({ buffers, now }, history) {
  setText(byId('buffers-note'), buffers.length === 1 ? '1 output with a buffer' : `${buffers.length} outputs with buffers`);
  body('buffers', buffers, ({ id }) => id, () => {
    const tr = row('buffers', ['', 'number', 'number', '', 'number', 'number', 'number', 'number', '']);
    tr.cells[3].append(h('span', { class: 'gauge' }, h('i', { 'aria-hidden': 'true' }), h('span')));
    return tr;
  }, (tr, buffer) => {
    const chunks = (number) => `${count(number)} chunk${number === 1 ? '' : 's'}`;
    fill(tr, [
      buffer.id.startsWith('object:') ? buffer.type : `${buffer.type} (${buffer.id})`, `${bytes(buffer.stageBytes)}, ${chunks(buffer.stageChunks)}`, `${bytes(buffer.queueBytes)}, ${chunks(buffer.queueChunks)}`,
      undefined, count(buffer.waiting), span(buffer.oldestSeconds), rate(history.rate(`delivered ${buffer.id}`)), count(buffer.flushFailures),
      buffer.retry ? `in ${span(Math.max(0, (buffer.retry.nextAt - now) / 1000))}, after ${buffer.retry.steps + 1} failure${buffer.retry.steps === 0 ? '' : 's'}` : '–',
    ]);
    tr.cells[8].className = buffer.retry ? 'bad-text' : '';
    const gauge = tr.cells[3].firstChild;
    gauge.className = `gauge ${buffer.availablePercent < 10 ? 'bad' : buffer.availablePercent < 40 ? 'warn' : ''}`;
    gauge.firstChild.style.setProperty('--full', String(Math.max(0, buffer.availablePercent)));
    setText(gauge.lastChild, `${buffer.availablePercent} % free`);
  }, 'no output has a buffer');
}

/** The table of files, with its order and what is looked for in it. */
export class FilesTable {
  #key = 'unreadBytes';
  #descending = true;
  #last;

  constructor() {
    for (const head of byId('files').tHead.rows[0].cells) {
      head.firstChild.addEventListener('click', () => {
        const { key } = head.dataset;
        this.#descending = key === this.#key ? !this.#descending : key !== 'path';
        this.#key = key;
        this.#again();
      });
    }
    byId('files-find').addEventListener('input', () => this.#again());
  }

  show(status, history) {
    this.#last = { status, history };
    const wanted = byId('files-find').value;
    const rateOf = ({ input, path }) => history.rate(`file ${input} ${path}`);
    const files = status.files.filter(({ path }) => path.includes(wanted)).map((file) => ({ ...file, rate: rateOf(file) }));
    const sign = this.#descending ? -1 : 1;
    files.sort((a, b) => sign * (this.#key === 'path' ? (a.path < b.path ? -1 : 1) : a[this.#key] - b[this.#key]) || (a.path < b.path ? -1 : 1));
    for (const head of byId('files').tHead.rows[0].cells) {
      if (head.dataset.key === this.#key) head.setAttribute('aria-sort', this.#descending ? 'descending' : 'ascending');
      else head.removeAttribute('aria-sort');
    }
    const { count: all, unreadBytes } = status.filesTotal;
    setText(byId('files-note'), `${count(all)} open, ${bytes(unreadBytes)} not read yet${status.files.length < all ? `; the ${status.files.length} with the largest backlog` : ''}`);
    body('files', files, ({ input, path }) => `${input} ${path}`, () => row('files', ['wide', 'number', 'number', 'number', 'number']),
      (tr, file) => fill(tr, [file.path, bytes(file.unreadBytes), bytes(file.rate), count(file.lines), bytes(file.bytes)]),
      wanted === '' ? 'no files are open' : 'no path has that in it');
  }

  #again() {
    if (this.#last) this.show(this.#last.status, this.#last.history);
  }
}

export function showLedger({ ledger }) {
  const sum = (items, field) => items.reduce((total, item) => total + item[field], 0);
  const reasons = (items, field) => {
    const merged = new Map();
    for (const item of items) for (const [reason, value] of Object.entries(item[field])) merged.set(reason, (merged.get(reason) ?? 0) + value);
    return [...merged].map(([reason, value]) => [reason, value, 'sub']);
  };
  const total = (rows) => rows.reduce((all, [, value]) => all + value, 0);
  const dropped = reasons(ledger.inputs, 'dropped');
  const rejected = reasons(ledger.outputs, 'rejected');
  const rows = [
    ['Lines read', sum(ledger.inputs, 'lines'), 'always'],
    ['Joined to others', sum(ledger.inputs, 'joined')],
    ['Dropped by inputs', total(dropped)], ...dropped,
    ['Held by inputs', sum(ledger.inputs, 'held')],
    ['Events emitted', sum(ledger.inputs, 'emitted'), 'always'],
    ['The agent’s own log', ledger.ownLog],
    ['Removed or joined by filters', sum(ledger.filters, 'removed')],
    ['Matched by nothing', ledger.unmatched],
    ['Removed by outputs', sum(ledger.outputs, 'removed')],
    ['Delivered', sum(ledger.outputs, 'delivered') - total(rejected), 'always'],
    ['Refused by the destination', total(rejected)], ...rejected,
    ['Waiting in buffers', sum(ledger.outputs, 'waiting'), 'always'],
    ['In the backup folder', sum(ledger.outputs, 'backedUp')],
    ['Errors written to the log', ledger.dumped],
    ['Lost', sum(ledger.outputs, 'lost'), 'always'],
  ].filter(([, value, kind]) => value !== 0 || kind === 'always');
  keyed(byId('ledger'), rows.flatMap(([name, value, kind]) => [{ name, tag: 'dt', text: name, kind }, { name, tag: 'dd', text: count(value), kind, bad: name === 'Lost' && value > 0 }]),
    ({ name, tag }) => `${tag} ${name}`, ({ tag }) => h(tag), (element, { text, kind, bad }) => {
      setText(element, text);
      element.className = `${kind === 'sub' ? 'sub' : ''} ${bad ? 'bad-text' : ''}`;
    });
  const balance = byId('balance');
  const balanced = ledger.imbalances.length === 0;
  balance.className = `pill small ${balanced ? 'good' : 'bad'}`;
  setText(balance.lastChild, balanced ? 'balanced' : 'not balanced');
  keyed(byId('imbalances'), ledger.imbalances, (text) => text, (text) => h('li', {}, text), () => {});
}

export function showLog({ log }) {
  const { warn, error, fatal } = log.counts;
  setText(byId('log-note'), `${count(error + fatal)} error${error + fatal === 1 ? '' : 's'}, ${count(warn)} warning${warn === 1 ? '' : 's'} since the start`);
  const lines = [...log.lines].reverse();
  const shown = lines.length > 0 ? lines : [undefined];
  keyed(byId('log'), shown, (line) => (line ? `${line.at} ${line.text}` : ''), (line) => (line
    ? h('li', { class: line.level }, h('span', { class: 'level' }, line.level), h('time', { datetime: new Date(line.at).toISOString() }, clock(line.at)), h('span', {}, line.text), h('span', { class: 'faint' }))
    : h('li', { class: 'none' }, 'none so far')),
  (li, line) => line && setText(li.lastChild, line.times > 1 ? ` (${count(line.times)} times)` : ''));
}
