/** A tail input over files of a temporary folder, and what it emits. */
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import definition from '../../../../plugins/input/tail/index.ts';
import type { Infer, OwnedPlugin } from '../../../../src/config/params.ts';
import type { EventBatch } from '../../../../src/event.ts';
import { systemClock } from '../../../../src/lib/clock.ts';
import type { Input, Parser } from '../../../../src/plugin.ts';
import { configOf, testContext, type TestContext, type TestRouter } from '../../../support/context.ts';

export type Given = Partial<Infer<(typeof definition)['config']>>;

/** The time of every event of these parsers. */
export const NOW = { sec: 1_700_000_000, nsec: 0 };

/** One field, `message`. */
export const noneParser: Parser = { parse: (text) => ({ time: NOW, record: new Map([['message', text]]) }) };

export interface Running {
  readonly context: TestContext;
  readonly router: TestRouter;
  readonly input: Input;
  /** `message` (or the first field) of all events so far, with the tag in front if asked for. */
  messages(withTag?: boolean): string[];
  logged(level?: string): string[];
  /** As the core ends it. */
  stop(): Promise<void>;
  /** As a crash ends it: nothing is saved, nothing is emitted any more. */
  kill(): Promise<void>;
}

export class Folder {
  readonly path = mkdtempSync(path.join(tmpdir(), 'tail-'));
  readonly #running: Running[] = [];

  at(name: string): string {
    return path.join(this.path, name);
  }
  write(name: string, text: string | Buffer): void {
    mkdirSync(path.dirname(this.at(name)), { recursive: true });
    writeFileSync(this.at(name), text);
  }
  append(name: string, text: string | Buffer): void {
    appendFileSync(this.at(name), text);
  }
  rename(from: string, to: string): void {
    renameSync(this.at(from), this.at(to));
  }
  inode(name: string): string {
    return statSync(this.at(name), { bigint: true }).ino.toString(16).padStart(16, '0');
  }
  /** The position file's lines, without the folder's path. */
  positions(name = 'tail.pos'): string[] {
    return readFileSync(this.at(name), 'utf8').replaceAll(`${this.path}/`, '').split('\n').slice(0, -1);
  }

  /** A started input; quick in everything, and with a position file, unless told otherwise. */
  async tail(given: Given = {}, parser: Parser = noneParser, shared?: Map<string, unknown>): Promise<Running> {
    const running = this.create(given, parser, shared);
    this.#running.push(running);
    await running.input.start?.();
    return running;
  }

  create(given: Given = {}, parser: Parser = noneParser, shared?: Map<string, unknown>): Running {
    const context = { ...testContext({ kind: 'input', type: 'tail', shared }), clock: { ...systemClock, advance() {} }, create: () => parser as never };
    const parse = { kind: 'parser', type: 'test', config: {} } as unknown as OwnedPlugin<'parser'>;
    const all: Given = {
      path: this.at('*.log'), tag: 'log', pos_file: this.at('tail.pos'), read_from_head: true, refresh_interval: 0.1, rotate_wait: 0.15, parse, ...given,
    };
    const router = context.router as TestRouter;
    const input = definition.create(configOf(definition.config, all), context);
    let over = false;
    const end = async (saving: boolean) => {
      if (over) return;
      over = true;
      await input.stop?.();
      if (saving) await context.close();
      else context.deferred.length = 0;
    };
    return {
      context,
      router,
      input,
      messages: (withTag = false) => router.batches.flatMap((batch) => batch.events.map(({ record }) => (withTag ? `${batch.tag} ` : '') + String([...record.values()][0]))),
      logged: (level) => context.log.lines.filter((line) => level === undefined || line.level === level).map(({ message }) => message.replaceAll(`${this.path}/`, '')),
      stop: () => end(true),
      kill: () => end(false),
    };
  }

  async remove(): Promise<void> {
    for (const running of this.#running) await running.stop();
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Waits until the condition holds; fails after twelve seconds: machines may be busy. */
export async function until(condition: () => boolean, what: () => unknown = () => ''): Promise<void> {
  const deadline = Date.now() + 12_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`this did not happen: ${condition.toString()} ${String(what())}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export function settleAll(batches: readonly EventBatch[]): void {
  for (const batch of batches) batch.ack?.settle();
}
