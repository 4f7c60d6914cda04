// What a person sees.

const mib = (bytes) => `${(bytes / 1_048_576).toFixed(1)} MiB`;
const table = (object) => Object.entries(object).map(([name, count]) => `${name} ${count}`).join(', ') || 'none';

/** One line while a run goes on; on a terminal it stays in its place. */
export function makeProgress(stream, seconds) {
  const began = Date.now();
  let next = 0;
  const show = (run, state) => {
    const now = Date.now();
    if (!stream.isTTY && now < next) return;
    next = now + 15_000;
    const { counts } = run.oracle;
    const written = run.logs.reduce((sum, log) => sum + log.count, 0);
    const text = `seed ${run.schedule.seed}: ${state} ${Math.round((now - began) / 1000)} of ${seconds} s, ${written} lines written, `
      + `${counts.pieces - counts.duplicated} delivered, ${counts.duplicated} twice, ${run.oracle.examples.length} problems`;
    stream.write(stream.isTTY ? `\r\u001b[K${text.slice(0, (stream.columns ?? 120) - 1)}` : `${text}\n`);
  };
  show.end = () => stream.isTTY && stream.write('\r\u001b[K');
  return show;
}

/** The result of a run as lines of text. */
export function describe(seed, result, { verbose }) {
  const { ok, failures, notices, truncations, examples } = result;
  const windows = truncations.filter(({ window }) => window > 0);
  const lines = [
    `seed ${seed}: ${ok ? 'well' : 'FAILED'}: ${result.lines} lines (${mib(result.bytesWritten)}), lost ${result.lost}, duplicated ${result.duplicated} (at most ${result.duplicateBound} explained), `
      + `reordered ${result.reordered}, corrupted ${result.corrupted + result.mixed + result.invented}`,
    `  agent: ${result.kills} kills, ${result.terms} ends by SIGTERM, ${result.starts} starts, ${result.failedStarts} of them failed, at most ${mib(result.maxRss)}`,
    `  actions: ${table(result.actions)}`,
    `  endpoint: ${result.requests} requests, ${table(result.faults)}; ${result.rejected} events rejected, ${result.tooOld} lines were too old on purpose`,
    `  duplicates explained by: ${table(result.boundBy)}`,
    `  unavoidable losses: ${table(result.unavoidable)} (possible: ${table(result.excusable)})`,
    `  copytruncate: ${truncations.length}, of which ${windows.length} with lines in the window`,
    `  events that concat's timeout or an end divided: ${result.split}; in the order of the agent's clock, not of the file: ${result.sortedByTime}; in another order than their files, which are known by inode: ${result.acrossInodes}; beside the output that a reload replaced: ${result.acrossReloads}; around a file that nobody might read for a while: ${result.aroundForbidden}`,
    `  clock: ${result.clock}; small disk: ${result.smallDisk ? 'mounted' : 'none (needs root)'}; compressed files: ${result.readsGzip ? 'read' : 'only when delivered'}; reloads: ${result.reloads}; ledgers held against what arrived: ${result.ledgersChecked}`,
  ];
  if (Object.keys(result.skipped).length > 0) lines.push(`  left out: ${table(result.skipped)}`);
  for (const line of result.ledger.slice(-3)) lines.push(`  ${line}`);
  if (verbose || !ok) {
    lines.push(`  errors of the agent: ${table(result.errors)}`);
    for (const notice of notices) lines.push(`  ${notice}`);
    for (const example of examples) lines.push(`  ${JSON.stringify(example)}`);
  }
  for (const failure of failures) lines.push(`  FAILED ${failure}`);
  return lines;
}
