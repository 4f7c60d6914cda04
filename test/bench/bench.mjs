#!/usr/bin/env node
// Runs log shippers side by side on the same work and measures them.
//
//   node bench.mjs --size 200M --rounds 3 \
//     --shipper 'plain:lines=node {kit}/../../dist/src/main.js -c {kit}/configs/plain.conf' \
//     --shipper 'other:cri=/path/to/another-shipper -c /path/to/its.conf'
//   node bench.mjs --steady --rate 5000 --files 20 --seconds 30 --shipper ...
//
// NAME:KIND=COMMAND   KIND says how many events the shipper must deliver (manifest.json):
//   lines (default)   one event per CRI line
//   cri               P lines joined to their F line
//   concat            a line starting with white space is appended to the one before (no P/F joining)
//   cri+concat        both
// The command runs through the shell. {kit} {logs} {state} {port} {kube} {url} are replaced, and the same
// are in the environment: BENCH_KIT, BENCH_LOGS (the containers folder), BENCH_STATE (fresh, empty),
// BENCH_PORT (sink), BENCH_URL (the same as a URL), BENCH_TLS (On|Off), BENCH_KUBE_PORT, BENCH_KUBE_TLS_PORT, BENCH_TAG (the folder, '/' -> '.', no leading dot),
// BENCH_TAG_PARTS (its number of parts), AWS_REGION and dummy AWS keys.
//
// Options: --data DIR (where to put/find the tree), --pods, --seed, --span, --start, --delay MS (sink
// answers late, as a real endpoint does), --tls (sink speaks HTTPS, BENCH_CA is the certificate),
// --quiet PCT (wait until the rest of the machine uses less than PCT % of one core, and repeat a run,
// up to four times, in which it used more), --stall S (give up after so long without progress), --json FILE, --verbose (show the shippers' output).
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fork, spawn, spawnSync, execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { makeTree, makePods, podFiles, parseSize, rng, Clock, KINDS } from './make-logs.mjs';

const kit = path.dirname(fileURLToPath(import.meta.url));
const HZ = 100;
const now = () => Number(process.hrtime.bigint() / 1000n) / 1e6;
const sleep = (ms) => new Promise((r) => setTimeout(r, ms));

// ---- process trees -------------------------------------------------------------------------
function stat(pid) {
  try {
    const s = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    const f = s.slice(s.lastIndexOf(')') + 2).split(' ');
    return { ppid: +f[1], state: f[0], cpu: (+f[11] + +f[12] + +f[13] + +f[14]) / HZ, user: (+f[11] + +f[13]) / HZ, rss: +f[21] * 4096 };
  } catch { return null; }
}
function tree(root) { // root and all its living descendants
  const out = [root];
  for (let i = 0; i < out.length; i++) {
    try {
      for (const tid of fs.readdirSync(`/proc/${out[i]}/task`)) {
        const kids = fs.readFileSync(`/proc/${out[i]}/task/${tid}/children`, 'latin1');
        for (const k of kids.split(' ')) if (k) out.push(+k);
      }
    } catch { /* gone */ }
  }
  return out;
}
// utime+stime of the living plus cutime+cstime: children already reaped are in their parent's count
function treeUse(root) {
  let cpu = 0, user = 0, rss = 0, n = 0, hwm = 0;
  for (const pid of tree(root)) {
    const s = stat(pid);
    if (!s) continue;
    cpu += s.cpu; user += s.user; rss += s.rss; n++;
    try { hwm = Math.max(hwm, +/VmHWM:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'latin1'))[1] * 1024); } catch { /* gone */ }
  }
  return { cpu, user, rss, n, hwm };
}
function hostBusy() { // CPU-seconds spent by everything on the machine
  const f = fs.readFileSync('/proc/stat', 'latin1').split('\n')[0].trim().split(/\s+/).slice(1).map(Number);
  return (f[0] + f[1] + f[2] + f[5] + f[6]) / HZ;
}
const selfCpu = () => { const u = process.cpuUsage(); return (u.user + u.system) / 1e6; };

// ---- helpers -------------------------------------------------------------------------------
function args(argv) {
  const a = { shipper: [] };
  for (let i = 0; i < argv.length; i++) {
    const k = argv[i].replace(/^--/, '');
    const v = i + 1 < argv.length && !argv[i + 1].startsWith('--') ? argv[++i] : true;
    if (k === 'shipper') a.shipper.push(v); else a[k] = v;
  }
  return a;
}
function parseShipper(s) {
  const m = /^([\w.+-]+?)(?::(lines|cri|concat|cri\+concat))?=(.*)$/s.exec(s);
  if (!m) throw new Error(`bad --shipper: ${s}`);
  return { name: m[1], kind: m[2] ?? 'lines', command: m[3] };
}
function service(file, argv) {
  const child = fork(path.join(kit, file), argv, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: ['--max-semi-space-size=64'] });
  const waiting = new Map();
  let id = 0;
  child.on('message', (m) => {
    const k = m.id ?? m.ok;
    if (k !== undefined && waiting.has(k)) { waiting.get(k)(m.stats ?? m); waiting.delete(k); }
    if (m.done) child.onDone?.(m.t);
  });
  child.ask = (m) => new Promise((ok) => { const k = ++id; waiting.set(k, ok); child.send({ ...m, id: k }); });
  child.ready = new Promise((ok, bad) => {
    child.once('message', ok);
    child.once('exit', (c) => bad(new Error(`${file} exited ${c}`)));
  });
  return child;
}
const median = (l) => { const a = [...l].sort((x, y) => x - y); return a.length % 2 ? a[a.length >> 1] : (a[a.length / 2 - 1] + a[a.length / 2]) / 2; };
function table(rows) {
  const cols = Object.keys(rows[0]);
  const w = cols.map((c) => Math.max(c.length, ...rows.map((r) => String(r[c]).length)));
  const line = (f) => cols.map((c, i) => (i ? f(c, i).padStart(w[i]) : f(c, i).padEnd(w[i]))).join('  ');
  console.log(line((c) => c));
  console.log(w.map((n) => '-'.repeat(n)).join('  '));
  for (const r of rows) console.log(line((c) => String(r[c])));
}

const a = args(process.argv.slice(2));
if (!a.shipper.length) { console.error(fs.readFileSync(fileURLToPath(import.meta.url), 'utf8').split('\n').filter((l) => l.startsWith('//')).map((l) => l.slice(3)).join('\n')); process.exit(2); }
const shippers = a.shipper.map(parseShipper);
const rounds = Number(a.rounds ?? 3), stall = Number(a.stall ?? 30);
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-'));
const data = a.data ? path.resolve(a.data) : path.join(work, 'data');
const options = { size: parseSize(a.size ?? '200M'), pods: Number(a.pods ?? 20), seed: Number(a.seed ?? 1), start: a.start ?? (a.steady ? 'now' : undefined), span: Number(a.span ?? 3600) };
const results = [];
let current = null; // the running shipper
const bye = (code) => { if (current) try { process.kill(-current.pid, 'SIGKILL'); } catch { /* gone */ } fs.rmSync(work, { recursive: true, force: true }); process.exit(code); };
process.on('SIGINT', () => bye(130));
process.on('SIGTERM', () => bye(143));

function start(s, logs, ports) {
  const state = fs.mkdtempSync(path.join(work, 'state-'));
  const tag = logs.slice(1).replaceAll('/', '.');
  const vars = { kit, logs, state, port: ports.sink, kube: ports.kube, url: `${a.tls ? 'https' : 'http'}://127.0.0.1:${ports.sink}` };
  const command = s.command.replace(/\{(kit|logs|state|port|kube|url)\}/g, (_, k) => vars[k]);
  const out = a.verbose ? 'inherit' : fs.openSync(path.join(state, 'output'), 'w');
  const child = spawn('/bin/sh', ['-c', 'exec ' + command], {
    detached: true, stdio: ['ignore', out, out], cwd: state,
    env: { ...process.env, BENCH_KIT: kit, BENCH_LOGS: logs, BENCH_STATE: state, BENCH_PORT: String(ports.sink), BENCH_KUBE_PORT: String(ports.kube), BENCH_TAG: tag,
      BENCH_TAG_PARTS: String(tag.split('.').length), BENCH_KUBE_TLS_PORT: String(ports.kubeTls), BENCH_CA: path.join(work, 'cert.pem'), BENCH_TLS: a.tls ? 'On' : 'Off', BENCH_URL: `${a.tls ? 'https' : 'http'}://127.0.0.1:${ports.sink}`, NODE_NAME: 'node-1',
      AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret', AWS_EC2_METADATA_DISABLED: 'true' },
  });
  child.state = state;
  child.exited = new Promise((ok) => child.once('exit', (code, sig) => { child.gone = code ?? sig; ok(); }));
  child.once('error', (e) => { child.gone = e.message; });
  return current = child;
}
async function stop(child) {
  if (child.gone === undefined) {
    try { process.kill(-child.pid, 'SIGTERM'); } catch { /* gone */ }
    await Promise.race([child.exited, sleep(6000)]);
    try { process.kill(-child.pid, 'SIGKILL'); } catch { /* gone */ }
  }
  current = null;
}

// ---- bulk: how fast is a tree that is already there delivered? -----------------------------
async function bulk(s, manifest, logs, sink, ports) {
  const expect = s.kind === 'lines' ? manifest.lines : manifest[s.kind];
  for (const f of fs.readdirSync(logs)) execFileSync('wc', ['-l', path.join(logs, f)]); // warm the page cache
  await sink.ask({ cmd: 'reset', expect });
  let done = 0;
  sink.onDone = (t) => { done = t; };
  const host0 = hostBusy(), self0 = selfCpu(), sink0 = stat(sink.pid).cpu;
  const t0 = now();
  const child = start(s, logs, ports);
  let use = { cpu: 0, user: 0, rss: 0 }, rss = 0, hwm = 0, seen = -1, seenAt = t0, st = null, tick = 0;
  while (!done) {
    await sleep(40);
    const u = treeUse(child.pid);
    if (u.n && u.cpu >= use.cpu) use = u;
    rss = Math.max(rss, u.rss); hwm = Math.max(hwm, u.hwm);
    if (++tick % 25 === 0) {
      st = await sink.ask({ cmd: 'stats' });
      if (st.events !== seen) { seen = st.events; seenAt = now(); } else if (now() - seenAt > stall) break;
      if (child.gone !== undefined && now() - seenAt > 2) break;
    }
  }
  const end = treeUse(child.pid);
  if (end.n && end.cpu >= use.cpu) use = end;
  const host = hostBusy() - host0 - (selfCpu() - self0) - (stat(sink.pid).cpu - sink0) - use.cpu;
  const took = now() - t0;
  if (child.gone === undefined) await sleep(1500); // anything more than expected?
  st = await sink.ask({ cmd: 'stats' });
  await stop(child);
  const wall = (done || st.tLast) - t0;
  const r = {
    mode: 'bulk', name: s.name, kind: s.kind, expect, events: st.events, complete: Boolean(done), wall, first: st.tFirst - t0, cpu: use.cpu, user: use.user,
    inBytes: manifest.bytes, lines: manifest.lines, mid: st.t90 && st.t10 && st.t90 > st.t10 ? 0.8 * manifest.bytes / (st.t90 - st.t10) / 1e6 : 0,
    rss: Math.max(rss, hwm), requests: st.puts, outBytes: st.bodyBytes, maxBody: st.maxBody, connections: st.connections, sinkCpu: stat(sink.pid).cpu - sink0,
    otherCpu: Math.max(0, host) / took, exit: child.gone,
  };
  if (!done) { try { r.log = fs.readFileSync(path.join(child.state, 'output'), 'utf8').slice(-1500); } catch { /* none */ } }
  fs.rmSync(child.state, { recursive: true, force: true });
  return r;
}

// ---- steady: lines appended at a fixed rate, how late do they arrive? -----------------------
async function steady(s, sink, ports, dir, pods) {
  const rate = Number(a.rate ?? 5000), seconds = Number(a.seconds ?? 30), warm = Number(a.warm ?? 8);
  fs.rmSync(path.join(dir, 'var'), { recursive: true, force: true });
  const r = rng(7), fds = [], clocks = [];
  const mark = () => ` @t=${String(process.hrtime.bigint() / 1000n).padStart(16, '0')}`;
  let written = 0, bytes = 0;
  const queue = pods.map(() => []);
  const line = (i) => {
    if (!queue[i].length) queue[i].push(...KINDS[pods[i].kind](r, clocks[i]));
    const [stream, msg] = queue[i].shift();
    clocks[i].ms = Date.now(); clocks[i].ns = r.int(1e6);
    const s0 = `${clocks[i].nano(0)} ${stream} F ${msg.endsWith('}') ? msg.slice(0, -1) + `,"mark":"${mark()}"}` : msg + mark()}\n`;
    written++; bytes += s0.length;
    fs.writeSync(fds[i], s0, null, 'latin1');
  };
  pods.forEach((p, i) => {
    const { file, link } = podFiles(dir, p);
    fs.writeFileSync(file, '');
    fs.symlinkSync(path.relative(path.dirname(link), file), link);
    fds.push(fs.openSync(file, 'a'));
    clocks.push(new Clock(Date.now()));
    line(i);
  });
  const logs = path.join(dir, 'var/log/containers');
  await sink.ask({ cmd: 'reset', expect: 0, latency: true });
  const t0 = now();
  const child = start(s, logs, ports);
  let peak = 0, lastCpu = 0;
  const sample = () => { const u = treeUse(child.pid); peak = Math.max(peak, u.rss); lastCpu = Math.max(lastCpu, u.cpu); return u; };
  for (;;) { // until the first lines came through (a held last line may not), at most 25 s
    await sleep(100); sample();
    const st = await sink.ask({ cmd: 'stats' });
    if ((st.marks >= pods.length && now() - t0 > warm) || now() - t0 > 25 || child.gone !== undefined) break;
  }
  const feed = async (secs) => {
    const begin = now();
    let n = 0;
    for (;;) {
      const t = now() - begin;
      if (t >= secs) break;
      for (const due = Math.floor(t * rate); n < due; n++) line(r.int(pods.length));
      sample();
      await sleep(5);
    }
  };
  await feed(Number(a.lead ?? 5)); // the shipper settles under load
  await sink.ask({ cmd: 'reset', expect: 0, latency: true, since: Number(process.hrtime.bigint() / 1000n) }); // older lines no longer count
  const u0 = sample(), w0 = written, b0 = bytes, host0 = hostBusy(), self0 = selfCpu(), sink0 = stat(sink.pid).cpu, m0 = now();
  await feed(seconds);
  const u1 = sample(), span = now() - m0;
  const other = hostBusy() - host0 - (selfCpu() - self0) - (stat(sink.pid).cpu - sink0) - (u1.cpu - u0.cpu);
  const lines = written - w0, inBytes = bytes - b0;
  // drain: wait until nothing has come for a while
  let seen = -1, seenAt = now(), st;
  for (;;) {
    await sleep(250); sample();
    st = await sink.ask({ cmd: 'stats' });
    if (st.marks !== seen) { seen = st.marks; seenAt = now(); } else if (now() - seenAt > Number(a.drain ?? 13)) break;
    if (child.gone !== undefined) break;
  }
  await stop(child);
  for (const fd of fds) fs.closeSync(fd);
  const out = {
    mode: 'steady', name: s.name, rate, lines, span, inBytes, delivered: st.marks, cpuPct: (u1.cpu - u0.cpu) / span * 100, cpuPerGB: (u1.cpu - u0.cpu) / inBytes * 1e9,
    rss: peak, rssEnd: u1.rss, p50: st.lat.p50, p90: st.lat.p90, p99: st.lat.p99, max: st.lat.max, requests: st.puts, outBytes: st.bodyBytes, otherCpu: Math.max(0, other) / span, exit: child.gone,
  };
  if (child.gone !== undefined && !seen) { try { out.log = fs.readFileSync(path.join(child.state, 'output'), 'utf8').slice(-1500); } catch { /* none */ } }
  fs.rmSync(child.state, { recursive: true, force: true });
  return out;
}

// ---- main ------------------------------------------------------------------------------------
const mb = (b) => (b / 1e6).toFixed(1);
const sink = service('sink.mjs', ['--port', '0', '--delay', String(a.delay ?? 0), ...(a.tls ? ['--tls', '--certs', work] : []), ...(a.dump ? ['--dump', a.dump] : [])]);
const { port: sinkPort } = await sink.ready;

let manifest, pods;
if (a.steady) {
  pods = makePods(rng(options.seed), Number(a.files ?? 20));
  fs.mkdirSync(data, { recursive: true });
  fs.writeFileSync(path.join(data, 'pods.json'), JSON.stringify(pods));
} else {
  const mf = path.join(data, 'manifest.json'), key = JSON.stringify(options);
  if (!fs.existsSync(mf) || (JSON.parse(fs.readFileSync(mf, 'utf8')).key !== key && a.size)) {
    fs.rmSync(path.join(data, 'var'), { recursive: true, force: true });
    fs.mkdirSync(data, { recursive: true });
    manifest = makeTree({ out: data, ...options });
    manifest.key = key;
    fs.writeFileSync(mf, JSON.stringify(manifest, null, 1));
  } else manifest = JSON.parse(fs.readFileSync(mf, 'utf8'));
  console.log(`input: ${mb(manifest.bytes)} MB, ${manifest.lines} lines, ${manifest.pods} files, mean message ${manifest.meanMessage} bytes; events: cri ${manifest.cri}, concat ${manifest.concat}, cri+concat ${manifest['cri+concat']}`);
}
const hasOpenssl = spawnSync('openssl', ['version']).status === 0; // without it there is no HTTPS stand-in
const kube = service('kube.mjs', ['--pods', path.join(data, 'pods.json'), '--port', '0', '--node', 'node-1', ...(hasOpenssl ? ['--certs', work] : [])]);
const { port: kubePort, tlsPort: kubeTls } = await kube.ready;
const ports = { sink: sinkPort, kube: kubePort, kubeTls };

const quiet = a.quiet ? Number(a.quiet) / 100 : 0;
async function waitQuiet() {
  for (const until = now() + Number(a['quiet-wait'] ?? 600); now() < until;) {
    const b = hostBusy(), t = now();
    await sleep(1000);
    if ((hostBusy() - b) / (now() - t) < quiet) return;
  }
}
async function measure(s) {
  for (let tries = 1; ; tries++) {
    if (quiet) await waitQuiet();
    const r = a.steady ? await steady(s, sink, ports, data, pods) : await bulk(s, manifest, path.join(data, 'var/log/containers'), sink, ports);
    if (!quiet || r.otherCpu < quiet || tries > 4) return r;
    console.log(`   ${s.name}: the machine was busy (${(r.otherCpu * 100).toFixed(0)} %), again`);
  }
}
for (let k = 0; k < rounds; k++) {
  for (const s of shippers) {
    const r = await measure(s);
    r.round = k + 1;
    results.push(r);
    if (a.steady) console.log(`#${k + 1} ${s.name}: ${r.delivered}/${r.lines} lines, CPU ${r.cpuPct.toFixed(1)} %, RSS ${mb(r.rss)} MB, p50 ${(r.p50 * 1e3).toFixed(0)} ms, p99 ${(r.p99 * 1e3).toFixed(0)} ms, other ${(r.otherCpu * 100).toFixed(0)} %`);
    else console.log(`#${k + 1} ${s.name}: ${r.complete ? '' : 'INCOMPLETE '}${r.events}/${r.expect} events, ${r.wall.toFixed(2)} s, CPU ${r.cpu.toFixed(2)} s, RSS ${mb(r.rss)} MB, ${r.requests} requests, ${mb(r.outBytes)} MB out, other ${(r.otherCpu * 100).toFixed(0)} %`);
    if (r.log) console.log(r.log);
  }
}
console.log();
const base = shippers[0].name;
const col = (name, f) => median(results.filter((r) => r.name === name).map(f));
if (a.steady) {
  table(shippers.map(({ name }) => ({
    shipper: name, 'lines/s': col(name, (r) => r.lines / r.span).toFixed(0), 'MB/s in': mb(col(name, (r) => r.inBytes / r.span)), 'delivered-lines': col(name, (r) => r.delivered - r.lines),
    'CPU %': col(name, (r) => r.cpuPct).toFixed(1), 'CPU ratio': (col(name, (r) => r.cpuPct) / col(base, (r) => r.cpuPct)).toFixed(2), 'CPU-s/GB': col(name, (r) => r.cpuPerGB).toFixed(1), 'peak RSS MB': mb(col(name, (r) => r.rss)),
    'p50 ms': (col(name, (r) => r.p50) * 1e3).toFixed(0), 'p90 ms': (col(name, (r) => r.p90) * 1e3).toFixed(0), 'p99 ms': (col(name, (r) => r.p99) * 1e3).toFixed(0), 'max ms': (col(name, (r) => r.max) * 1e3).toFixed(0),
    requests: col(name, (r) => r.requests), 'other %': (col(name, (r) => r.otherCpu) * 100).toFixed(0),
  })));
} else {
  table(shippers.map(({ name }) => ({
    shipper: name, events: col(name, (r) => r.events), 'missing': col(name, (r) => r.expect - r.events), 'wall s': col(name, (r) => r.wall).toFixed(2), 'MB/s': mb(col(name, (r) => r.inBytes / r.wall)),
    'MB/s 10-90%': (col(name, (r) => r.mid)).toFixed(1), 'k lines/s': (col(name, (r) => r.lines / r.wall) / 1e3).toFixed(0), 'wall ratio': (col(name, (r) => r.wall) / col(base, (r) => r.wall)).toFixed(2),
    'CPU s': col(name, (r) => r.cpu).toFixed(2), 'CPU-s/GB': col(name, (r) => r.cpu / r.inBytes * 1e9).toFixed(2), 'CPU ratio': (col(name, (r) => r.cpu) / col(base, (r) => r.cpu)).toFixed(2),
    'RSS MB': mb(col(name, (r) => r.rss)), requests: col(name, (r) => r.requests), 'out MB': mb(col(name, (r) => r.outBytes)), 'sink CPU s': col(name, (r) => r.sinkCpu).toFixed(2), 'other %': (col(name, (r) => r.otherCpu) * 100).toFixed(0),
  })));
}
if (a.json) fs.writeFileSync(a.json, JSON.stringify({ when: new Date().toISOString(), options: { ...options, delay: a.delay, tls: Boolean(a.tls), rounds }, results }, null, 1));
bye(results.every((r) => r.mode !== 'bulk' || r.complete) ? 0 : 1);
