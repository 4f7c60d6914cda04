/** Plays one test case through the configuration: real parsers, filters and outputs, without files, network or state of this machine. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createEnvironment } from '../dry-run/environment.ts';
import { readObjects } from '../dry-run/kubernetes-objects.ts';
import { rehearse, type Rehearsed, type Scene } from '../dry-run/rehearsal.ts';
import type { StandInListener } from '../dry-run/stand-in-listener.ts';
import { ConfigError, errorText, type ConfigProblem, type Location } from '../errors.ts';
import { ObjectBatch, type EventBatch, type EventTime } from '../event.ts';
import { parseJson } from '../lib/json.ts';
import { isHash, type LogRecord } from '../lib/value.ts';
import type { Observer, Step } from '../plugin.ts';
import type { Delivery, Scan } from '../planning.ts';
import type { Registry } from '../registry.ts';
import type { CaseInput, TestCase } from './test-cases.ts';

/** An event as it left. */
export interface ActualEvent {
  readonly timeMs: number;
  readonly record: LogRecord | undefined;
  /** As it is stored, of places that store texts. */
  readonly text: string | undefined;
}

/** All events at one place, in their order. */
export interface ActualPlace {
  /** Id of the output, or its type. */
  readonly output: string;
  readonly group: string | undefined;
  readonly stream: string | undefined;
  readonly tag: string | undefined;
  readonly events: readonly ActualEvent[];
}

export interface Outcome {
  /** By group and stream, of outputs to CloudWatch Logs. */
  readonly streams: readonly ActualPlace[];
  /** By output and tag, of all outputs that end a way. */
  readonly tags: readonly ActualPlace[];
  /** What was lost, by id, with what is known about it. */
  readonly lost: ReadonlyMap<string, { readonly count: number; readonly details: readonly string[] }>;
}

export interface TestScene {
  readonly configFile: string;
  readonly configFileType: 'v1' | 'yaml' | 'guess' | undefined;
  readonly registry: Registry;
}

/** Details of each kind of loss that are kept. */
const MAX_DETAILS = 3;
/** Trouble that is about the age of events. */
const ABOUT_AGE = new Set(['too-old', 'too-new']);

/** Throws a ConfigError for what is wrong with configuration or case, an Error for what else cannot be used. */
export async function runCase(test: TestCase, { configFile, configFileType, registry }: TestScene): Promise<Outcome> {
  const restore = setEnvironment(test);
  const folder = mkdtempSync(path.join(tmpdir(), 'logferry-test-'));
  try {
    const environment = createEnvironment(process.env);
    const { metadata } = test;
    const objects = metadata === undefined ? undefined
      : 'file' in metadata ? readObjects(readFileSync(metadata.file, 'utf8'), metadata.file) : readObjects(metadata.json, `metadata of '${test.name}'`);
    const scene: Scene = {
      configFile, configFileType, registry, mounts: [{ path: '/', folder }], evaluate: environment.evaluate, nowMs: test.nowMs ?? Date.now(),
      objects: objects && ((each) => objects.get(each)),
    };
    const collected = new Collected(await handsOnTypes(registry), test.nowMs !== undefined);
    let rehearsed;
    try {
      rehearsed = await rehearse(scene, collected.listener(scene.nowMs), collected.observer());
    } finally {
      refuseMissing(environment.missing().filter(({ hasDefault }) => !hasDefault));
    }
    await play(test, rehearsed, collected, folder, scene.nowMs);
    return collected.outcome();
  } finally {
    rmSync(folder, { recursive: true, force: true });
    restore();
  }
}

/** What a pod finds in its environment: kubernetes_metadata asks for it. */
const IN_CLUSTER = { KUBERNETES_SERVICE_HOST: '10.100.0.1', KUBERNETES_SERVICE_PORT: '443' };

/** Gives the function that undoes it. */
function setEnvironment({ env, metadata }: TestCase): () => void {
  const all = new Map(metadata === undefined ? env : [...Object.entries(IN_CLUSTER).filter(([name]) => process.env[name] === undefined), ...env]);
  const before = [...all.keys()].map((name) => [name, process.env[name]] as const);
  for (const [name, value] of all) process.env[name] = value;
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}

function refuseMissing(missing: readonly { readonly name: string; readonly at: Location }[]): void {
  if (missing.length > 0)
    throw new ConfigError(missing.map(({ name, at }) => ({ message: `the environment variable ${name} is not set`, at, hint: 'give it with env in the file of test cases, or with --env' })));
}

/** Outputs that hand events on end no way. */
async function handsOnTypes(registry: Registry): Promise<ReadonlySet<string>> {
  const found = new Set<string>(['null']);
  for (const type of registry.types('output')) if ((await registry.find('output', type))?.handsOn) found.add(type);
  return found;
}

async function play({ inputs }: TestCase, rehearsed: Rehearsed, collected: Collected, folder: string, nowMs: number): Promise<void> {
  const files = new Map<string, CaseInput & { kind: 'file' }>();
  for (const input of inputs) {
    if (input.kind !== 'file') continue;
    const place = path.join(folder, input.path);
    mkdirSync(path.dirname(place), { recursive: true });
    writeFileSync(place, input.text, { flag: 'a' });
    files.set(input.path, input);
  }
  const read = new Set<string>();
  if (files.size > 0)
    for (const { input, step } of rehearsed.inputs) {
      if (step.type !== 'tail') continue;
      await input.scan?.(collected.scan(read));
    }
  const problems: ConfigProblem[] = [];
  for (const [name, { at }] of files) if (!read.has(name)) problems.push({ message: `no source reads ${name}`, at, hint: 'see path and exclude_path of the sources' });
  for (const input of inputs) {
    if (input.kind !== 'events') continue;
    const router = rehearsed.agent.graph.routers.get(input.label);
    if (!router) {
      problems.push({ message: `there is no label ${input.label}`, at: input.at, hint: `there are ${[...rehearsed.agent.graph.routers.keys()].join(', ')}` });
      continue;
    }
    await router.emit(new ObjectBatch(input.tag, input.events.map(({ timeMs, record }) => ({ time: timeOf(timeMs ?? nowMs), record }))));
  }
  if (problems.length > 0) throw new ConfigError(problems);
  await rehearsed.finish();
  await rehearsed.flushFilters();
  await rehearsed.finish();
}

function timeOf(ms: number): EventTime {
  const sec = Math.floor(ms / 1000);
  return { sec, nsec: Math.round((ms - sec * 1000) * 1e6) };
}

class Collected {
  readonly #handsOn: ReadonlySet<string>;
  readonly #withAge: boolean;
  readonly #streams = new Map<string, ActualPlace & { events: ActualEvent[] }>();
  readonly #tags = new Map<string, ActualPlace & { events: ActualEvent[] }>();
  readonly #lost = new Map<string, { count: number; details: string[] }>();

  constructor(handsOn: ReadonlySet<string>, withAge: boolean) {
    this.#handsOn = handsOn;
    this.#withAge = withAge;
  }

  outcome(): Outcome {
    return { streams: sorted(this.#streams), tags: sorted(this.#tags), lost: this.#lost };
  }

  listener(nowMs: number): StandInListener {
    return {
      nowMs,
      samples: Number.MAX_SAFE_INTEGER,
      eager: false,
      delivered: (step, deliveries) => {
        for (const delivery of deliveries) this.#delivered(step, delivery);
      },
      trouble: (_step, id, events) => {
        if (events > 0 && (this.#withAge || !ABOUT_AGE.has(id))) this.#lose(id, events);
      },
    };
  }

  observer(): Observer {
    return {
      received: (step, batch) => {
        if (!this.#handsOn.has(step.type)) this.#received(step, batch);
      },
      failed: (step, tag, _event, error) => this.#lose('error-event', 1, `${step.configured ? step.id : step.type}, tag ${tag}: ${errorText(error)}`),
      unmatched: (label, batch) => this.#lose('no-match', batch.size, `tag ${batch.tag} in ${label === '@ROOT' ? 'the top level' : label}`),
    };
  }

  /** `read` gets the paths that are read. */
  scan(read: Set<string>): Scan {
    return {
      only: undefined,
      done: false,
      found: () => {},
      begin: (file) => void read.add(file),
      at: () => undefined,
      wantsUnmatched: () => true,
      unmatched: (line, text) => this.#lose('unmatched-line', 1, `line ${line}: ${text}`),
      tooLong: (line) => this.#lose('line-too-long', 1, `line ${line}`),
      end: () => {},
    };
  }

  #delivered(step: Step, { stream, samples }: Delivery): void {
    if (!stream) return;
    const place = { output: nameOf(step), group: stream.group, stream: stream.stream, tag: undefined };
    entry(this.#streams, `${stream.group}\n${stream.stream}`, place).events.push(...samples.map(({ timeMs, text }) => ({ timeMs, text, record: recordOf(text) })));
  }

  #received(step: Step, batch: EventBatch): void {
    const place = { output: nameOf(step), group: undefined, stream: undefined, tag: batch.tag };
    const { events } = entry(this.#tags, `${place.output}\n${batch.tag}`, place);
    for (const { time, record } of batch.events) events.push({ timeMs: time.sec * 1000 + Math.floor(time.nsec / 1e6), record: new Map(record), text: undefined });
  }

  #lose(id: string, count: number, detail?: string): void {
    let known = this.#lost.get(id);
    if (!known) this.#lost.set(id, (known = { count: 0, details: [] }));
    known.count += count;
    if (detail !== undefined && known.details.length < MAX_DETAILS) known.details.push(detail);
  }
}

function entry(all: Map<string, ActualPlace & { events: ActualEvent[] }>, key: string, place: Omit<ActualPlace, 'events'>): { readonly events: ActualEvent[] } {
  let known = all.get(key);
  if (!known) all.set(key, (known = { ...place, events: [] }));
  return known;
}

function sorted(all: ReadonlyMap<string, ActualPlace>): ActualPlace[] {
  return [...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, place]) => place);
}

function nameOf({ configured, id, type }: Step): string {
  return configured ? id : type;
}

/** The record of a stored text; undefined if it is none. */
function recordOf(text: string): LogRecord | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const value = parseJson(text);
    return isHash(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
