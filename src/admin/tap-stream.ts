/** `/api/tap`: a tap as lines of JSON that go on until the reader leaves. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AgentView } from '../plugin.ts';
import { compileMatchPattern } from '../routing/match-pattern.ts';
import { createTap, STAGES, type Stage } from './tap.ts';

export interface TapRequest {
  readonly tag: string;
  readonly stages: ReadonlySet<Stage>;
  readonly plugin: string | undefined;
  readonly perSecond: number;
}

/** Taps at the same time. */
const MAX_TAPS = 8;
const DEFAULT_PER_SECOND = 50;
const MAX_PER_SECOND = 1000;
/** Bytes that may wait for a reader; what comes beyond is dropped. */
const MAX_WAITING = 256 * 1024;
/** How often dropped events are told. */
const TELL_MS = 1000;
/** A line after so long without one, so that a reader that left is noticed. */
const ALIVE_MS = 10_000;

/** Reads the parameters `tag`, `stage` (separated by commas), `plugin`, `rate`. Throws an Error that says what is wrong. */
export function readTapRequest(query: URLSearchParams): TapRequest {
  for (const name of query.keys()) if (!['tag', 'stage', 'plugin', 'rate'].includes(name)) throw new Error(`there is no parameter '${name}'; there are tag, stage, plugin, rate`);
  const stages = new Set<Stage>();
  for (const name of (query.get('stage') ?? 'input').split(',')) {
    if (name === 'all') for (const stage of STAGES) stages.add(stage);
    else if ((STAGES as readonly string[]).includes(name)) stages.add(name as Stage);
    else throw new Error(`stage: expected ${STAGES.join(', ')} or all, found '${name}'`);
  }
  const rate = query.get('rate');
  const perSecond = rate === null ? DEFAULT_PER_SECOND : Number(rate);
  if (!Number.isInteger(perSecond) || perSecond < 1 || perSecond > MAX_PER_SECOND) throw new Error(`rate: expected events in a second from 1 to ${MAX_PER_SECOND}, found '${rate}'`);
  const tag = query.get('tag') || '**';
  compileMatchPattern(tag);
  return { tag, stages, plugin: query.get('plugin') ?? undefined, perSecond };
}

/** The taps of one server. */
export class Taps {
  readonly #view: AgentView;
  readonly #now: () => number;
  readonly #open = new Set<() => void>();

  /** `now`: monotonic milliseconds. */
  constructor(view: AgentView, now: () => number) {
    this.#view = view;
    this.#now = now;
  }

  get full(): boolean {
    return this.#open.size >= MAX_TAPS;
  }

  /** Shows events until the reader leaves or `close` is called. */
  open({ tag, stages, plugin, perSecond }: TapRequest, request: IncomingMessage, response: ServerResponse): void {
    let quietSince = this.#now();
    const write = (line: string): boolean => {
      if (response.writableLength > MAX_WAITING || response.destroyed) return false;
      quietSince = this.#now();
      response.write(line);
      return true;
    };
    response.writeHead(200, { 'content-type': 'application/x-ndjson; charset=utf-8', 'x-accel-buffering': 'no' });
    write(`${JSON.stringify({ notice: 'open', tag, stage: [...stages], rate: perSecond })}\n`);
    const tap = createTap({ stages, tag: compileMatchPattern(tag), plugin, perSecond, write, now: this.#now });
    let untold = 0;
    const timer = setInterval(() => {
      untold += tap.takeDropped();
      if (untold > 0 && write(`${JSON.stringify({ notice: 'dropped', events: untold })}\n`)) untold = 0;
      else if (this.#now() - quietSince >= ALIVE_MS) write('{"notice":"alive"}\n');
    }, TELL_MS);
    timer.unref();
    const unwatch = this.#view.watch(tap.observer);
    const close = (): void => {
      if (!this.#open.delete(close)) return;
      clearInterval(timer);
      unwatch();
      response.end();
    };
    this.#open.add(close);
    response.once('close', close);
    request.once('close', () => {
      if (response.destroyed) close();
    });
  }

  close(): void {
    for (const close of [...this.#open]) close();
  }
}
