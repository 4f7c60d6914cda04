#!/usr/bin/env node
// `npm test`: builds, checks and tests everything; the last line has all counts.
//
// Steps that are no tests (build, lint, ...) count as one failure each if they fail, so that '0 failed' means
// that everything is well. Options go to the conformance runner: npm test -- --filter tail- --jobs 4

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const PROJECT = path.join(import.meta.dirname, '..');
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'logferry-test-'));
process.on('exit', () => fs.rmSync(work, { recursive: true, force: true }));

/** Cases wait more than they work: more of them at a time than there are processors. */
const JOBS = String(Math.min(8, os.availableParallelism() + 2));

const bin = (name) => path.join(PROJECT, 'node_modules/.bin', name);
const vitestResult = path.join(work, 'vitest.json');
const conformanceResult = path.join(work, 'conformance.json');

const STEPS = [
  { name: 'build', command: ['npm', 'run', '--silent', 'build'] },
  { name: 'types of the tests', command: [bin('tsc'), '--noEmit'] },
  { name: 'lint', command: [bin('oxlint'), '--deny-warnings'] },
  {
    name: 'unit tests',
    limitMinutes: 9,
    command: [bin('vitest'), 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${vitestResult}`],
    counts: () => vitestCounts(JSON.parse(fs.readFileSync(vitestResult, 'utf8'))),
  },
  {
    name: 'conformance',
    needs: 'build',
    limitMinutes: 15,
    // A machine under load may upset a case; whatever passes at the second try only is named.
    command: [process.execPath, 'test/conformance/conformance.mjs', '--jobs', JOBS, '--retries', '1', '--json', conformanceResult, ...process.argv.slice(2)],
    counts: () => {
      const { passed, failed } = JSON.parse(fs.readFileSync(conformanceResult, 'utf8'));
      return { passed, failed };
    },
  },
];

const done = [];
for (const step of STEPS) done.push(await run(step));

console.log('\n--- all steps');
const width = Math.max(...done.map(({ name }) => name.length));
for (const { name, ok, passed, failed, seconds, note } of done) {
  const counts = passed + failed > 0 ? `${passed} passed, ${failed} failed` : '';
  console.log(`${ok ? 'ok    ' : 'FAILED'}  ${name.padEnd(width)}  ${`${seconds.toFixed(1)} s`.padStart(8)}  ${[counts, note].filter(Boolean).join('; ')}`.trimEnd());
}
const total = (key) => done.reduce((sum, step) => sum + step[key], 0);
const wrong = done.some(({ ok }) => !ok);
console.log(`${total('passed')} passed, ${total('failed')} failed`);
process.exit(wrong || total('passed') === 0 ? 1 : 0);

async function run({ name, command, counts, needs, limitMinutes = 5 }) {
  console.log(`\n--- ${name}`);
  if (needs !== undefined && done.some((step) => step.name === needs && !step.ok)) {
    console.log(`not run: ${needs} failed`);
    return { name, ok: false, passed: 0, failed: 1, seconds: 0, note: `not run, as ${needs} failed` };
  }
  const began = performance.now();
  const code = await exitCode(command, limitMinutes);
  const seconds = (performance.now() - began) / 1000;
  let result = { passed: 0, failed: 0 };
  let note = code === 'late' ? `ended after ${limitMinutes} minutes` : undefined;
  try {
    if (counts) result = counts();
  } catch (error) {
    note ??= `no result: ${error.message}`;
  }
  const ok = code === 0 && note === undefined && result.failed === 0;
  // Whatever went wrong without a test that says so.
  if (!ok && result.failed === 0) result = { ...result, failed: 1 };
  console.log(`${ok ? 'ok' : 'FAILED'}: ${name}, ${seconds.toFixed(1)} s`);
  return { name, ok, ...result, seconds, note };
}

/** The exit code, or 'late': a loop without end in a test must not hold everything up. */
function exitCode([file, ...args], limitMinutes) {
  return new Promise((resolve) => {
    // A group of its own, so that the step's own children end with it.
    const child = spawn(file, args, { cwd: PROJECT, stdio: ['ignore', 'inherit', 'inherit'], detached: true });
    const end = (signal) => {
      try {
        process.kill(-child.pid, signal);
      } catch {
        // It has ended meanwhile.
      }
    };
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      console.log(`\nended after ${limitMinutes} minutes`);
      end('SIGTERM');
      setTimeout(end, 5000, 'SIGKILL').unref();
    }, limitMinutes * 60_000);
    const interrupt = (signal) => {
      end(signal);
      setTimeout(() => process.exit(130), 1000);
    };
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, interrupt);
    child.on('error', (error) => {
      console.log(`cannot start ${file}: ${error.message}`);
      resolve(127);
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, interrupt);
      resolve(late ? 'late' : (code ?? 1));
    });
  });
}

/** A file that cannot even be loaded has no tests that fail: it counts as one. */
function vitestCounts({ numPassedTests, numFailedTests, testResults }) {
  const broken = testResults.filter(({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed')).length;
  return { passed: numPassedTests, failed: numFailedTests + broken };
}
