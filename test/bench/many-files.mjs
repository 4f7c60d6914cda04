#!/usr/bin/env node
// What does it cost to watch many files? Runs the agent over quiet files, then over the same of which some get a
// line now and then, and tells CPU, memory and descriptors; and how soon new files are found.
//
//   node test/bench/many-files.mjs [--files 1000] [--written 0] [--every 10] [--seconds 20] [--new 10] [-- COMMAND ARGS...]
//
// --written N  files that get a line each `--every` seconds in the second half; --new: files that are made in it
// The command is 'node dist/src/main.js' if none is given; `-c FILE` is added. Linux only, because of /proc.
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    files: { type: 'string', default: '1000' },
    written: { type: 'string', default: '0' },
    every: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '20' },
    new: { type: 'string', default: '10' },
  },
});
const command = positionals.length > 0 ? positionals : [process.execPath, path.join(import.meta.dirname, '../../dist/src/main.js')];
const [files, written, every, seconds, fresh] = [values.files, values.written, values.every, values.seconds, values.new].map(Number);
const TICKS_PER_SECOND = 100;
const folder = mkdtempSync(path.join(tmpdir(), 'many-files-'));
const logs = path.join(folder, 'logs');
mkdirSync(logs);
const name = (i) => path.join(logs, `pod-${i}_namespace_container-${String(i).padStart(64, '0')}.log`);
for (let i = 0; i < files; i++) writeFileSync(name(i), `line of ${i}\n`);
writeFileSync(path.join(folder, 'agent.conf'), `<system>
  log_level warn
</system>
<source>
  @type tail
  path ${logs}/*.log
  pos_file ${folder}/tail.pos
  tag app.*
  read_from_head true
  <parse>
    @type none
  </parse>
</source>
<match **>
  @type file
  path ${folder}/out
  append true
  <format>
    @type single_value
  </format>
  <buffer>
    @type memory
    flush_mode interval
    flush_interval 0.1
    flush_thread_interval 0.05
  </buffer>
</match>
`);

const agent = spawn(command[0], [...command.slice(1), '-c', path.join(folder, 'agent.conf')], { stdio: ['ignore', 'inherit', 'inherit'] });
let gone = false;
agent.once('exit', () => (gone = true));
try {
  const started = performance.now();
  await until(() => arrived() >= files, 60_000);
  console.log(`${files} files: read after ${((performance.now() - started) / 1000).toFixed(1)} s`);
  await wait(5000);
  await measure('idle', seconds);
  if (written > 0) {
    let next = 0;
    const timer = setInterval(() => {
      const due = Math.ceil(written / every / 10);
      for (let i = 0; i < due; i++) appendFileSync(name(next++ % written), 'one more line\n');
    }, 100);
    await measure(`${written} files with a line each ${every} s`, seconds);
    clearInterval(timer);
    await wait(1000);
  }
  const found = [];
  for (let i = 0; i < fresh && !gone; i++) {
    const before = arrived();
    const made = performance.now();
    writeFileSync(name(files + i), `line of a new file\n`);
    await until(() => arrived() > before, 10_000, 5);
    found.push(performance.now() - made);
    await wait(130);
  }
  found.sort((a, b) => a - b);
  console.log(`new files: line arrived after ${found.map((ms) => ms.toFixed(0)).join(' ')} ms`);
} finally {
  agent.kill('SIGTERM');
  for (const deadline = performance.now() + 10_000; !gone && performance.now() < deadline; ) await wait(50);
  if (!gone) agent.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}

async function measure(what, forSeconds) {
  const before = cpuSeconds();
  const began = performance.now();
  await wait(forSeconds * 1000);
  const percent = ((cpuSeconds() - before) / ((performance.now() - began) / 1000)) * 100;
  const status = readFileSync(`/proc/${agent.pid}/status`, 'latin1');
  const memory = Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024;
  console.log(`${what}: CPU ${percent.toFixed(2)} % of a core, RSS ${memory.toFixed(0)} MiB, ${readdirSync(`/proc/${agent.pid}/fd`).length} descriptors`);
}

/** User and system time of the agent, which is one process. */
function cpuSeconds() {
  const text = readFileSync(`/proc/${agent.pid}/stat`, 'latin1');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Lines in the output's file, by its size: each is counted when it is there. */
function arrived() {
  let lines = 0;
  for (const entry of readdirSync(folder)) {
    if (!entry.startsWith('out')) continue;
    const file = path.join(folder, entry);
    if (existsSync(file) && statSync(file).isFile()) lines += readFileSync(file).reduce((sum, byte) => sum + (byte === 10 ? 1 : 0), 0);
  }
  return lines;
}

async function until(condition, ms, step = 100) {
  for (const deadline = performance.now() + ms; !condition(); ) {
    if (gone) throw new Error('the agent ended');
    if (performance.now() > deadline) throw new Error('that took too long');
    await wait(step);
  }
}

function wait(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
