// The local CloudWatch Logs endpoint within this process: it lives on while the agent dies, and fails as it is told.

import fs from 'node:fs';

/** An answer that comes later than this is taken for lost: the agent may have given up on it. */
const LATE_MS = 4000;

/** An answer that was sent so shortly before its connection is cut may not have been read. */
const CUT_MS = 300;

export class Endpoint {
  #start;
  #oracle;
  #record;
  #running;
  #port;
  #rules = [];
  #groups = {};
  /** Sizes of the requests that were accepted lately: [time, pieces]. */
  #recent = [];
  #diedAt = 0;
  #stoppedFrom = Infinity;
  #counting = 0;
  /** Fault -> how often it struck. */
  faults = new Map();
  requests = 0;
  rejected = 0;
  /** Pieces of requests whose answers the agent may not have seen. */
  unanswered = 0;

  /**
   * @param {Function} start startLocalCloudWatch
   * @param {import('./oracle.mjs').Oracle} oracle
   * @param {string} record file that gets a line for each accepted request
   */
  constructor(start, oracle, record) {
    this.#record = record;
    this.#start = start;
    this.#oracle = oracle;
  }

  get url() {
    return `http://127.0.0.1:${this.#port}`;
  }

  async open() {
    this.#running = await this.#start({
      port: this.#port ?? 0,
      keepEvents: false,
      groups: this.#groups,
      faults: this.#rules,
      onRequest: (summary) => this.#answered(summary),
    });
    this.#port = this.#running.port;
    // They may have changed meanwhile.
    this.#running.setFaults(this.#rules);
    const running = this.#running;
    const { store } = running;
    // Every accepted request passes here, in the order in which its stream gets it.
    const append = store.append.bind(store);
    store.append = (group, stream, batch) => {
      append(group, stream, batch);
      const before = this.#oracle.counts.pieces;
      const ranges = this.#oracle.arrived(group.name, stream.name, batch.messages, batch.from, batch.to);
      fs.appendFileSync(this.#record, `${new Date().toISOString().slice(11, 23)} ${stream.name}: ${ranges}\n`);
      this.#counting = this.#oracle.counts.pieces - before;
      this.rejected += batch.messages.length - (batch.to - batch.from);
      // A delayed request outlives its connection: nobody gets the answer.
      if (this.#running !== running) this.#allow('requests handled after their connection was cut', this.#counting);
      this.#recent.push([Date.now(), this.#counting]);
      if (this.#recent.length > 4096) this.#recent.splice(0, 2048);
    };
  }

  #answered({ fault, operation }) {
    this.requests++;
    const pieces = this.#counting;
    this.#counting = 0;
    if (fault === undefined) return;
    this.faults.set(fault, (this.faults.get(fault) ?? 0) + 1);
    if (operation !== 'PutLogEvents') return;
    if (fault === 'lose-answer') this.#allow('lost answers', pieces);
    if (fault === 'delay') {
      const rule = this.#rules.find(({ action }) => action === 'delay');
      const began = Date.now() - (rule?.delayMs ?? LATE_MS);
      if (rule === undefined || rule.delayMs >= LATE_MS || began <= this.#diedAt + 200) this.#allow('late answers', pieces);
    }
  }

  /** Requests from before this are answered to nobody. */
  agentDied() {
    this.#diedAt = Date.now();
  }

  /** An agent that stands still may find its time-outs over before it sees the answers. */
  agentStops() {
    this.#stoppedFrom = Date.now() - 1000;
  }

  agentGoesOn(stoppedMs) {
    if (stoppedMs >= LATE_MS) this.#allowSince('answers while the agent stood still', this.#stoppedFrom);
    this.#stoppedFrom = Infinity;
  }

  setFaults(rules) {
    this.#rules = rules;
    this.#running?.setFaults(rules);
  }

  /** Nobody listens any more, connections are cut. */
  async vanish() {
    const { store } = this.#running;
    this.#groups = Object.fromEntries(store.groups().map(({ name, streams }) => [name, [...streams.keys()]]));
    await this.#running.stop();
    this.#running = undefined;
    this.faults.set('vanished', (this.faults.get('vanished') ?? 0) + 1);
    this.#allowSince('answers on connections that were cut', Math.min(this.#stoppedFrom, Date.now() - CUT_MS));
  }

  /** Listens again on the same port; `forget`: as if groups and streams had been deleted meanwhile. */
  async comeBack(forget) {
    if (this.#running) return;
    if (forget) this.#groups = {};
    await this.open();
  }

  /** Ends requests that hang. */
  async cut() {
    if (!this.#running) return;
    await this.vanish();
    await this.comeBack(false);
  }

  #allow(reason, pieces) {
    this.unanswered += pieces;
    this.#oracle.allow(reason, pieces);
  }

  #allowSince(reason, since) {
    let pieces = 0;
    for (const [at, count] of this.#recent) if (at >= since) pieces += count;
    this.#allow(reason, pieces);
  }

  async close() {
    await this.#running?.stop();
  }
}
