/** The live page: asks the agent for its status each second and shows it. */
import { byId, h, setText } from './dom.js';
import { bytes, span } from './format.js';
import { History } from './history.js';
import { Overview } from './overview.js';
import { PipelineView } from './pipeline-view.js';
import { FilesTable, showBuffers, showLedger, showLog, showSteps } from './tables.js';
import { startTap } from './tap.js';
import { startTheme } from './theme.js';

const PERIOD_MS = 1000;
/** An agent that does not answer in this time is not there. */
const PATIENCE_MS = 8000;

let token = readToken();
let asking = false;
const history = new History();
const overview = new Overview();
const pipeline = new PipelineView();
const files = new FilesTable();

startTheme();
startTap(headers);
for (const table of ['buffers', 'files', 'steps']) byId(table).classList.add('cards');
byId('login').addEventListener('submit', (submitted) => {
  submitted.preventDefault();
  token = byId('token').value;
  sessionStorage.setItem('token', token);
  void look();
});
addEventListener('resize', () => void look());
document.addEventListener('visibilitychange', () => void look());
setInterval(() => void look(), PERIOD_MS);
void look();

async function look() {
  if (asking || document.hidden) return;
  asking = true;
  try {
    const response = await fetch('/api/status', { headers: headers(), signal: AbortSignal.timeout(PATIENCE_MS) });
    byId('login').hidden = response.status !== 401;
    if (response.status === 401) state('warn', 'Token needed');
    else if (!response.ok) throw new Error((await response.json()).error);
    else show(await response.json());
  } catch (error) {
    state('bad', 'Not reachable');
    document.title = 'not reachable – Logferry';
    if (error.name !== 'TypeError' && error.name !== 'TimeoutError') reasons([error.message]);
  } finally {
    asking = false;
  }
}

function show(status) {
  history.add(status);
  const { health, version, hostname, configFile, workers, worker, now, startedAt, process } = status;
  const tone = health.ok ? 'good' : health.phase === 'running' ? 'bad' : 'warn';
  const word = health.phase === 'starting' ? 'Starting' : health.phase === 'ending' ? 'Ending' : health.ok ? 'All is well' : 'Stalled';
  state(tone, word);
  document.title = `${health.ok ? '' : `${word} – `}${hostname} – Logferry`;
  setText(byId('version'), version);
  setText(byId('where'), [hostname, workers > 1 ? `worker ${worker} of ${workers}` : '', configFile].filter(Boolean).join(' · '));
  setText(byId('process'), `up ${span(now / 1000 - startedAt)} · pid ${status.pid} · Node ${status.node} · memory ${bytes(process.rssBytes)}`);
  reasons(health.phase === 'running' ? health.reasons : []);
  overview.show(status, history);
  pipeline.show(status, history);
  showSteps(status, history);
  showBuffers(status, history);
  files.show(status, history);
  showLedger(status);
  showLog(status);
}

function state(tone, text) {
  byId('state').className = `pill ${tone}`;
  setText(byId('state-text'), text);
}

function reasons(sentences) {
  const box = byId('reasons');
  box.hidden = sentences.length === 0;
  if (box.textContent !== sentences.join('')) box.replaceChildren(h('ul', {}, ...sentences.map((sentence) => h('li', {}, sentence))));
}

function headers() {
  return token ? { authorization: `Bearer ${token}` } : {};
}

/** From `#token=...` in the address, which is taken out of it, or from an earlier visit in this tab. */
function readToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (given) {
    sessionStorage.setItem('token', given);
    window.history.replaceState(null, '', location.pathname);
  }
  return given ?? sessionStorage.getItem('token') ?? '';
}
