#!/usr/bin/env node
// What compiled Ruby expressions cost beside the same in JavaScript, written by hand for the same records and with the same results.
//
//   node test/bench/ruby.mjs [DIST] [--json]
//
// Prints nanoseconds for each and their ratio; the last line has the geometric mean and the largest ratio. Exit code 1 if the
// results differ, or if a ratio is above MAX_RATIO.

import path from 'node:path';

const MAX_RATIO = 3;
const [dist = path.join(import.meta.dirname, '../../dist')] = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));
const { compileRuby, compileRubyText, toRecordValue, RubyTime } = await import(path.resolve(dist, 'src/api.js'));

const at = { file: 'bench', line: 1, column: 1 };
const variables = ['tag', 'tag_parts', 'record', 'time', 'hostname'];
const PARTS = 'kubernetes.var.log.containers.web-7d4b9c6f5-x2x4z_shop_web-98f9a71c.log'.split('.');

/** Records are Maps, as everywhere in the agent; several, so that nothing is a constant. */
const records = Array.from({ length: 64 }, (_, i) => new Map([
  ['log', `${['INFO', 'WARN', 'ERROR', 'DEBUG'][i % 4]} request ${i} took ${i * 3} ms user=u${i % 7} path=/a/b/${i}`],
  ['level', ['info', 'warn', 'error', 'debug'][i % 4]],
  ['status', String(200 + (i % 5) * 100)],
  ['took', `${i / 10}`],
  ['n', i],
  ['kubernetes', new Map([
    ['namespace_name', `team-${i % 3}`], ['pod_name', `web-7d4b9c6f5-${i}`], ['host', 'ip-10-0-1-7.ec2.internal'],
    ['labels', new Map([['app.kubernetes.io/name', `web${i % 5}`], ['tier', 'front']])],
  ])],
  ...(i % 3 ? [['user', `u${i}`]] : []),
]));

const two = (n) => (n < 10 ? `0${n}` : `${n}`);

const CASES = [
  ['record["kubernetes"]["namespace_name"]', ({ record }) => record.get('kubernetes').get('namespace_name')],
  ['record.dig("kubernetes", "labels", "tier")', ({ record }) => record.get('kubernetes')?.get('labels')?.get('tier') ?? null],
  ['record["level"].upcase', ({ record }) => record.get('level').toUpperCase()],
  ['record["user"] || "unknown"', ({ record }) => record.get('user') || 'unknown'],
  ['record["log"] =~ /ERROR/ ? "error" : "info"', ({ record }) => (/ERROR/.test(record.get('log')) ? 'error' : 'info')],
  ['record["status"].to_i >= 500 ? "bad" : "good"', ({ record }) => (parseInt(record.get('status'), 10) >= 500 ? 'bad' : 'good')],
  ['(record["took"].to_f * 1000).round', ({ record }) => Math.round(parseFloat(record.get('took')) * 1000)],
  ['tag_parts[4].split("_")[1]', ({ tag_parts }) => tag_parts[4].split('_')[1]],
  ['record["log"].gsub(/user=\\w+/, "user=***")', ({ record }) => record.get('log').replace(/user=\w+/g, 'user=***')],
  ['record["kubernetes"]["pod_name"].sub(/-[^-]+$/, "")', ({ record }) => record.get('kubernetes').get('pod_name').replace(/-[^-]+$/, '')],
  ['record.has_key?("user") ? record["user"] : record["kubernetes"]["pod_name"]', ({ record }) => (record.has('user') ? record.get('user') : record.get('kubernetes').get('pod_name'))],
  ['record["kubernetes"]["labels"].map { |k, v| [k.gsub(".", "_"), v] }.to_h', ({ record }) => new Map([...record.get('kubernetes').get('labels')].map(([k, v]) => [k.replaceAll('.', '_'), v]))],
  ['record["log"][0, 20]', ({ record }) => record.get('log').slice(0, 20)],
  ['time.strftime("%Y-%m-%dT%H:%M:%SZ")', ({ time }) => {
    const d = new Date(time.sec * 1000);
    return `${d.getUTCFullYear()}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())}T${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}Z`;
  }],
  ['%Q[${record["kubernetes"]["namespace_name"]}/${record["kubernetes"]["pod_name"]} on ${hostname}]', ({ record, hostname }) => {
    const k = record.get('kubernetes');
    return `${k.get('namespace_name')}/${k.get('pod_name')} on ${hostname}`;
  }],
];

const scopes = records.map((record, i) => ({ tag: PARTS.join('.'), tag_parts: PARTS, record, hostname: 'node-1', sec: 1_700_000_000 + i }));

/** Nanoseconds a call, the best of some rounds; the two take turns, so that both see the same machine. */
function measure(ruby, script) {
  const best = [Infinity, Infinity];
  let sink = 0;
  for (let round = 0; round < 80; round++) {
    for (const [which, run] of [ruby, script].entries()) {
      const calls = 6_000;
      const began = performance.now();
      for (let i = 0; i < calls; i++) if (run(i & 63) !== undefined) sink++;
      best[which] = Math.min(best[which], ((performance.now() - began) * 1e6) / calls);
    }
  }
  if (sink === 0) throw new Error('nothing was measured');
  return best;
}

const shown = (value) => JSON.stringify(value instanceof Map ? [...value] : value);
const results = [];
for (const [source, byHand] of CASES) {
  const options = { at, scope: 'event', variables };
  const program = source.startsWith('%Q[') ? compileRubyText(source.slice(3, -1), 'brackets', options) : compileRuby(source, options);
  const given = scopes.map((scope) => ({ ...scope, time: program.uses.includes('time') ? new RubyTime(scope.sec, 0) : null }));
  // What a filter does for each event: the variables, the run, and the value for the record.
  const ruby = (i) => toRecordValue(program.run(given[i]));
  const script = (i) => byHand(given[i]);
  for (let i = 0; i < 64; i++) {
    if (shown(ruby(i)) === shown(script(i))) continue;
    console.error(`${source}: ${shown(ruby(i))} is not ${shown(script(i))}`);
    process.exit(1);
  }
  const [rubyNs, scriptNs] = measure(ruby, script);
  results.push({ source, rubyNs: Math.round(rubyNs), scriptNs: Math.round(scriptNs), ratio: rubyNs / scriptNs });
}

const mean = Math.exp(results.reduce((sum, { ratio }) => sum + Math.log(ratio), 0) / results.length);
const worst = Math.max(...results.map(({ ratio }) => ratio));
if (process.argv.includes('--json')) console.log(JSON.stringify({ results, mean, worst }, undefined, 2));
else {
  for (const { source, rubyNs, scriptNs, ratio } of results) console.log(`${ratio.toFixed(2).padStart(6)}  ${`${rubyNs}`.padStart(6)} ns  ${`${scriptNs}`.padStart(6)} ns  ${source}`);
  console.log(`geometric mean ${mean.toFixed(2)}, largest ${worst.toFixed(2)} (at most ${MAX_RATIO} is wanted)`);
}
process.exitCode = worst > MAX_RATIO ? 1 : 0;
