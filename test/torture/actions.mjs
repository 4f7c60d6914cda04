// What the actions of a schedule do. Each answers undefined, or why it was left out.
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { placesOf } from './config.mjs';
import { Random } from './random.mjs';
import { readMarks } from './saved-state.mjs';

/** A file that was made this long before the agent's last break is open in the agent. */
const NOTICED_MS = 2500;
/** How long an action waits until all of a log is delivered, or the agent has noticed something. */
const PATIENCE_MS = 20_000;
/** Longer than a reload may take: inputs that change wait up to 15 s until what they have read is delivered. */
const RELOAD_MS = 60_000;

/** @param {import('./run.mjs').Run} run */
export function makeActions(run) {
  const { oracle, endpoint, agent, options } = run;
  const isComplete = (log) => (generation) => oracle.isComplete(log, generation);

  /**
   * The kernel's times of files do not follow the agent's clock: by them it finds what was rotated twice between two looks. So
   * there is time for a look as long as the clocks differ.
   */
  const seen = async (log) => {
    while (run.clockOffset !== 0 && Date.now() - log.current.createdAt < NOTICED_MS) await sleep(100);
  };

  const rotate = (log, how) => log.exclusive(async () => {
    await seen(log);
    await log.rotate(how);
    log.prune(isComplete(log));
  });

  /** Rotates some logs, which ones follows from the schedule. */
  const rotateSome = async (count, seed) => {
    const random = new Random(seed);
    for (let i = 0; i < count; i++) {
      const log = random.pick(run.logs);
      if (log.free) await rotate(log, { events: random.integer(0, 20) });
    }
  };

  /** The writer of a log waits until everything of it is delivered; false if that took too long. */
  const drained = async (log, ms = PATIENCE_MS) => {
    for (const deadline = Date.now() + ms; Date.now() < deadline; await sleep(50)) {
      if (oracle.isComplete(log)) return true;
    }
    return false;
  };

  /** Whether the agent has the log's file open for sure. */
  const isOpen = (log) => log.forbidden !== true && Date.now() - Math.max(log.current.createdAt, agent.steadySince) > NOTICED_MS;
  const opened = async (log) => {
    for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(100)) if (isOpen(log)) return true;
    return false;
  };

  const paused = async (log, action) => {
    log.paused++;
    try {
      log.finish();
      return await action();
    } finally {
      log.paused--;
    }
  };

  async function truncate(log, hot) {
    const { readAt, at } = log.truncate();
    const old = log.generations.at(-2);
    let window = 0;
    for (let unit = old.firstUnit; unit < log.count; unit++) {
      // Written after the agent's last read: nobody can have seen it. The kernel's times are some milliseconds behind.
      if (log.units.writtenAt[unit] < readAt - 10 || oracle.isDelivered(log, unit)) continue;
      oracle.excuse(log, unit, 'written between the last read and a copytruncate');
      window++;
    }
    run.truncations.push({ log: log.id, hot, window, msSinceRead: Math.round(at - readAt) });
  }

  const actions = {
    async rotate({ file, lateMs }) {
      await rotate(run.log(file), { lateMs });
    },

    async chain({ file, times, gapMs }) {
      const log = run.log(file);
      await log.exclusive(async () => {
        while (run.clockOffset !== 0) await sleep(100);
        for (let i = 0; i < times; i++) {
          if (i > 0) await sleep(gapMs);
          await log.rotate({ events: 5 });
        }
        log.prune(isComplete(log));
      });
    },

    async compress({ file }) {
      const log = run.log(file);
      const marked = () => readMarks(placesOf(log.kind, run.places).positions);
      const may = (generation) => isComplete(log)(generation) || (run.readsGzip && marked().has(generation.inode));
      const done = await log.exclusive(async () => {
        for (let tries = 0; tries < 3; tries++) {
          if (await log.compress(may)) return true;
          await seen(log);
          await log.rotate({ events: 10 });
          log.prune(isComplete(log));
          await run.pause(1600);
        }
        return false;
      });
      return done ? undefined : 'there was no file that could be compressed';
    },

    copytruncate({ file, hot }) {
      const log = run.log(file);
      return log.exclusive(async () => {
        if (!(await opened(log))) return 'the agent had no time to open the file';
        const recent = () => oracle.missing(log).every((unit) => Date.now() - log.units.writtenAt[unit] < 3000);
        if (hot && recent() && log.current.size > 100_000) {
          // No break of the agent before it has seen the short file: one that has grown again looks like the old one.
          return run.withAgent(async () => {
            if (!agent.running) return 'the agent was not running';
            const noticed = agent.logged(`detected truncation of ${log.path}`, 1500);
            await truncate(log, true);
            await noticed;
          });
        }
        return paused(log, async () => {
          if (!(await drained(log))) return 'not everything was delivered before';
          if (log.current.size === 0) return 'the file was empty';
          return run.withAgent(async () => {
            if (!agent.running) return 'the agent was not running';
            const noticed = agent.logged(`detected truncation of ${log.path}`, 3000);
            await truncate(log, false);
            if (!(await noticed)) run.notice(`the agent did not tell of the truncation of ${log.path}`);
          });
        });
      });
    },

    recreate({ file, pauseMs }) {
      const log = run.log(file);
      return log.exclusive(async () => {
        if (!(await opened(log))) return 'the agent had no time to open the file';
        await log.recreate(pauseMs);
      });
    },

    swap({ file }) {
      const log = run.log(file);
      return log.exclusive(async () => {
        if (!(await opened(log))) return 'the agent had no time to open the file';
        log.swapBelow();
      });
    },

    async container({ file, unlinkMs }) {
      const log = run.log(file);
      let old;
      let drop;
      await log.exclusive(async () => {
        old = log.current;
        drop = log.restartContainer();
      });
      await sleep(unlinkMs);
      // Dead containers are kept for a while: until the next one dies.
      const all = log.generations.slice(0, log.generations.indexOf(old) + 1);
      while (!run.ended && !all.every((each) => each.gone !== undefined || oracle.isSettled(log, each))) await sleep(200);
      if (!run.ended) drop();
    },

    async forbid({ file, ms, rotate: also }) {
      const log = run.log(file);
      const handle = await openedOrGone(log.current.file);
      if (!handle) return 'the file was just deleted';
      try {
        // Younger files do not wait for one that nobody may read.
        log.current.wasForbidden = true;
        await handle.chmod(0o000);
        log.forbidden = true;
        if (also) await rotate(log, { events: 10 });
        await run.pause(ms);
        await handle.chmod(0o644);
      } finally {
        log.forbidden = false;
        await handle.close();
      }
      return undefined;
    },

    async burst({ file, events }) {
      run.log(file).write(events);
    },

    kill: ({ downMs, rotate: count }, at) => run.withAgent(() => down('SIGKILL', downMs, () => rotateSome(count, at))),
    term: ({ downMs, rotate: count }, at) => run.withAgent(() => down('SIGTERM', downMs, () => rotateSome(count, at))),

    reuse({ file, longer }) {
      const log = run.log(file);
      return log.exclusive(() => paused(log, async () => {
        if (log.current.truncated) return 'the file had been truncated';
        if (!(await drained(log)) || log.current.size === 0) return 'not everything was delivered before';
        return run.withAgent(async () => {
          const { size } = log.current;
          let same = false;
          const skipped = await down('SIGTERM', 0, async () => {
            // The agent tells such files by their time of creation, which has to be clearly later than its last words.
            await sleep(1300);
            same = log.recreateWithInode();
            while (longer && log.current.size <= size && log.current.size < 3_000_000) log.write(50, true);
            log.write(3, true);
          });
          return skipped ?? (same ? undefined : 'the file system gave another inode');
        });
      }));
    },

    stop: ({ ms, rotate: count }, at) => run.withAgent(async () => {
      if (!agent.running) return 'the agent was not running';
      agent.signal('SIGSTOP');
      endpoint.agentStops();
      const began = Date.now();
      await rotateSome(count, at);
      await run.pause(ms);
      agent.signal('SIGCONT');
      endpoint.agentGoesOn(Date.now() - began);
      agent.steadySince = Date.now();
      return undefined;
    }),

    reload: ({ change, signal }) => run.withAgent(async () => {
      if (!agent.running) return 'the agent was not running';
      if (change !== 'nothing' && !run.changes.delete(change)) run.changes.add(change);
      run.writeConfig();
      const before = run.readAgain();
      let told = false;
      const stopListening = agent.onLine((line) => (told ||= line.includes('not all that changed inputs had read could be delivered')));
      const done = agent.logged('the configuration was reloaded', RELOAD_MS);
      const began = Date.now();
      agent.signal(signal);
      const reloaded = await done;
      stopListening();
      if (!reloaded) run.fail(`the configuration was not reloaded in ${RELOAD_MS} ms after ${signal} (${change})`);
      // An output that goes delivers what it has beside its successor.
      if (change === 'output') oracle.outputChanged(began, Date.now());
      if (told) {
        run.noteReread();
        oracle.allow('changed inputs', before + run.logs.reduce((sum, log) => sum + log.units.writtenAt.filter((at) => at >= began).length, 0));
      }
      if (change === 'input') agent.steadySince = Date.now();
      return undefined;
    }),

    flush: () => run.withAgent(async () => (agent.signal('SIGUSR1') ? undefined : 'the agent was not running')),

    async clock({ seconds, ms }) {
      if (!run.clockFile) return 'libfaketime is not installed';
      if (run.clockOffset !== 0) return 'the clock was wrong already';
      if (seconds < 0) oracle.clockWentBack(Date.now());
      run.setClock(seconds);
      await run.pause(ms);
      if (seconds > 0) oracle.clockWentBack(Date.now());
      run.setClock(0);
      return undefined;
    },

    async fillDisk({ ms }) {
      if (!run.hasSmallDisk) return 'only root can mount the small disk';
      if (run.diskFull) return 'it was full already';
      run.diskFull = true;
      const filler = path.join(run.places.small, 'filler');
      const fd = fs.openSync(filler, 'w');
      try {
        for (const size of [65_536, 4096, 1]) fillWith(fd, Buffer.alloc(size));
        const again = setInterval(() => fillWith(fd, Buffer.alloc(4096)), 50);
        await run.pause(ms);
        clearInterval(again);
      } finally {
        fs.closeSync(fd);
        fs.rmSync(filler);
        run.diskFull = false;
      }
      return undefined;
    },

    async vanish({ ms, forget }) {
      if (run.endpointGone) return 'it was gone already';
      run.endpointGone = true;
      await endpoint.vanish();
      await run.pause(ms);
      await endpoint.comeBack(forget);
      run.endpointGone = false;
      return undefined;
    },

    async fault({ kind, ms, probability, delayMs, seed }) {
      const rule = faultRule(kind, { probability, delayMs, seed });
      run.faultRules.add(rule);
      if (kind === 'hang') run.hanging = true;
      endpoint.setFaults([...run.faultRules]);
      await run.pause(ms);
      run.faultRules.delete(rule);
      endpoint.setFaults([...run.faultRules]);
      // Nobody waits for the agent's time-out of a minute.
      if (kind === 'hang' && !run.endpointGone) {
        run.endpointGone = true;
        await endpoint.cut();
        run.endpointGone = false;
        run.hanging = false;
      }
    },
  };

  /** Ends the agent, does something while it is down, and starts it again. */
  async function down(signal, downMs, meanwhile) {
    if (!agent.running) return 'the agent was not running';
    const how = await agent.end(signal);
    run.ends[signal] = (run.ends[signal] ?? 0) + 1;
    if (how?.late) run.fail(`the agent did not end within ${Math.round(how.ms)} ms of ${signal}`);
    if (signal === 'SIGTERM' && how && !how.late && how.code !== 0) run.fail(`the agent ended with ${how.code ?? how.signal} after SIGTERM`);
    await run.died(signal === 'SIGKILL' ? 'kills' : 'ends by SIGTERM');
    if (signal === 'SIGTERM' && how?.code === 0) run.checkLedger();
    await meanwhile();
    await run.pause(downMs);
    await run.startAgent();
    if (options.verbose) run.notice(`${signal}: ${JSON.stringify(how)}`);
    return undefined;
  }

  return actions;
}

/** The endpoint's rule for a kind of fault. */
function faultRule(kind, { probability, delayMs, seed }) {
  switch (kind) {
    case 'delay':
      return { action: 'delay', delayMs, probability, seed };
    case 'refuse-streams':
      return { action: 'throttle', operation: 'CreateLogStream', probability, seed };
    case 'hang':
      return { action: 'hang', probability: Math.min(probability, 0.3), seed };
    default:
      return { action: kind, probability, seed };
  }
}

async function openedOrGone(file) {
  try {
    return await fs.promises.open(file, 'r');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function fillWith(fd, bytes) {
  try {
    for (;;) fs.writeSync(fd, bytes);
  } catch (error) {
    if (error.code !== 'ENOSPC') throw error;
  }
}
