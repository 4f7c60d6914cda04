#!/usr/bin/env node
// Runs the recorded cases against this project's agent and says how it did; see README.md for the cases.
//
// Cases in pending.json need what a later version brings. They are run too, but reported for themselves and
// never counted as passed; one that passes is named loudly, so that it gets removed from the list.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runAndCompare } from './run.mjs';

const HERE = import.meta.dirname;
const PROJECT = path.join(HERE, '../..');
const CASES = path.join(HERE, 'cases');

/** Cases whose configuration is the project's own for Container Insights: put together when they run. */
const ASSEMBLED = /^quickstart-/;
const CONTAINER_INSIGHTS = path.join(PROJECT, 'conf/container-insights');

/** What of a difference is shown. */
const DIFF_LINES = 12;

const USAGE = `Usage: node test/conformance/conformance.mjs [OPTIONS] [-- COMMAND ARGS...]
  --filter TEXT     only cases whose name contains TEXT, or matches /REGEX/; may be repeated
  --jobs N          run N cases at a time (default 2)
  --retries N       run a case that failed up to N times more, alone; one that passes then is named (default 0)
  --originals DIR   also run the quickstart-* cases of that folder, as original/quickstart-*
  --diff            whole differences (default: the first ${DIFF_LINES} lines)
  --logs DIR        write the log of each case to DIR/NAME.log
  --json FILE       write all outcomes to FILE
  --verbose         a line for each case
  --help            print this text
The command is 'node dist/src/main.js' if none is given. Exit code 0 only if nothing failed.
`;

const { values: options, positionals: command } = readArguments();
if (options.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
if (command.length === 0) command.push(process.execPath, path.join(PROJECT, 'dist/src/main.js'));

const pending = byCase('pending.json');
/** Symbolic links of the cases: not every archive and checkout keeps them. */
const links = byCase('links.json');

const work = fs.mkdtempSync(path.join(os.tmpdir(), 'logferry-conformance-'));
process.on('exit', () => fs.rmSync(work, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {
  endChildren();
  process.exit(130);
});

const began = Date.now();
const outcomes = await runAll(selectCases(), Math.max(1, Number(options.jobs)));
await repeatFailures(outcomes, Number(options.retries));
report(outcomes);

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        filter: { type: 'string', multiple: true, default: [] },
        jobs: { type: 'string', default: '2' },
        retries: { type: 'string', default: '0' },
        originals: { type: 'string' },
        diff: { type: 'boolean', default: false },
        logs: { type: 'string' },
        json: { type: 'string' },
        verbose: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    process.stderr.write(`${error.message}\n${USAGE}`);
    process.exit(2);
  }
}

/** A checked-in table whose keys are names of cases. */
function byCase(file) {
  const table = JSON.parse(fs.readFileSync(path.join(HERE, file), 'utf8'));
  for (const name of Object.keys(table)) if (!fs.existsSync(path.join(CASES, name))) throw new Error(`${file}: there is no case '${name}'`);
  return table;
}

/** The cases to run: `{ name, dir }`, sorted by name. */
function selectCases() {
  const found = namesIn(CASES).map((name) => ({ name, dir: path.join(CASES, name) }));
  if (options.originals !== undefined) {
    const names = namesIn(options.originals).filter((name) => ASSEMBLED.test(name));
    if (names.length === 0) throw new Error(`--originals: ${options.originals} has no quickstart-* cases`);
    for (const name of names) found.push({ name: `original/${name}`, dir: path.join(options.originals, name) });
  }
  return found.filter(({ name }) => options.filter.length === 0 || options.filter.some((filter) => {
    const regexp = /^\/(.*)\/$/.exec(filter);
    return regexp ? new RegExp(regexp[1]).test(name) : name.includes(filter);
  }));
}

function namesIn(folder) {
  return fs.readdirSync(folder).filter((name) => fs.existsSync(path.join(folder, name, 'case.json'))).sort();
}

/** The folder to run: a copy where a case has to be completed, by symbolic links or the project's own configuration. */
function assembled({ name, dir }) {
  const ownConfiguration = ASSEMBLED.test(name);
  if (!ownConfiguration && !links[name]) return dir;
  const copy = path.join(work, name);
  fs.rmSync(copy, { recursive: true, force: true });
  fs.cpSync(dir, copy, { recursive: true, verbatimSymlinks: true });
  if (ownConfiguration)
    for (const file of fs.readdirSync(CONTAINER_INSIGHTS).filter((file) => file.endsWith('.conf')))
      fs.copyFileSync(path.join(CONTAINER_INSIGHTS, file), path.join(copy, file));
  for (const [link, target] of Object.entries(links[name] ?? {})) {
    fs.mkdirSync(path.dirname(path.join(copy, link)), { recursive: true });
    fs.symlinkSync(target, path.join(copy, link));
  }
  return copy;
}

async function runAll(cases, jobs) {
  const done = [];
  const waiting = [...cases];
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const outcome = await runOne(next);
      done.push(outcome);
      if (options.verbose) print(outcome);
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return done.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function runOne({ name, dir }) {
  let result;
  try {
    result = await runAndCompare(assembled({ name, dir }), { mode: 'check', command });
  } catch (error) {
    result = { ok: false, lines: [`the runner failed: ${error.stack ?? error}`], logs: [], ms: 0 };
  }
  const { ok, skipped, lines, logs = [], ms } = result;
  if (options.logs !== undefined) {
    fs.mkdirSync(options.logs, { recursive: true });
    fs.writeFileSync(path.join(options.logs, `${name.replaceAll('/', '_')}.log`), `${logs.join('\n')}\n`);
  }
  return { name, dir, ms, lines, state: skipped ? 'skipped' : ok ? 'passed' : 'failed', skipped, pending: pending[name], attempts: 1 };
}

/** A machine under load can upset a case; alone it has to pass. */
async function repeatFailures(all, retries) {
  for (const [index, outcome] of all.entries()) {
    for (let attempt = 2; attempt <= retries + 1; attempt++) {
      if (all[index].state !== 'failed' || outcome.pending !== undefined) break;
      all[index] = { ...await runOne(outcome), attempts: attempt };
      if (options.verbose) print(all[index]);
    }
  }
}

function print({ name, state, ms, pending: reason, attempts }) {
  const notes = [`${(ms / 1000).toFixed(1)} s`, ...(attempts > 1 ? [`attempt ${attempts}`] : []), ...(reason === undefined ? [] : ['pending'])];
  console.log(`${state.padEnd(7)} ${name} (${notes.join(', ')})`);
}

function report(all) {
  const counted = all.filter((outcome) => outcome.pending === undefined);
  const waiting = all.filter((outcome) => outcome.pending !== undefined);
  const of = (list, state) => list.filter((outcome) => outcome.state === state);
  const [passed, failed, skipped] = ['passed', 'failed', 'skipped'].map((state) => of(counted, state));

  for (const outcome of failed) {
    console.log(`\nFAILED ${outcome.name}`);
    const lines = options.diff ? outcome.lines : outcome.lines.slice(0, DIFF_LINES);
    for (const line of lines) console.log(`    ${options.diff || line.length <= 200 ? line : `${line.slice(0, 200)} ...`}`);
    if (lines.length < outcome.lines.length) console.log(`    ... ${outcome.lines.length - lines.length} lines more (--diff)`);
  }
  console.log(`\n${table(all)}\n`);
  for (const { name, skipped: reason } of of(all, 'skipped')) console.log(`skipped ${name}: ${reason}`);
  for (const { name, attempts } of passed.filter((outcome) => outcome.attempts > 1)) console.log(`UNSTEADY ${name}: passed at attempt ${attempts} only`);
  const already = of(waiting, 'passed');
  if (waiting.length > 0) console.log(`pending: ${waiting.length}, of which ${already.length} pass already (not counted)`);
  for (const { name } of already) console.log(`PASSES ALREADY ${name}: remove it from test/conformance/pending.json`);
  if (skipped.length > 0) console.log(`skipped: ${skipped.length} (not counted)`);
  console.log(`took ${((Date.now() - began) / 1000).toFixed(0)} s`);
  if (options.json !== undefined) {
    const cases = all.map(({ name, state, ms, attempts, pending: reason, lines }) => ({ name, state, ms, attempts, pending: reason, lines }));
    const counts = { passed: passed.length, failed: failed.length, skipped: skipped.length, pending: waiting.length, pendingPassed: already.length };
    fs.writeFileSync(options.json, `${JSON.stringify({ ...counts, cases }, null, 1)}\n`);
  }
  if (all.length === 0) console.log('no case has such a name');
  console.log(`${passed.length} passed, ${failed.length} failed`);
  process.exit(failed.length > 0 || all.length === 0 ? 1 : 0);
}

/** One row for each prefix (`tail`, `parse`, ...). */
function table(all) {
  const columns = ['passed', 'failed', 'skipped', 'pending'];
  const column = (outcome) => (outcome.pending === undefined ? outcome.state : 'pending');
  const prefixes = [...new Set(all.map(({ name }) => name.split('-')[0]))];
  const row = (title, list) => [title, ...columns.map((name) => String(list.filter((outcome) => column(outcome) === name).length || '-'))];
  const rows = [
    ['cases', ...columns],
    ...prefixes.map((prefix) => row(prefix, all.filter(({ name }) => name.split('-')[0] === prefix))),
    row('total', all),
  ];
  const widths = rows[0].map((_, i) => Math.max(...rows.map((cells) => cells[i].length)));
  return rows.map((cells) => cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ')).join('\n');
}

/** Ends the agents that still run: each has a process group of its own. */
function endChildren() {
  for (const name of fs.readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = fs.readFileSync(`/proc/${name}/stat`, 'utf8');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      if (parent === process.pid) process.kill(-Number(name), 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
}
