/** Shows events as they pass. */
import { byId, h, setText } from './dom.js';
import { count } from './format.js';

const KEPT = 200;
const RATE = 20;

/** `headers`: what requests to the agent carry. */
export function startTap(headers) {
  const list = byId('tap');
  const button = byId('tap-start');
  let stop;
  const note = (text) => setText(byId('tap-note'), text);
  const add = (item) => {
    const atTop = list.scrollTop < 8;
    list.prepend(item);
    while (list.childElementCount > KEPT) list.lastChild.remove();
    if (atTop) list.scrollTop = 0;
  };
  const show = (line) => {
    const event = JSON.parse(line);
    if (event.notice === 'open') note('Waiting for events …');
    else if (event.notice === 'dropped') add(h('li', { class: 'notice-line' }, `${count(event.events)} more events are not shown`));
    else if (event.notice === undefined) {
      const record = event.record === undefined ? `${event.text} … (${event.cut})` : JSON.stringify(event.record);
      add(h('li', {}, `${event.time.slice(11, 23)} `, h('b', {}, event.tag), event.plugin === undefined ? ' ' : ` ${event.type} `, event.error === undefined ? '' : `${event.error} `, record));
      note('New events are at the top.');
    }
  };

  byId('tap-form').addEventListener('submit', (submitted) => {
    submitted.preventDefault();
    if (stop) {
      stop.abort();
      return;
    }
    stop = new AbortController();
    button.textContent = 'Stop';
    list.hidden = false;
    list.replaceChildren();
    const query = new URLSearchParams({ tag: byId('tap-tag').value, stage: byId('tap-stage').value, rate: String(RATE) });
    void read(`/api/tap?${query}`, headers(), stop.signal, show)
      .then(() => note('The agent ended the tap.'), (error) => note(error.name === 'AbortError' ? 'Stopped.' : error.message))
      .then(() => {
        stop = undefined;
        button.textContent = 'Start';
      });
  });
}

async function read(url, headers, signal, line) {
  const response = await fetch(url, { headers, signal });
  if (!response.ok) throw new Error((await response.json()).error);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split('\n');
    rest = lines.pop();
    for (const one of lines) line(one);
  }
}
