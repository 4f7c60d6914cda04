#!/usr/bin/env node
// What a dead endpoint does to the agent: memory, its other output, and whether everything arrives in the end.
//
//   node test/bench/dead-endpoint.mjs --minutes 10 --rate 2000
//
// Growing files are read by the agent and delivered to two local CloudWatch Logs endpoints, each by an output of its own.
// After a while one of them is dead for some minutes, then it comes back. Memory and counts are sampled each second
// and printed as a table. At the end every line must be there, in the order of its file.
//
// Options: --minutes N (how long it is dead, 10), --before S (seconds before, 20), --rate N (lines each second, 2000), --files N (for each
// output, 8), --how refuse|hang (connections are refused, or accepted and never answered), --buffer memory|file, --limit SIZE
// (<system> memory_limit), --main FILE (the program, dist/src/main.js), --every N (seconds between two lines of the table, 10), --catch-up S (longest time
// to deliver the rest, 300). Exits with 1 if a line is lost or the memory grew without end (--most MB, 0: not checked).
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');
const { values: given } = parseArgs({
  options: Object.fromEntries(
    Object.entries({
      minutes: '10', before: '20', rate: '2000', files: '8', how: 'refuse', buffer: 'memory', limit: '', every: '10', 'catch-up': '300', most: '0',
      main: path.join(root, 'dist/src/main.js'),
    }).map(([name, value]) => [name, { type: 'string', default: value }]),
  ),
});
const number = (name) => Number(given[name]);
const main = path.resolve(given.main);
const { startLocalCloudWatch } = await import(pathToFileURL(path.join(path.dirname(main), 'local-cloudwatch/local-cloudwatch.js')));
const place = fs.mkdtempSync(path.join(os.tmpdir(), 'dead-endpoint-'));
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// ---- endpoints: one for each output; the first behind a door that can be shut -----------------
const endpoints = { shut: await startLocalCloudWatch({ checkAge: false }), open: await startLocalCloudWatch({ checkAge: false }) };
const door = { shut: false, sockets: new Set() };
const server = net.createServer((from) => {
  door.sockets.add(from);
  from.on('close', () => door.sockets.delete(from)).on('error', () => {});
  if (door.shut) {
    if (given.how === 'hang') from.resume();
    else from.destroy();
    return;
  }
  const to = net.connect(endpoints.shut.port, '127.0.0.1').on('error', () => from.destroy());
  from.pipe(to).pipe(from);
  from.on('close', () => to.destroy());
  to.on('close', () => from.destroy());
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
function shut(is) {
  door.shut = is;
  for (const socket of door.sockets) socket.destroy();
}

// ---- the agent -----------------------------------------------------------------------------
const kinds = ['shut', 'open'];
const url = { shut: `http://127.0.0.1:${server.address().port}`, open: endpoints.open.url };
const config = path.join(place, 'fluent.conf');
fs.mkdirSync(path.join(place, 'logs'));
fs.writeFileSync(config, `
<system>
  log_level warn
  ${given.limit === '' ? '' : `memory_limit ${given.limit}`}
</system>
<source>
  @type tail
  tag app.*
  path ${place}/logs/*.log
  pos_file ${place}/pos
  read_from_head true
  refresh_interval 1
  <parse>
    @type none
  </parse>
</source>
${kinds.map((kind) => `<match app.**.${kind}-*.log>
  @type cloudwatch_logs
  endpoint ${url[kind]}
  region us-east-1
  log_group_name bench
  use_tag_as_stream true
  auto_create_stream true
  <buffer>
    @type ${given.buffer}
    ${given.buffer === 'memory' ? '' : `path ${place}/buffer-${kind}`}
    flush_interval 1
    chunk_limit_size 2m
    retry_forever true
    retry_max_interval 10
  </buffer>
</match>`).join('\n')}
`);
const log = fs.openSync(path.join(place, 'agent.log'), 'w');
const agent = spawn(process.execPath, [main, '-c', config], {
  stdio: ['ignore', log, log],
  env: { ...process.env, AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret', AWS_EC2_METADATA_DISABLED: 'true' },
});
let ended;
const exited = new Promise((resolve) => agent.once('exit', (code, signal) => resolve((ended = code ?? signal))));

// ---- the files -----------------------------------------------------------------------------
const files = kinds.flatMap((kind) => Array.from({ length: number('files') }, (_, i) => ({ kind, path: path.join(place, `logs/${kind}-${i}.log`), lines: 0 })));
const padding = 'The quick brown fox jumps over the lazy dog while the endpoint is away, and nobody loses a word of it. '.repeat(2);
function write(count) {
  for (let i = 0; i < files.length; i++) {
    const file = files[i];
    const share = Math.floor(count / files.length) + (i < count % files.length ? 1 : 0);
    let text = '';
    for (let n = 0; n < share; n++) text += `${file.lines++} ${padding}\n`;
    if (text !== '') fs.appendFileSync(file.path, text);
  }
}
const written = (kind) => files.reduce((sum, file) => sum + (file.kind === kind ? file.lines : 0), 0);

// ---- what is there -------------------------------------------------------------------------
const streams = (kind) => endpoints[kind].store.findGroup('bench')?.streams ?? new Map();
function delivered(kind) {
  let sum = 0;
  for (const stream of streams(kind).keys()) for (const _ of endpoints[kind].store.events('bench', stream)) sum++;
  return sum;
}
function check(kind) {
  let lost = 0;
  let twice = 0;
  let disordered = 0;
  const byName = new Map([...streams(kind).keys()].map((stream) => [/([a-z]+-\d+\.log)$/.exec(stream)?.[1], stream]));
  for (const file of files) {
    if (file.kind !== kind) continue;
    const seen = new Uint8Array(file.lines);
    const stream = byName.get(path.basename(file.path));
    let last = -1;
    for (const { message } of stream ? endpoints[kind].store.events('bench', stream) : []) {
      const n = Number(/"message":"(\d+) /.exec(message)?.[1] ?? -1);
      if (!(n < file.lines) || n < 0) throw new Error(`a line that was never written: ${message.slice(0, 100)}`);
      if (seen[n]++) twice++;
      else if (n < last) disordered++;
      last = Math.max(last, n);
    }
    for (const times of seen) if (times === 0) lost++;
  }
  return { kind, written: written(kind), lost, twice, disordered };
}
function residentMb() {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${agent.pid}/status`, 'latin1'))[1]) / 1024;
  } catch {
    return NaN;
  }
}

// ---- the course of things ------------------------------------------------------------------
const startedAt = performance.now();
const samples = [];
let phase = 'alive';
let due = 0;
let lastTick = startedAt;
function sample() {
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  const rss = residentMb();
  samples.push({ phase, rss });
  if (seconds % number('every') !== 0) return;
  const row = [seconds, phase, rss.toFixed(1), ...kinds.flatMap((kind) => [written(kind), delivered(kind)])];
  console.log(row.map((cell, i) => String(cell).padStart(i === 1 ? 9 : 12)).join(''));
}
async function run(seconds, until = () => false, writing = true) {
  const end = performance.now() + seconds * 1000;
  for (let next = performance.now(); performance.now() < end && !until(); next += 1000) {
    sample();
    if (ended !== undefined) throw new Error(`the agent has ended: ${ended}`);
    while (performance.now() < next + 1000) {
      const now = performance.now();
      if (writing) {
        due += (now - lastTick) / 1000 * number('rate');
        const count = Math.floor(due);
        due -= count;
        write(count);
      }
      lastTick = now;
      await sleep(100);
    }
  }
}
console.log(['seconds', 'phase', 'RSS MB', 'to shut', 'delivered', 'to open', 'delivered'].map((cell, i) => cell.padStart(i === 1 ? 9 : 12)).join(''));
let failed = false;
try {
  await run(number('before'));
  phase = 'dead';
  shut(true);
  await run(number('minutes') * 60);
  phase = 'back';
  shut(false);
  await run(10);
  phase = 'rest';
  const missing = () => kinds.some((kind) => delivered(kind) < written(kind));
  await run(number('catch-up'), () => !missing(), false);
  agent.kill('SIGTERM');
  await Promise.race([exited, sleep(30_000)]);
  console.log('');
  for (const name of ['alive', 'dead', 'back', 'rest']) {
    const all = samples.filter((one) => one.phase === name && one.rss > 0).map(({ rss }) => rss);
    if (all.length === 0) continue;
    const middle = all.slice().sort((a, b) => a - b)[all.length >> 1];
    console.log(`${name}: ${all.length} s, RSS MB first ${all[0].toFixed(1)}, median ${middle.toFixed(1)}, highest ${Math.max(...all).toFixed(1)}, last ${all.at(-1).toFixed(1)}`);
  }
  for (const kind of kinds) {
    const found = check(kind);
    console.log(JSON.stringify(found));
    if (found.lost > 0) failed = true;
  }
  const highest = Math.max(...samples.map(({ rss }) => rss || 0));
  if (number('most') > 0 && highest > number('most')) {
    failed = true;
    console.log(`the memory grew to ${highest.toFixed(1)} MB, more than ${number('most')} MB`);
  }
} catch (error) {
  failed = true;
  console.error(error);
  console.error(fs.readFileSync(path.join(place, 'agent.log'), 'utf8').slice(-3000));
} finally {
  if (ended === undefined) agent.kill('SIGKILL');
  server.close();
  shut(true);
  for (const endpoint of Object.values(endpoints)) await endpoint.stop();
  fs.rmSync(place, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;
