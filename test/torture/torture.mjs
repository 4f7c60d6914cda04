#!/usr/bin/env node
// Tortures an agent and checks that it loses nothing: see README.md, or --help.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { HELP, readOptions } from './options.mjs';
import { describe, makeProgress } from './report.mjs';
import { Run } from './run.mjs';
import { makeSchedule } from './schedule.mjs';
import { shrink } from './shrink.mjs';

let options;
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  console.error(`torture: ${error.message}`);
  process.exit(2);
}
if (options.help) {
  console.log(HELP);
  process.exit(0);
}
const { startLocalCloudWatch } = await import(pathToFileURL(path.join(options.dist, 'src/local-cloudwatch/local-cloudwatch.js')).href);
options.startEndpoint = startLocalCloudWatch;
options.readsGzip = canReadGzip();
options.nodeVersion = versionOf(options.node);
options.built = fs.statSync(path.join(options.dist, 'src/main.js')).mtime.toISOString();

const schedules = options.schedule ? [options.schedule] : options.seeds.map((seed) => makeSchedule({ ...options, seed }));
let failed = 0;
let current;
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void (current?.stop() ?? Promise.resolve()).finally(() => process.exit(130)));
for (const schedule of schedules) {
  const result = await once(schedule, options);
  if (result.ok) continue;
  failed++;
  if (options.shrink) {
    const smallest = await shrink(schedule, async (smaller) => !(await once(smaller, { ...options, results: undefined })).ok, (text) => console.log(text));
    const file = path.join(result.folder, 'smallest.json');
    fs.writeFileSync(file, JSON.stringify(smallest, undefined, 1));
    console.log(`${smallest.actions.length} actions are left: ${file}`);
  }
}
if (schedules.length > 1) console.log(`${schedules.length - failed} of ${schedules.length} runs went well`);
process.exit(failed > 0 ? 1 : 0);

async function once(schedule, settings) {
  const progress = makeProgress(process.stderr, schedule.seconds);
  const run = new Run(schedule, settings);
  current = run;
  let result;
  try {
    result = await run.execute(progress);
  } catch (error) {
    progress.end();
    console.log(`seed ${schedule.seed}: the run broke off: ${error.stack}\n  its folder: ${run.root}`);
    save(run, { broken: error.message });
    return { ok: false, folder: run.root };
  }
  progress.end();
  for (const line of describe(schedule.seed, result, settings)) console.log(line);
  save(run, result);
  if (settings.results) fs.appendFileSync(settings.results, `${JSON.stringify(resultLine(schedule, result))}\n`);
  if (result.ok && !settings.keep) fs.rmSync(run.root, { recursive: true, force: true });
  else console.log(`  kept: ${run.root} (agent.log, requests.log, positions.log, result.json, logs, state)\n  again: npm run torture -- --schedule ${path.join(run.root, 'schedule.json')}`);
  return { ...result, folder: run.root };
}

function save(run, result) {
  fs.writeFileSync(path.join(run.root, 'schedule.json'), JSON.stringify(run.schedule, undefined, 1));
  fs.writeFileSync(path.join(run.root, 'result.json'), JSON.stringify(result, undefined, 1));
}

function resultLine(schedule, result) {
  const { lines, bytesWritten: bytes, kills, terms, starts, reloads, ledger, ledgersChecked, actions, faults, lost, unavoidable, duplicated, duplicateBound, reordered, corrupted, mixed, invented, maxRss, clock, ok, failures, skipped, drainMs } = result;
  return {
    seed: schedule.seed, minutes: schedule.seconds / 60, node: options.nodeVersion, rate: schedule.rate, files: schedule.files.length, lines, bytes, kills, terms, starts, reloads, actions, faults, lost, unavoidable,
    duplicated, duplicateBound, reordered, corrupted: corrupted + mixed + invented, maxRss, ledgerBalanced: ledger.every((line) => !line.includes('NOT balanced')), ledgersChecked, clock, built: options.built, ok, failures, skipped, drainMs,
  };
}

/** Whether the agent's tail says that it can read compressed files after they were rotated. */
function canReadGzip() {
  try {
    return execFileSync(options.agent[0], [...options.agent.slice(1), 'plugins', 'input', 'tail'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).includes('read_gzip_rotated');
  } catch {
    return false;
  }
}

function versionOf(node) {
  return execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
}
