/**
 * Rotations at every moment: each time the input is about to look at something (a name, a file, a folder), or just did, files
 * are rotated, the agent is killed, or both. Every line has to come, from the run or from the next one.
 *
 * A moment is the n-th call of a file function by a run; what happens at it is done at once, as another process would do it.
 */
import { copyFileSync, existsSync, statSync, utimesSync } from 'node:fs';
import { afterAll, describe, expect, test, vi } from 'vitest';
import type { PositionFile } from '../../../../plugins/input/tail/position-file.ts';
import { Folder, pause, type Given, type Running } from './harness.ts';

/** By folder: what is called at each moment. */
const hooks = vi.hoisted(() => ({
  at: new Map<string, () => void>(),
  /** Whether a file may not be opened. */
  refuse: new Map<string, (file: string) => boolean>(),
  files: new Map<number, string>(), positions: new Map<string, PositionFile>(),
}));

vi.mock('../../../../plugins/input/tail/file-access.ts', async (original) => {
  const real = await original<typeof import('../../../../plugins/input/tail/file-access.ts')>();
  const moment = (place: string | undefined) => {
    if (place !== undefined) for (const [folder, act] of hooks.at) if (place.startsWith(folder)) act();
  };
  return {
    ...real,
    async openFile(file: string) {
      moment(file);
      for (const [folder, refuses] of hooks.refuse) if (file.startsWith(folder) && refuses(file)) throw Object.assign(new Error('EACCES'), { code: 'EACCES' });
      const fd = await real.openFile(file);
      hooks.files.set(fd, file);
      moment(file);
      return fd;
    },
    closeFile(fd: number) {
      hooks.files.delete(fd);
      return real.closeFile(fd);
    },
    async readFile(fd: number, buffer: Buffer, offset: number, length: number, position: number) {
      const count = await real.readFile(fd, buffer, offset, length, position);
      moment(hooks.files.get(fd));
      return count;
    },
    stateOfPath(file: string) {
      const state = real.stateOfPath(file);
      moment(file);
      return state;
    },
    async stateOfFile(fd: number) {
      const state = await real.stateOfFile(fd);
      moment(hooks.files.get(fd));
      return state;
    },
    async namesIn(folder: string) {
      moment(folder);
      const names = await real.namesIn(folder);
      moment(folder);
      return names;
    },
    async realPath(file: string) {
      const found = await real.realPath(file);
      moment(file);
      return found;
    },
  } satisfies typeof real;
});

vi.mock('../../../../plugins/input/tail/position-file.ts', async (original) => {
  const real = await original<typeof import('../../../../plugins/input/tail/position-file.ts')>();
  return {
    ...real,
    PositionFile: class extends real.PositionFile {
      constructor(options: ConstructorParameters<typeof real.PositionFile>[0]) {
        super(options);
        if (options.file !== undefined) hooks.positions.set(options.file, this);
      }
    },
  };
});

/** `app.log` and what was rotated away from it; each file and each appended line has a line of its own. */
class Log {
  readonly folder: Folder;
  readonly lines: string[] = [];
  #rotations = 0;
  readonly #numbered: boolean;

  constructor(folder: Folder, numbered: boolean) {
    this.folder = folder;
    this.#numbered = numbered;
  }

  write(): void {
    const line = `${this.lines.length}`;
    this.lines.push(line);
    this.folder.append('app.log', `${line}\n`);
  }

  /** `gap`: the next file does not come yet; `late`: the last one gets one more line. */
  rotate(how?: 'gap' | 'late'): void {
    const current = existsSync(this.folder.at('app.log'));
    this.#rename();
    if (how !== 'gap') this.write();
    if (how === 'late' && current) {
      const line = `${this.lines.length}`;
      this.lines.push(line);
      this.folder.append(this.#numbered ? 'app.log.1' : this.#dated(), `${line}\n`);
    }
  }

  #dated(): string {
    return `app.log.20240101-${String(this.#rotations).padStart(6, '0')}`;
  }

  #rename(): void {
    this.#rotations++;
    if (this.#numbered) {
      for (let n = this.#rotations; n > 1; n--) if (existsSync(this.folder.at(`app.log.${n - 1}`))) this.folder.rename(`app.log.${n - 1}`, `app.log.${n}`);
      if (existsSync(this.folder.at('app.log'))) this.folder.rename('app.log', 'app.log.1');
    } else if (existsSync(this.folder.at('app.log'))) this.folder.rename('app.log', this.#dated());
  }
}

interface Scenario {
  /** Whether a run before has read the first line. */
  readonly known: boolean;
  /** When moments begin to count: with the start, or once the run has read what was there. */
  readonly from: 'start' | 'following';
  /** Files that are rotated at the moment. */
  readonly rotations: number;
  /** Moments after that at which the agent is killed; undefined: never. */
  readonly killAfter: number | undefined;
  readonly numbered: boolean;
  /** Moments after which it happens again, twice. */
  readonly every?: number;
  readonly how?: 'gap' | 'late' | 'unreadable';
  readonly given?: Given;
}

const settled = { refresh_interval: 0.1, rotate_wait: 0.1 };
const folders: Folder[] = [];
afterAll(async () => {
  for (const folder of folders) await folder.remove();
});

/** One run with rotations at a moment, and the one after it if the first is killed. The result is what did not come. */
async function linesMissing(scenario: Scenario, moment: number): Promise<{ missing: string[]; reached: boolean; delivered: string[] }> {
  const folder = new Folder();
  folders.push(folder);
  const log = new Log(folder, scenario.numbered);
  const given: Given = { path: folder.at('app.log'), ...settled, ...scenario.given };
  log.write();
  const delivered: string[] = [];
  if (scenario.known) {
    const before = await folder.tail(given);
    await wait(() => before.messages().length === 1);
    delivered.push(...before.messages());
    await before.stop();
    log.write();
  }
  let count = 0;
  let reached = false;
  let killed: string[] | undefined;
  const run = folder.create(given);
  const kill = () => {
    // As if positions had been saved just now: what is in them must be true at any time.
    hooks.positions.get(folder.at('tail.pos'))?.save();
    copyFileSync(folder.at('tail.pos'), folder.at('killed.pos'));
    const { atime, mtime } = statSync(folder.at('tail.pos'));
    utimesSync(folder.at('killed.pos'), atime, mtime);
    killed = run.messages();
  };
  const how = scenario.how === 'unreadable' ? undefined : scenario.how;
  const act = () => {
    if (count++ === moment) {
      reached = true;
      for (let n = 0; n < scenario.rotations; n++) log.rotate(how);
    }
    // What was missing for a moment is there.
    if (how === 'gap' && count === moment + 4) log.write();
    if (scenario.every !== undefined && count > moment && [1, 2].includes((count - moment - 1) / scenario.every)) log.rotate(how);
    if (reached && killed === undefined && count > moment + (scenario.killAfter ?? Infinity)) kill();
  };
  if (scenario.from === 'start') hooks.at.set(folder.path, act);
  let refusals = scenario.how === 'unreadable' ? 3 : 0;
  hooks.refuse.set(folder.path, (file) => file.includes('app.log.') && refusals-- > 0);
  const all = (running: Running) => () => log.lines.every((line) => delivered.includes(line) || running.messages().includes(line));
  await run.input.start?.();
  if (scenario.from === 'following') {
    await wait(all(run));
    hooks.at.set(folder.path, act);
    log.rotate();
  }
  await wait(() => (killed !== undefined || scenario.killAfter === undefined) && reached && (killed !== undefined || all(run)()), 6000);
  hooks.at.delete(folder.path);
  delivered.push(...(killed ?? run.messages()));
  await run.stop();
  // Nobody has ever seen the files: the next start is a first one.
  if (killed && statSync(folder.at('killed.pos')).size === 0) return { missing: [], reached, delivered };
  if (killed) {
    const next = await folder.tail({ ...given, pos_file: folder.at('killed.pos') });
    await wait(all(next), 6000);
    delivered.push(...next.messages());
    await next.stop();
  }
  return { missing: log.lines.filter((line) => !delivered.includes(line)), reached, delivered };
}

async function wait(condition: () => boolean, ms = 3000): Promise<void> {
  for (const deadline = Date.now() + ms; !condition() && Date.now() < deadline; ) await pause(10);
}

/** All moments that a run has, as many at a time as the machine bears. */
async function everyMoment(scenario: Scenario, moments: readonly number[]): Promise<{ lost: string[]; reached: number }> {
  const lost: string[] = [];
  let reached = 0;
  let next = 0;
  const worker = async () => {
    for (let moment = moments[next++]; moment !== undefined; moment = moments[next++]) {
      const result = await linesMissing(scenario, moment);
      if (result.reached) reached++;
      if (result.missing.length > 0) lost.push(`moment ${moment}: ${result.missing.join()} of ${result.delivered.join()}`);
    }
  };
  await Promise.all(Array.from({ length: 12 }, worker));
  return { lost, reached };
}

/** Without TAIL_MOMENTS only a few moments of each scenario, others in each: `TAIL_MOMENTS=40` takes the first 40 of all. */
const ALL_MOMENTS = Number(process.env['TAIL_MOMENTS'] ?? 0);
const FEW = 3;
const STEP = 7;
const scenarios: [string, Scenario][] = [];
for (const [when, known, from] of [['at a first start', false, 'start'], ['at a start with positions', true, 'start'], ['while it is followed', false, 'following']] as const)
  for (const rotations of [1, 2])
    for (const killAfter of [undefined, 0, 4])
      scenarios.push([
        `${rotations === 1 ? 'one rotation' : 'two rotations'} ${when}${killAfter === undefined ? '' : killAfter === 0 ? ', killed at once' : ', killed a little later'}`,
        { known, from, rotations, killAfter, numbered: rotations === 2 },
      ]);

for (const killAfter of [undefined, 5])
  for (const how of ['gap', 'late', 'unreadable'] as const)
    for (const from of ['start', 'following'] as const)
      scenarios.push([`${how}, again and again, from ${from}${killAfter === undefined ? '' : ', killed'}`, { known: from === 'start', from, rotations: 1, every: 5, how, killAfter, numbered: how === 'late' }]);

const inOrder = ALL_MOMENTS > 0 ? describe : describe.concurrent;
describe.concurrent('losses of the past:', () => {
  /** The first moment of a run at which a function is called for a file. */
  const cases: [string, Scenario, number][] = [
    ['the rest of a file that was rotated between the look of the start and its opening', { known: true, from: 'start', rotations: 1, killAfter: undefined, numbered: true }, 1],
    ['a file that came and went while another was being opened', { known: false, from: 'start', rotations: 2, killAfter: undefined, numbered: true }, 2],
    ['a rotated file that was being opened when the agent was killed', { known: false, from: 'following', rotations: 2, killAfter: 9, numbered: true }, 0],
    ['a rotated file that could not be opened at once', { known: true, from: 'start', rotations: 2, killAfter: undefined, numbered: true, how: 'unreadable' }, 1],
  ];
  test.for([0, 1, 2, 3])('a rotated file of a path that is new, when the path names the next file between look and opening (%i)', async (moment) => {
    const folder = new Folder();
    folders.push(folder);
    folder.write('other.log', 'x\n');
    const first = await folder.tail(settled);
    await wait(() => first.messages().length === 1);
    await first.stop();
    const log = new Log(folder, true);
    log.write();
    // The file system's times go in steps.
    await pause(30);
    log.rotate();
    await pause(30);
    let count = 0;
    hooks.at.set(folder.at('app.log'), () => void (count++ === moment && log.rotate()));
    const second = await folder.tail(settled);
    await wait(() => log.lines.length === 3 && log.lines.every((line) => second.messages().includes(line)), 6000);
    hooks.at.delete(folder.at('app.log'));
    expect(second.messages()).toEqual(['0', '1', '2']);
    await second.stop();
  });

  test('the rotated file of a path that is new, and missing for a moment when the start opens it', async () => {
    const folder = new Folder();
    folders.push(folder);
    folder.write('other.log', 'x\n');
    const first = await folder.tail(settled);
    await wait(() => first.messages().length === 1);
    await first.stop();
    const log = new Log(folder, true);
    log.write();
    let count = 0;
    // Between the rename and the next file.
    hooks.at.set(folder.at('app.log'), () => void (count++ === 1 && log.rotate('gap')));
    const second = await folder.tail(settled);
    hooks.at.delete(folder.at('app.log'));
    await pause(1200);
    log.write();
    await wait(() => second.messages().length === 2, 6000);
    expect(second.messages()).toEqual(['0', '1']);
    await second.stop();
  });

  test('a file that the start may not open, and that is rotated before it may, beside an older one with a rest', async () => {
    const folder = new Folder();
    folders.push(folder);
    folder.write('app.log.1', '0\n');
    folder.write('app.log', '1\n2\n');
    const line = (name: string, position: number) => `${folder.at('app.log')}\t${position.toString(16).padStart(16, '0')}\t${folder.inode(name)}\n`;
    folder.write('tail.pos', line('app.log.1', 0) + line('app.log', 2));
    let refusing = true;
    hooks.refuse.set(folder.path, (file) => refusing && file.endsWith('app.log'));
    const first = await folder.tail(settled);
    await pause(300);
    await first.stop();
    refusing = false;
    folder.rename('app.log.1', 'app.log.2');
    folder.rename('app.log', 'app.log.1');
    folder.write('app.log', '3\n');
    const second = await folder.tail(settled);
    await wait(() => second.messages().at(-1) === '3');
    expect([...first.messages(), ...second.messages()]).toEqual(['0', '2', '3']);
    hooks.refuse.delete(folder.path);
    await second.stop();
  });

  test.for(cases)('%s', async ([, scenario, moment]) => {
    const { missing, reached } = await linesMissing(scenario, moment);
    expect({ missing, reached }).toEqual({ missing: [], reached: true });
  });
});

inOrder('no line is lost, whatever the moment:', () => {
  test.for(scenarios.map(([name, scenario], i) => [name, scenario, i] as const))('%s', { timeout: 60_000 }, async ([, scenario, i]) => {
    const moments = ALL_MOMENTS > 0 ? Array.from({ length: ALL_MOMENTS }, (_, n) => n) : Array.from({ length: FEW }, (_, n) => (i % STEP) + n * STEP);
    const { lost, reached } = await everyMoment(scenario, moments);
    expect(lost).toEqual([]);
    expect(reached).toBe(moments.length);
  });
});
