/** One line's way through every stage: the graph is played through line by line, and the line's acknowledgement tells when its event is through. */
import { errorText } from '../errors.ts';
import { Ack, ObjectBatch, type EventBatch, type LogEvent } from '../event.ts';
import { generateJson, parseJson } from '../lib/json.ts';
import { isHash, type LogRecord, type Value } from '../lib/value.ts';
import type { Observer, Step } from '../plugin.ts';
import type { Delivery, Scan } from '../planning.ts';
import { compileMatchPattern } from '../routing/match-pattern.ts';
import { diffRecords } from './record-diff.ts';
import { rehearse, type Rehearsed, type Scene } from './rehearsal.ts';
import { REPORT_VERSION, type LogPlace, type TraceReport, type TraceStage } from './report.ts';
import { isoTime } from './times.ts';
import { SILENT_SCAN } from './silent-scan.ts';

/** Lines behind the traced one that are read to see its event through. */
const MAX_FOLLOWING = 10_000;

/** A file of an input. */
export interface Traceable {
  readonly source: number;
  readonly path: string;
}

/** A graph to trace lines in. */
export interface Tracer {
  /** All files that the configuration reads. */
  files(): Promise<readonly Traceable[]>;
  /** Throws an Error if there is no such line. */
  trace(file: Traceable, line: number): Promise<TraceReport>;
  /** A text as an event of a tag: a JSON object as the record, any other text as its field `message`. Throws an Error if there is no such label. */
  traceText(text: string, tag: string, label: string): Promise<TraceReport>;
}

/** Throws a ConfigError. A tracer traces once. */
export async function createTracer(scene: Scene): Promise<Tracer> {
  const notes = new Notes();
  const rehearsed = await rehearse(scene, notes.listener(scene.nowMs), notes.observer());
  notes.steps = rehearsed.steps;
  return {
    files: () => listFiles(rehearsed),
    trace: (file, line) => traceLine(rehearsed, notes, file, line),
    async traceText(text, tag, label) {
      const router = rehearsed.agent.graph.routers.get(label);
      if (!router) throw new Error(`there is no label ${label}; there are ${[...rehearsed.agent.graph.routers.keys()].join(', ')}`);
      const event: LogEvent = { time: { sec: Math.floor(scene.nowMs / 1000), nsec: 0 }, record: recordOf(text) };
      const batch = new ObjectBatch(tag, [event]);
      notes.parsed(undefined, batch);
      notes.route(label, tag);
      await router.emit(batch);
      await rehearsed.flushFilters();
      return notes.report(null, text);
    },
  };
}

function recordOf(text: string): LogRecord {
  try {
    const value = parseJson(text);
    if (isHash(value)) return value;
  } catch {
    // Not JSON.
  }
  return new Map<string, Value>([['message', text]]);
}

async function listFiles({ inputs }: Rehearsed): Promise<Traceable[]> {
  const files: Traceable[] = [];
  for (const [source, { input }] of inputs.entries()) {
    let known = false;
    await input.scan?.({
      ...SILENT_SCAN,
      only: undefined,
      get done() {
        return known;
      },
      found(found) {
        known = true;
        for (const path of found.files) files.push({ source, path });
      },
    });
  }
  return files;
}

async function traceLine(rehearsed: Rehearsed, notes: Notes, { source, path }: Traceable, wanted: number): Promise<TraceReport> {
  const { step, input } = rehearsed.inputs[source]!;
  let text: string | undefined;
  let settled = false;
  let current = 0;
  let unmatched = false;
  /** Whether the line's event has been emitted, and what the last emission was about. */
  let emitted = false;
  let mode: Mode = 'none';
  const close = () => {
    if (mode === 'traced') notes.endOfEvent(settled);
    else if (mode === 'waiting') notes.keep(settled);
  };
  notes.input = step;
  const scan: Scan = {
    ...SILENT_SCAN,
    only: { path, byte: 0, line: 1 },
    get done() {
      return settled || (current > wanted && unmatched) || current > wanted + MAX_FOLLOWING;
    },
    text(line, found) {
      current = line;
      if (line === wanted) text = found;
    },
    at(line, _byte, lines) {
      close();
      const isTraced = !emitted && line <= wanted && wanted < line + lines;
      emitted ||= isTraced;
      mode = isTraced ? 'traced' : emitted && !settled ? 'waiting' : 'none';
      notes.begin(mode);
      // Each event has one: a filter that lets an earlier one go shows it by an acknowledgement that is not the traced one's alone.
      return new Ack(() => void (settled ||= isTraced));
    },
    wantsUnmatched: () => current === wanted,
    unmatched(line) {
      if (line !== wanted) return;
      unmatched = true;
      notes.unmatched(step);
    },
  };
  await input.scan!(scan);
  if (text === undefined) throw new Error(`${path} has ${current} line${current === 1 ? '' : 's'}, there is no line ${wanted}`);
  close();
  if (!settled) {
    notes.begin('flush');
    await rehearsed.flushFilters();
    notes.keep(true);
  }
  return notes.report({ path, line: wanted }, text);
}

type Mode = 'none' | 'traced' | 'waiting' | 'flush';

/** Writes the stages down. */
class Notes {
  steps: readonly Step[] = [];
  /** Where something came out that may be an earlier line's event, and how things stood before. */
  #passing: { readonly step: Step; readonly stages: number; readonly record: LogRecord | undefined } | undefined;
  /** The input that reads. */
  input: Step | undefined;
  readonly #stages: TraceStage[] = [];
  #pending: TraceStage[] = [];
  #mode: Mode = 'traced';
  #record: LogRecord | undefined;
  #heldAt: Step | undefined;
  /** Whether what comes by is the traced line's event, not that of the line that lets it go. */
  #released = true;

  begin(mode: Mode): void {
    this.#mode = mode;
    this.#released = mode === 'traced';
    this.#passing = undefined;
    this.#pending = [];
  }

  /** The traced line's event was emitted. */
  endOfEvent(settled: boolean): void {
    const last = this.#pending.at(-1);
    if (settled && last?.kind === 'held') this.#pending.splice(-1, 1, { ...last, kind: 'dropped', message: 'it is dropped here' });
    const passing = this.#passing;
    if (!settled && passing) {
      // What came out there was an earlier line's event.
      this.#pending.length = passing.stages;
      this.#record = passing.record;
      this.#heldAt = passing.step;
      this.#pending.push(stage('held', passing.step, passing.step.label, undefined, HELD, undefined));
    }
    this.#stages.push(...this.#pending);
    this.#pending = [];
  }

  /** Another line was emitted: what it showed counts if it let the traced one go. */
  keep(settled: boolean): void {
    if (settled) this.#stages.push(...this.#pending);
    this.#pending = [];
  }

  report(origin: LogPlace | null, line: string): TraceReport {
    this.#stages.push(...this.#pending);
    this.#pending = [];
    return { version: REPORT_VERSION, origin, line, stages: this.#stages, delivered: this.#stages.some(({ kind }) => kind === 'stored') };
  }

  unmatched(step: Step): void {
    this.#stages.push(stage('unmatched', step, null, undefined, 'the line does not match <parse>', undefined));
  }

  parsed(step: Step | undefined, batch: EventBatch): void {
    const event = batch.events[0]!;
    this.#push({ ...stage('parsed', step, null, batch, more('parsed', batch), event), changes: diffRecords(undefined, event.record) });
    this.#record = event.record;
  }

  /** Which rules of a label are tried for a tag, up to the one that takes it. */
  route(label: string, tag: string): void {
    for (const step of this.steps) {
      if (step.kind === 'input' || step.label !== label || step.pattern === undefined) continue;
      const matches = compileMatchPattern(step.pattern).matches(tag);
      const name = step.kind === 'filter' ? 'filter' : 'match';
      if (!matches) this.#push({ ...stage('tried', step, label, undefined, `<${name} ${step.pattern}> does not match the tag ${tag}`, undefined), tag });
      else if (step.kind === 'output') return;
    }
  }

  observer(): Observer {
    return {
      emitted: (step, label, batch) => {
        if (step.kind === 'filter') this.#released = true;
        if (this.#mode === 'none' || (!this.#released && step !== this.input)) return;
        if (step.kind === 'input' && this.#mode === 'waiting') return;
        if (step.kind === 'input') {
          this.#released = true;
          this.parsed(step, batch);
        }
        else if (step.kind === 'filter') this.#change('joined', step, label, batch, `it was held, and goes on to ${label} now`);
        else this.#change('output', step, label, batch, `hands it on to ${label === '@ROOT' ? 'the top level' : label}${batch.tag === '' ? '' : `, tag ${batch.tag}`}`);
        this.route(label, batch.tag);
      },
      filtered: (step, before, after) => this.#filtered(step, before, after),
      received: (step, batch) => {
        const { pattern } = step;
        this.#push(stage('output', step, step.label, batch, pattern === undefined ? 'a <store> gets it' : `<match ${pattern}> takes the tag ${batch.tag}`, undefined));
      },
      failed: (step, tag, event, error) => this.#push({ ...stage('error', step, step.label, undefined, errorText(error), event), tag }),
      unmatched: (label, batch) => this.#push(stage('no-match', undefined, label, batch, `no <match> takes the tag ${batch.tag}`, undefined)),
    };
  }

  listener(nowMs: number) {
    return {
      nowMs,
      samples: 1,
      eager: true,
      delivered: (step: Step, deliveries: readonly Delivery[]) => {
        for (const { name, stream, samples, bytes } of deliveries) {
          const [sample] = samples;
          const place = stream ? `log group ${stream.group}, stream ${stream.stream}` : name === '' ? step.type : name;
          this.#push({
            ...stage('stored', step, null, undefined, `${place}: ${sample?.bytes ?? bytes} bytes`, undefined),
            time: sample ? isoTime(sample.timeMs) : null,
            record: sample?.text ?? null,
          });
        }
      },
      trouble: (step: Step, id: string, events: number, batch: EventBatch | undefined) => {
        if (events > 0 || batch === undefined || id.startsWith('too-')) this.#push(stage('error', step, null, batch, TROUBLES[id] ?? id, undefined));
      },
    };
  }

  #filtered(step: Step, before: EventBatch, after: EventBatch): void {
    if (this.#mode === 'none') return;
    if (step === this.#heldAt && after.size > 0 && this.#mode !== 'traced') {
      this.#released = true;
      this.#change('joined', step, step.label, after, 'it leaves with the lines that belong to it');
      return;
    }
    if (!this.#released) return;
    if (after.size === 0) {
      if (this.#mode !== 'traced') return;
      this.#heldAt = step;
      this.#push(stage('held', step, step.label, before, HELD, undefined));
      return;
    }
    if (this.#mode === 'traced' && after.ack !== before.ack) this.#passing ??= { step, stages: this.#pending.length, record: this.#record };
    this.#change(after.ack === before.ack ? 'filter' : 'joined', step, step.label, after, more('', after));
  }

  #change(kind: TraceStage['kind'], step: Step, label: string, batch: EventBatch, message: string): void {
    const event = batch.events[0]!;
    this.#push({ ...stage(kind, step, label, batch, message, event), changes: diffRecords(this.#record, event.record) });
    this.#record = event.record;
  }

  #push(one: TraceStage): void {
    if (this.#mode !== 'none' && this.#released) this.#pending.push(one);
  }
}

const HELD = 'it is held here for the lines that follow, which may belong to the same event';

const TROUBLES: Readonly<Record<string, string>> = {
  'too-old': 'CloudWatch Logs will refuse it: it is older than 14 days, or than the retention of the group',
  'too-new': 'CloudWatch Logs will refuse it: it is more than 2 hours in the future',
  'too-large': 'it is refused: it is larger than an event may be',
  'no-group': 'it is refused: it has no name for a log group',
  'no-stream': 'it is refused: it has no name for a log stream',
  'invalid-name': 'it is refused: the name of its log group or stream is not allowed',
  empty: 'it is refused: its message is empty',
  'invalid-utf8': 'bytes that are not UTF-8 are replaced',
  cut: 'it is cut or split: it is larger than an event may be',
};

function more(text: string, { size }: EventBatch): string {
  return size > 1 ? `${text}${text === '' ? '' : ', '}${size} events, the first is shown` : text;
}

function stage(kind: TraceStage['kind'], step: Step | undefined, label: string | null, batch: EventBatch | undefined, message: string, event: LogEvent | undefined): TraceStage {
  return {
    kind,
    step: step ? { kind: step.kind, type: step.type, id: step.configured ? step.id : null, at: step.at } : null,
    label,
    tag: batch?.tag ?? null,
    time: event ? isoTime(event.time.sec * 1000 + Math.floor(event.time.nsec / 1e6)) : null,
    message,
    record: event ? generateJson(event.record) : null,
    changes: [],
  };
}
