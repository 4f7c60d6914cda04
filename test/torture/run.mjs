// One run: a schedule, an agent, an endpoint, and the verdict.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeActions } from './actions.mjs';
import { AgentProcess, fakeClock } from './agent.mjs';
import { makeConfig, placesOf } from './config.mjs';
import { Endpoint } from './endpoint.mjs';
import { LogFile } from './log-file.mjs';
import { Oracle } from './oracle.mjs';
import { afterDeath, fileOf, readBuffered, readPositions } from './saved-state.mjs';

/** Writers get their turn this often. */
const TICK_MS = 50;
/** What the user `nobody` is called by the kernel: root may read everything, the agent must not. */
const NOBODY = 65_534;
/** Without any arrival for so long, whatever is missing is lost. */
const STALL_MS = 45_000;
/** The agent's own limit for its end, seconds. */
const SHUTDOWN_SECONDS = 8;
/** Size of the small disk. */
const SMALL_DISK = '24m';

export class Run {
  options;
  schedule;
  oracle = new Oracle();
  logs = [];
  faultRules = new Set();
  truncations = [];
  ends = {};
  failures = [];
  ledgersChecked = 0;
  notices = [];
  clockOffset = 0;
  /** What is changed in the configuration by now. */
  changes = new Set();
  diskFull = false;
  endpointGone = false;
  /** Whether requests hang that nobody has cut. */
  hanging = false;
  ended = false;
  /** Action -> how often it was done; and left out, by reason. */
  done = new Map();
  skipped = new Map();
  #byId = new Map();
  #agentChain = Promise.resolve();
  #began = 0;
  #hurry = new AbortController();
  #samples = new Map();
  /** How things were when the agent was started. */
  #life;
  #backwards = 0;

  constructor(schedule, options) {
    this.schedule = schedule;
    this.options = options;
  }

  log(id) {
    return this.#byId.get(id);
  }

  /** A pause that ends early when the run is over. */
  async pause(ms) {
    if (ms > 0) await sleep(ms, undefined, { signal: this.#hurry.signal }).catch(() => {});
  }

  /** Whatever starts, stops or ends the agent comes one after the other. */
  withAgent(action) {
    const result = this.#agentChain.then(action);
    this.#agentChain = result.catch(() => {});
    return result;
  }

  fail(text) {
    this.failures.push(`${this.#clockText()} ${text}`);
  }

  notice(text) {
    this.notices.push(`${this.#clockText()} ${text}`);
  }

  #clockText() {
    return `${((Date.now() - this.#began) / 1000).toFixed(1)} s:`;
  }

  /** All of it; resolves to the result. */
  async execute(progress) {
    const root = (this.root = fs.mkdtempSync(path.join(os.tmpdir(), 'logferry-torture-')));
    fs.chmodSync(root, 0o755);
    try {
      await this.#prepare(root);
      await this.#torture(progress);
      await this.#drain(progress);
      return await this.#verdict();
    } finally {
      await this.stop();
      for (const log of this.logs) log.close();
    }
  }

  /** Leaves no process and no disk behind. */
  async stop() {
    this.ended = true;
    this.#hurry.abort();
    this.agent?.signal('SIGCONT');
    await this.agent?.end('SIGKILL');
    await this.endpoint?.close();
    if (this.hasSmallDisk) unmount(this.places.small);
    this.hasSmallDisk = false;
  }

  async #prepare(root) {
    const { options, schedule } = this;
    const places = (this.places = { logs: path.join(root, 'logs'), state: path.join(root, 'state'), small: path.join(root, 'small') });
    for (const place of Object.values(places)) fs.mkdirSync(place);
    const uid = process.getuid?.() === 0 ? NOBODY : undefined;
    this.hasSmallDisk = uid !== undefined && mount(places.small);
    if (uid !== undefined) for (const place of [places.state, places.small]) fs.chownSync(place, uid, uid);
    for (const { id, kind, weight } of schedule.files) {
      const log = new LogFile(id, kind, places.logs, (schedule.seed * 1000 + this.logs.length) >>> 0);
      log.weight = weight;
      this.logs.push(log);
      this.#byId.set(id, log);
      this.oracle.add(log);
    }
    this.endpoint = new Endpoint(options.startEndpoint, this.oracle, path.join(root, 'requests.log'));
    await this.endpoint.open();
    this.readsGzip = options.readsGzip;
    const config = (this.configFile = path.join(root, 'fluent.conf'));
    this.writeConfig();
    const clockFile = path.join(root, 'clock');
    const clock = options.without.includes('clock') ? undefined : fakeClock(clockFile);
    this.clockFile = clock && clockFile;
    if (clock) this.setClock(0);
    this.agent = new AgentProcess({
      command: [...options.agent, '-c', config, '--shutdown-timeout', `${SHUTDOWN_SECONDS}`],
      env: { PATH: process.env.PATH, HOME: places.state, TZ: 'UTC', NO_COLOR: '1', AWS_EC2_METADATA_DISABLED: 'true', ...clock },
      uid, cwd: places.state, log: path.join(root, 'agent.log'),
    });
    this.agent.onExit = () => this.#unexpectedEnd();
    await this.withAgent(() => this.startAgent());
  }

  writeConfig() {
    fs.writeFileSync(`${this.configFile}.new`, makeConfig({ ...this.places, url: this.endpoint.url, gzip: this.readsGzip }, this.changes));
    fs.renameSync(`${this.configFile}.new`, this.configFile);
  }

  setClock(seconds) {
    this.clockOffset = seconds;
    fs.writeFileSync(`${this.clockFile}.new`, `${seconds < 0 ? '' : '+'}${seconds}\n`);
    fs.renameSync(`${this.clockFile}.new`, this.clockFile);
  }

  /** As Kubernetes does it: an agent that does not start is started again. */
  async startAgent() {
    for (let tries = 1; ; tries++) {
      const hadDisk = !this.diskFull;
      const before = this.agent.crashes.length;
      this.#life = { written: this.#written(), events: this.oracle.counts.events, unanswered: this.endpoint.unanswered, ledgers: this.agent.ledger.length, rereads: false };
      if (await this.agent.start()) return;
      if (this.agent.running) {
        this.fail('the agent did not say in time that it runs');
        await this.agent.end('SIGKILL');
        await this.died('starts that took too long');
      }
      const crash = this.agent.crashes[before];
      // Without room for the position file there is no start.
      if (crash && !(hadDisk && !this.diskFull)) this.agent.restarted(crash);
      if (tries >= 20) throw new Error(`the agent does not start: ${tail(path.join(this.root, 'agent.log'))}`);
      await sleep(Math.min(200 * tries, 1000));
    }
  }

  #unexpectedEnd() {
    // An end during the start is seen by startAgent.
    const crash = this.agent.crashes.at(-1);
    if (this.ended || crash === undefined || crash.handled) return;
    crash.handled = true;
    if (this.agent.starting) return;
    void this.withAgent(async () => {
      if (this.agent.running || this.ended) return;
      await this.died('ends by itself');
      await this.startAgent();
    });
  }

  #written() {
    return this.logs.reduce((sum, log) => sum + log.count, 0);
  }

  /** Some lines are read a second time by the same agent: its count of lines says less. */
  noteReread() {
    this.#life.rereads = true;
  }

  /** The ledger that an agent has printed at its end, held against what was written and what arrived while it ran. */
  checkLedger() {
    const { events, unanswered, ledgers, rereads } = this.#life;
    const line = this.agent.ledger[ledgers];
    if (line === undefined) return this.fail('the agent ended in good order without a ledger');
    this.ledgersChecked++;
    if (line.includes('NOT balanced')) this.fail(line);
    const number = (pattern) => Number(pattern.exec(line)?.[1] ?? 0);
    const read = number(/read (\d+) lines/);
    const delivered = number(/delivered [^)]*cloudwatch_logs (\d+)/);
    const accepted = this.oracle.counts.events - events;
    const doubtful = this.endpoint.unanswered - unanswered;
    if (!rereads && read > this.#written()) this.fail(`the ledger says that ${read} lines were read, of ${this.#written()} that there are`);
    if (delivered > accepted) this.fail(`the ledger says that ${delivered} events were delivered, the endpoint has ${accepted}`);
    if (!line.includes('waiting') && delivered + doubtful < accepted) this.fail(`the ledger says that ${delivered} events were delivered, the endpoint has ${accepted}, with ${doubtful} in doubt`);
  }

  /** What the dead agent left decides what may come again, and what cannot come any more. */
  async died(reason) {
    this.endpoint.agentDied();
    // Requests that have arrived are still answered.
    await sleep(60);
    this.#keepPositions(reason);
    const { again, gone } = this.#leftBehind();
    this.oracle.allow(reason, again);
    if (gone > 0) this.notice(`${reason}: ${gone} pieces were in memory alone`);
  }

  /** How many pieces would come again if inputs began anew at the positions that are saved now. */
  readAgain() {
    const positions = new Map();
    let sum = 0;
    for (const log of this.logs) {
      const { positions: file } = placesOf(log.kind, this.places);
      if (!positions.has(file)) positions.set(file, readPositions(file));
      for (let unit = 0; unit < log.count; unit++) {
        const generation = log.generations[log.units.generation[unit]];
        const saved = positions.get(file).get(fileOf(log, generation.inode));
        if (generation.gone === undefined && (saved === undefined || saved.at <= log.units.start[unit])) sum++;
      }
    }
    return sum;
  }

  /** The position files as they are now, to look at after a failure. */
  #keepPositions(reason) {
    const files = new Set(this.logs.map(({ kind }) => placesOf(kind, this.places).positions));
    const texts = [...files].filter((file) => fs.existsSync(file)).map((file) => `${file}\n${fs.readFileSync(file, 'utf8')}`);
    fs.appendFileSync(path.join(this.root, 'positions.log'), `--- ${new Date().toISOString().slice(11, 23)} ${reason}\n${texts.join('')}`);
  }

  #leftBehind() {
    const positions = new Map();
    const buffers = new Map();
    const cached = (cache, key, read) => {
      if (!cache.has(key)) cache.set(key, key === undefined ? new Map() : read(key));
      return cache.get(key);
    };
    return afterDeath({
      logs: this.logs,
      oracle: this.oracle,
      positionsOf: (kind) => cached(positions, placesOf(kind, this.places).positions, readPositions),
      bufferedOf: (kind) => cached(buffers, placesOf(kind, this.places).buffer, readBuffered),
    });
  }

  async #torture(progress) {
    const { schedule } = this;
    const actions = makeActions(this);
    const total = schedule.files.reduce((sum, { weight }) => sum + weight, 0);
    this.#began = Date.now();
    let last = this.#began;
    const writer = setInterval(() => {
      const now = Date.now();
      const events = (schedule.rate * (now - last)) / 1000;
      last = now;
      for (const log of this.logs) log.write((events * log.weight) / total);
    }, TICK_MS);
    const watcher = setInterval(() => this.#look(), 500);
    const running = [];
    const end = this.#began + schedule.seconds * 1000;
    try {
      for (const { at, action, args } of schedule.actions) {
        await this.#until(this.#began + at, progress);
        running.push(this.#act(actions, action, args, at));
      }
      await this.#until(end, progress);
    } finally {
      clearInterval(writer);
      clearInterval(watcher);
    }
    // What is still under way ends now.
    this.#hurry.abort();
    this.writtenUntil = Date.now();
    const late = await Promise.race([Promise.all(running).then(() => false), sleep(120_000, true, { ref: false })]);
    if (late) this.fail('actions did not end');
    for (const log of this.logs) log.finish();
  }

  async #act(actions, action, args, at) {
    let skipped;
    try {
      if (this.options.verbose) this.notice(`${action} ${JSON.stringify(args)}`);
      skipped = await actions[action](args, at);
    } catch (error) {
      skipped = 'it failed';
      this.fail(`${action} ${JSON.stringify(args)}: ${error.stack}`);
    }
    const name = action === 'fault' ? `fault ${args.kind}` : action;
    if (skipped === undefined) this.done.set(name, (this.done.get(name) ?? 0) + 1);
    else this.skipped.set(`${name}: ${skipped}`, (this.skipped.get(`${name}: ${skipped}`) ?? 0) + 1);
  }

  async #until(time, progress) {
    for (let left = time - Date.now(); left > 0; left = time - Date.now()) {
      await sleep(Math.min(left, 500));
      progress(this, 'running');
    }
  }

  /** Memory, and whether saved positions only move on. */
  #look() {
    this.agent.measure();
    for (const file of new Set(this.logs.map(({ kind }) => placesOf(kind, this.places).positions))) {
      const before = this.#samples.get(file);
      const positions = readPositions(file);
      this.#samples.set(file, positions);
      for (const [key, { path: name, inode, at }] of positions) {
        const then = before?.get(key);
        if (then === undefined || then.path !== name || at >= then.at || then.at === Infinity) continue;
        // The inode of a file that was truncated, or given to another file.
        if (this.logs.flatMap(({ generations }) => generations).filter((each) => each.inode === inode).length > 1) continue;
        if (this.#backwards++ < 10) this.fail(`the saved position of ${path.relative(this.places.logs, name)} (inode ${inode}) went back from ${then.at} to ${at}`);
      }
    }
  }

  async #drain(progress) {
    this.faultRules.clear();
    this.endpoint.setFaults([]);
    if (!this.endpointGone && this.hanging) await this.endpoint.cut();
    if (this.clockFile) this.setClock(0);
    await this.withAgent(async () => {
      if (!this.agent.running) await this.startAgent();
    });
    this.oracle.lastArrival = Date.now();
    const began = Date.now();
    // What actions have begun that ended late.
    for (const log of this.logs) log.finish();
    while (this.oracle.outstanding() > 0 && Date.now() - Math.max(this.oracle.lastArrival, began) < STALL_MS) {
      this.agent.measure();
      await sleep(300);
      progress(this, 'draining');
    }
    this.drainMs = Date.now() - began;
    // Whatever comes twice.
    await sleep(1500);
    await this.withAgent(async () => {
      const how = await this.agent.end('SIGTERM');
      if (how?.late || how?.code !== 0) this.fail(`the last end was not orderly: ${JSON.stringify(how)}`);
      await sleep(100);
      this.checkLedger();
    });
  }

  async #verdict() {
    const { oracle, agent, failures } = this;
    // A restart now should find nothing to read or to send.
    const { again } = this.#leftBehind();
    const result = oracle.result();
    const { maxRss, crashes, failedStarts, starts } = agent;
    for (const crash of crashes) failures.push(`the agent ended by itself: ${JSON.stringify(crash)}`);
    if (again > 0 && result.lost === 0) failures.push(`after the last, orderly end ${again} pieces would be read or sent again`);
    for (const name of ['lost', 'corrupted', 'mixed', 'invented', 'reordered', 'tooOldArrived']) if (result[name] > 0) failures.push(`${name}: ${result[name]}`);
    if (result.duplicated > result.duplicateBound) failures.push(`duplicated: ${result.duplicated}, at most ${result.duplicateBound} are explained`);
    return {
      ...result,
      failures, notices: this.notices, ok: failures.length === 0,
      actions: Object.fromEntries(this.done), skipped: Object.fromEntries(this.skipped),
      faults: Object.fromEntries(this.endpoint.faults), requests: this.endpoint.requests, rejected: this.endpoint.rejected,
      kills: this.ends.SIGKILL ?? 0, terms: this.ends.SIGTERM ?? 0, starts, failedStarts, maxRss,
      truncations: this.truncations, ledger: agent.ledger, ledgersChecked: this.ledgersChecked, reloads: agent.reloads, reload: agent.reload,
      levels: Object.fromEntries(agent.levels), errors: Object.fromEntries(agent.errors),
      clock: this.clockFile ? 'jumped' : 'not changed', smallDisk: this.hasSmallDisk, readsGzip: this.readsGzip, drainMs: this.drainMs,
    };
  }
}

function mount(folder) {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SMALL_DISK}`, 'logferry-torture', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function unmount(folder) {
  try {
    execFileSync('umount', ['-l', folder], { stdio: 'ignore' });
  } catch {
    // Still in use: the folder stays.
  }
}

function tail(file) {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').slice(-2000) : 'it has said nothing';
}
