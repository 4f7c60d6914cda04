/**
 * Finds the lines that problems come from: the block of a file in which one showed is read again line by line, in a second
 * graph, and each line's acknowledgement tells which event it has become part of.
 */
import { Ack, type EventBatch, type LogEvent } from '../event.ts';
import { errorText } from '../errors.ts';
import { generateJson } from '../lib/json.ts';
import type { Observer, Step } from '../plugin.ts';
import type { Delivery, Scan } from '../planning.ts';
import { MAX_SAMPLES, sampleOf, type Finding, type Seed } from './findings.ts';
import { rehearse, type Rehearsed, type Scene } from './rehearsal.ts';
import type { ProblemSample } from './report.ts';
import { isoTime } from './times.ts';

/** One reading of a few lines. */
interface Probe {
  readonly rehearsed: Rehearsed;
  /** Problems since the last line, as `ID STEP ABOUT`. */
  hits: Hit[];
}

interface Hit {
  readonly id: string;
  readonly step: Step | undefined;
  readonly about: string;
  readonly tag: string | null;
  readonly event: LogEvent | undefined;
  readonly text: string | undefined;
  readonly detail: string | null;
}

/** Adds samples with their places to the findings. `steps`: of the graph that the findings are about. */
export async function findOrigins(scene: Scene, findings: readonly Finding[], steps: readonly Step[]): Promise<void> {
  let shared: Probe | undefined;
  for (const finding of findings)
    for (const seed of finding.seeds) {
      if (finding.samples.length >= MAX_SAMPLES) break;
      // What filters hold can be let go once in the life of a graph.
      const probe = seed.atFlush ? await createProbe(scene) : (shared ??= await createProbe(scene));
      // Rather from several files than from one.
      const wanted = Math.ceil((MAX_SAMPLES - finding.samples.length) / (finding.seeds.length - finding.seeds.indexOf(seed)));
      for (const found of await find(probe, finding, seed, steps, wanted))
        if (!finding.samples.some(({ origin }) => origin?.path === found.origin?.path && origin?.line === found.origin?.line)) finding.samples.push(found);
    }
}

async function createProbe(scene: Scene): Promise<Probe> {
  const hits: Hit[] = [];
  let stored: Delivery['samples'][number] | undefined;
  const hit = (id: string, step: Step | undefined, about: string, batch: EventBatch | undefined, detail: string | null = null) => {
    const text = stored?.text;
    hits.push({ id, step, about, tag: batch?.tag ?? null, event: batch?.events[0], text, detail });
  };
  const observer: Observer = {
    received: () => void (stored = undefined),
    failed: (step, tag, event, error) => void hits.push({ id: 'failed', step, about: '', tag, event, text: undefined, detail: errorText(error) }),
    unmatched: (label, batch) => hit('no-match', undefined, label, batch),
  };
  const listener = {
    nowMs: scene.nowMs,
    samples: 1,
    eager: true,
    delivered: (_step: Step, deliveries: readonly Delivery[]) => void (stored = deliveries[0]?.samples[0]),
    trouble: (step: Step, id: string, _events: number, batch: EventBatch | undefined) => hit(id, step, '', batch),
  };
  return { rehearsed: await rehearse(scene, listener, observer), hits };
}

async function find({ rehearsed, hits }: Probe, finding: Finding, seed: Seed, steps: readonly Step[], wanted: number): Promise<ProblemSample[]> {
  const { input } = rehearsed.inputs[seed.source]!;
  const step = finding.step && rehearsed.steps[steps.indexOf(finding.step)];
  const fits = (hit: Hit) => {
    if (hit.step !== step) return false;
    if (hit.id === 'failed') return finding.id === 'error-event' || finding.id === 'unfinished-event';
    return hit.id === finding.id && hit.about === finding.about;
  };
  hits.length = 0;
  let settled: number[] = [];
  let current = seed.line;
  const samples: ProblemSample[] = [];
  /** Once a line is through, what showed belongs to the lines that were settled with it. */
  const resolve = () => {
    const found = hits.find(fits);
    if (found && samples.length < wanted) samples.push(toSample(found, { path: seed.path, line: settled.length === 0 ? current : Math.min(...settled) }));
    hits.length = 0;
    settled = [];
  };
  const scan: Scan = {
    only: { path: seed.path, byte: seed.byte, line: seed.line },
    get done() {
      return samples.length >= wanted || current > seed.lastLine;
    },
    found: () => {},
    begin: () => {},
    at(line) {
      resolve();
      current = line;
      return new Ack(() => void settled.push(line));
    },
    wantsUnmatched: () => false,
    unmatched: () => {},
    tooLong: () => {},
    end: () => {},
  };
  await input.scan!(scan);
  resolve();
  if (samples.length < wanted && seed.atFlush) {
    await rehearsed.flushFilters();
    resolve();
  }
  return samples;
}

function toSample({ tag, event, text, detail }: Hit, origin: { readonly path: string; readonly line: number }): ProblemSample {
  const shown = text ?? (event ? generateJson(event.record) : '');
  return sampleOf(shown, origin, {
    tag, detail,
    bytes: Buffer.byteLength(shown),
    time: event ? isoTime(event.time.sec * 1000 + Math.floor(event.time.nsec / 1e6)) : null,
  });
}
