// The agent's process: started, watched and ended.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Longer than the agent may take for its start, and for its end. */
const START_MS = 120_000;
const END_MS = 40_000;

export class AgentProcess {
  #command;
  #options;
  #child;
  #exit;
  #ready;
  #rest = '';
  #waiting = new Set();
  /** Set while somebody here ends it. */
  #ending = false;
  starting = false;
  starts = 0;
  failedStarts = 0;
  /** Ends that nobody asked for. */
  crashes = [];
  maxRss = 0;
  ledger = [];
  /** Levels of log lines -> how many. */
  levels = new Map();
  /** Messages of errors, without their numbers -> how many. */
  errors = new Map();
  /** Since when it has been running without a break, milliseconds since 1970. */
  steadySince = Infinity;
  reload = 'not tried';
  reloads = 0;
  onExit = () => {};

  /** @param {{ command: string[], env: Record<string, string>, uid?: number, cwd: string, log: string }} options */
  constructor(options) {
    this.#command = options.command;
    this.#options = options;
  }

  get running() {
    return this.#child !== undefined;
  }

  /** Starts it and waits until it says that it runs; false if it ended instead. */
  async start() {
    const [file, ...args] = this.#command;
    const { env, uid, cwd } = this.#options;
    this.#ending = false;
    this.starting = true;
    this.starts++;
    const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], ...(uid === undefined ? {} : { uid, gid: uid }) });
    this.#child = child;
    let settle;
    const ready = new Promise((resolve) => (settle = resolve));
    this.#ready = settle;
    this.#exit = new Promise((resolve) => {
      child.on('error', (error) => {
        this.#line(`cannot start ${file}: ${error.message}`);
        resolve({ code: 127 });
      });
      child.on('exit', (code, signal) => resolve({ code, signal }));
    }).then((how) => {
      this.#child = undefined;
      this.steadySince = Infinity;
      settle(false);
      if (!this.#ending) this.crashes.push({ at: new Date().toISOString(), ...how });
      this.onExit(how);
      return how;
    });
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => this.#output(text));
    const started = await Promise.race([ready, sleep(START_MS, 'late', { ref: false })]);
    this.starting = false;
    if (started === true) this.steadySince = Date.now();
    return started === true;
  }

  #output(text) {
    fs.appendFileSync(this.#options.log, text);
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop();
    for (const line of lines) this.#line(line);
  }

  #line(line) {
    const found = /\[(\w+)\]: (?:#\d+ )?(.*)$/.exec(line);
    if (found) {
      this.levels.set(found[1], (this.levels.get(found[1]) ?? 0) + 1);
      if (found[1] === 'error' || found[1] === 'fatal') {
        const kind = found[2].slice(0, 160).replace(/\d+/g, 'N');
        this.errors.set(kind, (this.errors.get(kind) ?? 0) + 1);
      }
      if (found[2].startsWith('ledger:')) this.ledger.push(found[2]);
      if (found[2].startsWith('the configuration was reloaded')) this.reloads++;
      if (/reload/i.test(found[2])) this.reload = /not supported/.test(found[2]) ? 'not supported by this agent' : found[2];
    }
    if (line.includes('worker is now running')) this.#ready(true);
    for (const waiting of this.#waiting) waiting(line);
  }

  /** Calls the function for each line, until what it returns is called. */
  onLine(listener) {
    this.#waiting.add(listener);
    return () => void this.#waiting.delete(listener);
  }

  /** Resolves to true when a line that contains the text is logged, to false after so long. */
  async logged(text, ms) {
    let check;
    const seen = new Promise((resolve) => {
      check = (line) => line.includes(text) && resolve(true);
      this.#waiting.add(check);
    });
    const result = await Promise.race([seen, sleep(ms, false)]);
    this.#waiting.delete(check);
    return result;
  }

  signal(name) {
    return this.#child?.kill(name) ?? false;
  }

  /** Ends it and waits for that; undefined if it was not running. `late`: it had to be killed. */
  async end(name) {
    if (!this.#child) return undefined;
    this.#ending = true;
    this.steadySince = Infinity;
    this.measure();
    const began = performance.now();
    this.signal(name);
    const exit = this.#exit;
    const how = await Promise.race([exit, sleep(END_MS, undefined, { ref: false })]);
    if (how) return { ...how, ms: performance.now() - began };
    this.signal('SIGKILL');
    await exit;
    return { late: true, ms: performance.now() - began };
  }

  /** Notes the most memory that it has had, bytes. */
  measure() {
    if (!this.#child?.pid) return;
    try {
      const [, kib] = /VmHWM:\s+(\d+)/.exec(fs.readFileSync(`/proc/${this.#child.pid}/status`, 'latin1'));
      this.maxRss = Math.max(this.maxRss, Number(kib) * 1024);
    } catch {
      // Not Linux, or gone.
    }
  }

  restarted(crash) {
    this.crashes = this.crashes.filter((other) => other !== crash);
    this.failedStarts++;
  }
}

/** Environment of an agent under libfaketime, whose clock follows a file; undefined where that is not installed. */
export function fakeClock(file) {
  const library = ['/usr/lib/x86_64-linux-gnu/faketime', '/usr/lib/aarch64-linux-gnu/faketime', '/usr/lib/faketime']
    .map((folder) => path.join(folder, 'libfaketimeMT.so.1')).find((each) => fs.existsSync(each));
  if (library === undefined) return undefined;
  return {
    LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_CACHE_DURATION: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1', NO_FAKE_STAT: '1',
  };
}
