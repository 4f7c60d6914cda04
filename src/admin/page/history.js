/** Rates: differences of totals over the last seconds. */

/** Over so long a rate is taken, milliseconds. */
const WINDOW_MS = 5000;

export class History {
  #seen = [];

  /** Takes a status; one of another run of the agent begins anew. */
  add(status) {
    const last = this.#seen.at(-1);
    if (last && (last.startedAt !== status.startedAt || last.pid !== status.pid || status.now < last.now)) this.#seen = [];
    this.#seen.push({ now: status.now, pid: status.pid, startedAt: status.startedAt, totals: totalsOf(status) });
    while (this.#seen.length > 2 && status.now - this.#seen[1].now >= WINDOW_MS) this.#seen.shift();
  }

  /** Per second; 0 as long as there is nothing to compare with. */
  rate(key) {
    const first = this.#seen[0];
    const last = this.#seen.at(-1);
    if (!first || first === last) return 0;
    const from = first.totals.get(key);
    const to = last.totals.get(key);
    // What came while the page looked began with nought.
    return to === undefined ? 0 : Math.max(0, ((to - (from ?? 0)) * 1000) / (last.now - first.now));
  }
}

/** Running totals by name. */
export function totalsOf(status) {
  const totals = new Map([['cpu', status.process.cpuSeconds]]);
  const add = (key, value) => totals.set(key, (totals.get(key) ?? 0) + value);
  for (const step of status.pipeline) {
    for (const field of ['received', 'passed', 'emitted', 'failed', 'lines', 'bytes']) totals.set(`${step.kind} ${step.id} ${field}`, step[field]);
    if (step.kind === 'input') {
      add('lines', step.lines || step.emitted);
      add('bytes', step.bytes);
      add('emitted', step.emitted);
    }
  }
  for (const { kind, from, to, records } of status.flows) totals.set(`flow ${kind} ${from} ${to}`, records);
  for (const output of status.ledger.outputs) {
    add('delivered', output.delivered);
    totals.set(`delivered ${output.id}`, output.delivered);
  }
  for (const file of status.files) totals.set(`file ${file.input} ${file.path}`, file.bytes);
  return totals;
}
