#!/usr/bin/env node
// Runs `logferry compat --json` over configurations on this machine and prints counts of what they use: see public-configs.md.
//
//   node test/compat/public-configs.mjs DIST LIST > test/compat/public-configs.json
//
// DIST is a build (dist/), LIST a file with one path of a main configuration on each line.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const [dist, list] = process.argv.slice(2);
const files = fs.readFileSync(list, 'utf8').split('\n').filter(Boolean);

/** Environment variables of the machine must not count. */
const env = { PATH: process.env.PATH, HOME: '/nonexistent', TZ: 'UTC' };

const verdicts = { works: 0, differs: 0, missing: 0 };
const plugins = new Map();
const kinds = new Map();
for (const file of files) {
  const { stdout, stderr } = spawnSync(process.execPath, [path.join(dist, 'src/main.js'), 'compat', '-c', file, '--json'], { env, cwd: '/', maxBuffer: 2 ** 28 });
  let report;
  try {
    report = JSON.parse(stdout);
  } catch {
    process.stderr.write(`${file}: no report: ${stderr}\n`);
    continue;
  }
  verdicts[report.verdict]++;
  for (const { kind, type, count, state } of report.plugins) {
    const entry = plugins.get(`${kind}/${type}`) ?? { configurations: 0, places: 0, state };
    plugins.set(`${kind}/${type}`, { configurations: entry.configurations + 1, places: entry.places + count, state });
  }
  const seen = new Set(report.findings.filter(({ level }) => level !== 'differs').map(({ level, construct }) => `${level}: ${/ /.test(construct) && level === 'missing' ? 'unknown plugin' : construct}`));
  for (const name of seen) kinds.set(name, (kinds.get(name) ?? 0) + 1);
  if (process.env.VERBOSE) for (const { level, construct, message, at } of report.findings) if (level !== 'differs') process.stderr.write(`${level}\t${construct}\t${message}\t${at?.file}:${at?.line}\n`);
}

const byCount = (map) => Object.fromEntries([...map].sort(([a, x], [b, y]) => (y.configurations ?? y) - (x.configurations ?? x) || (a < b ? -1 : 1)));
process.stdout.write(`${JSON.stringify({ configurations: files.length, verdicts, findings: byCount(kinds), plugins: byCount(plugins) }, undefined, 2)}\n`);
