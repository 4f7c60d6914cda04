#!/usr/bin/env node
// Does a pod that writes as fast as it can delay the others? Runs the agent over flooding files beside a quiet one
// that gets a line every 100 ms, and measures how long those lines take from their file to the service.
//
//   node test/bench/fairness.mjs [--seconds 20] [--floods 4] [--rate 30M] [--slow MS] [--split] [-- COMMAND ARGS...]
//
// --floods N   flooding files; --rate: what they get together, bytes in a second
// --slow MS    the service answers so late: its buffer fills, and outputs push back
// --split      the quiet lines go to an output (and a service) of their own, which is not slow
// The command is 'node dist/src/main.js' if none is given; `-c FILE` is added. Linux or macOS, nothing leaves the machine.
import { spawn } from 'node:child_process';
import { appendFileSync, closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import zlib from 'node:zlib';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '20' },
    floods: { type: 'string', default: '4' },
    rate: { type: 'string', default: '30M' },
    slow: { type: 'string', default: '0' },
    split: { type: 'boolean', default: false },
  },
});
const command = positionals.length > 0 ? positionals : [process.execPath, path.join(import.meta.dirname, '../../dist/src/main.js')];
const seconds = Number(values.seconds);
const rate = Number.parseFloat(values.rate) * (/m$/i.test(values.rate) ? 1e6 : /k$/i.test(values.rate) ? 1e3 : 1);
const folder = mkdtempSync(path.join(tmpdir(), 'fairness-'));
mkdirSync(path.join(folder, 'logs'));
const now = () => performance.timeOrigin + performance.now();

const delays = [];
let floodEvents = 0;
const slow = await service(Number(values.slow));
const quick = values.split ? await service(0) : slow;
const quiet = path.join(folder, 'logs/quiet.log');
const floods = Array.from({ length: Number(values.floods) }, (_, i) => path.join(folder, `logs/flood${i}.log`));
for (const file of [quiet, ...floods]) writeFileSync(file, '');
writeFileSync(path.join(folder, 'agent.conf'), configuration());

const agent = spawn(command[0], [...command.slice(1), '-c', path.join(folder, 'agent.conf')], {
  stdio: ['ignore', 'inherit', 'inherit'],
  env: { ...process.env, AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret', AWS_EC2_METADATA_DISABLED: 'true' },
});
let written = 0;
let sent = 0;
let gone = false;
agent.once('exit', () => (gone = true));
try {
  await wait(2000);
  const started = now();
  const fds = floods.map((file) => openSync(file, 'a'));
  const block = Buffer.from(`${'flood '.repeat(33)}\n`.repeat(320));
  const flooding = setInterval(() => {
    const due = ((now() - started) / 1000) * rate;
    for (let i = 0; written < due; i++) written += writeSync(fds[i % fds.length], block);
  }, 10);
  const lines = setInterval(() => {
    appendFileSync(quiet, `quiet @t=${now().toFixed(3)}\n`);
    sent++;
  }, 100);
  await wait(seconds * 1000);
  clearInterval(flooding);
  clearInterval(lines);
  fds.forEach((fd) => closeSync(fd));
  for (const deadline = now() + 30_000; delays.length < sent && now() < deadline && !gone; ) await wait(100);
  report();
} finally {
  agent.kill('SIGTERM');
  for (const deadline = now() + 8000; !gone && now() < deadline; ) await wait(50);
  if (!gone) agent.kill('SIGKILL');
  slow.server.close();
  quick.server.close();
  rmSync(folder, { recursive: true, force: true });
}

function report() {
  const sorted = delays.toSorted((a, b) => a - b);
  const at = (part) => (sorted.length === 0 ? NaN : sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]);
  console.log(`${floods.length} floods, ${(written / seconds / 1e6).toFixed(1)} MB/s written, ${Math.round(floodEvents / seconds)} lines/s of them arrived, `
    + `service ${values.slow} ms late${values.split ? ', quiet lines to another one' : ''}`);
  console.log(`quiet lines: ${sorted.length} of ${sent} arrived; ms to arrival: p50 ${at(0.5).toFixed(0)}  p99 ${at(0.99).toFixed(0)}  max ${at(1).toFixed(0)}`);
}

function configuration() {
  const output = ({ port }) => `  @type cloudwatch_logs
  region us-east-1
  endpoint http://127.0.0.1:${port}
  log_group_name /bench
  use_tag_as_stream true
  auto_create_stream true
  <buffer>
    flush_interval 0.2
    flush_thread_count 2
    chunk_limit_size 1m
    total_limit_size 64m
    retry_forever true
    overflow_action block
  </buffer>`;
  return `<system>
  log_level warn
</system>
<source>
  @type tail
  path ${folder}/logs/*.log
  pos_file ${folder}/tail.pos
  tag app.*
  read_from_head true
  <parse>
    @type none
  </parse>
</source>
<match app.**.quiet.log>
${output(quick)}
</match>
<match **>
${output(slow)}
</match>
`;
}

/** Counts events of PutLogEvents, and takes the time of the quiet ones. */
async function service(lateMs) {
  const server = http.createServer((request, response) => {
    const pieces = [];
    request.on('data', (piece) => pieces.push(piece)).on('end', () => {
      const arrived = now();
      let body = Buffer.concat(pieces);
      if (request.headers['content-encoding'] === 'gzip') body = zlib.gunzipSync(body);
      if (body.includes('@t=')) for (const [, at] of body.toString('latin1').matchAll(/@t=([\d.]+)/g)) delays.push(arrived - Number(at));
      else for (let at = body.indexOf('"timestamp":'); at >= 0; at = body.indexOf('"timestamp":', at + 12)) floodEvents++;
      setTimeout(() => {
        response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
        response.end('{}');
      }, lateMs);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: server.address().port };
}

function wait(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
