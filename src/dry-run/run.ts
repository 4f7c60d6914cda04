/** The dry run: everything is read once, and what would happen to it is counted. */
import { errorText } from '../errors.ts';
import type { EventBatch } from '../event.ts';
import type { Observer, Step } from '../plugin.ts';
import type { Scan, ScanFound } from '../planning.ts';
import type { Fingerprints } from './compare-fingerprints.ts';
import { DestinationTotals } from './destinations.ts';
import { Findings, MAX_SAMPLES, sampleOf, type Seed } from './findings.ts';
import type { LogPrices } from './prices.ts';
import { rehearse, type Rehearsed, type Scene } from './rehearsal.ts';
import type { FileReport, ProblemId } from './report.ts';
import { Traffic } from './traffic.ts';

/** What one input found and read. */
export interface SourceOutcome {
  state: 'read' | 'nothing' | 'waits' | 'failed';
  reason: string | null;
  found: ScanFound;
  /** Lines that do not match become events all the same. */
  emitsUnmatched: boolean;
  readonly files: FileReport[];
}

export interface Outcome {
  readonly rehearsed: Rehearsed;
  readonly sources: readonly SourceOutcome[];
  readonly traffic: Traffic;
  readonly destinations: DestinationTotals;
  readonly findings: Findings;
}

/** How far the run is. */
export interface Progress {
  readonly files: number;
  readonly lines: number;
  readonly bytes: number;
  readonly path: string;
}

export interface RunOptions {
  /** Events of each destination that are shown. */
  readonly samples: number;
  readonly progress?: ((progress: Progress) => void) | undefined;
  /** Takes a fingerprint of everything that would be stored; slower. */
  readonly fingerprints?: Fingerprints | undefined;
  /** For the estimate of the cost: win over the known ones. */
  readonly prices?: Partial<LogPrices> | undefined;
}

/** Lines that were emitted together. */
interface Block {
  readonly path: string;
  readonly byte: number;
  readonly line: number;
  readonly lines: number;
  /** The block in front of it in the same file. */
  readonly before: { readonly byte: number; readonly line: number };
}

/** Throws a ConfigError if the configuration is wrong. */
export async function runDry(scene: Scene, options: RunOptions): Promise<Outcome> {
  const traffic = new Traffic();
  const destinations = new DestinationTotals();
  const findings = new Findings();
  const sourceOfTag = new Map<string, number>();
  const blockOfTag = new Map<string, Block>();
  let block: Block | undefined;
  let flushing = false;

  const seedOf = (tag: string | undefined): Seed | undefined => {
    const at = flushing ? (tag === undefined ? undefined : blockOfTag.get(tag)) : block;
    const source = flushing && tag !== undefined ? sourceOfTag.get(tag) : traffic.source;
    return at && source !== undefined ? { source, path: at.path, ...at.before, lastLine: at.line + at.lines - 1, atFlush: flushing } : undefined;
  };
  const listener = {
    nowMs: scene.nowMs,
    samples: options.fingerprints ? Infinity : options.samples,
    get eager() {
      return flushing;
    },
    delivered: (step: Step, deliveries: Parameters<DestinationTotals['add']>[2]) => {
      destinations.add(traffic.source, step, deliveries, options.samples);
      options.fingerprints?.add(traffic.source, step, deliveries);
    },
    trouble: (step: Step, id: string, events: number, batch: EventBatch | undefined) => void findings.add(id as ProblemId, step, '', events, seedOf(batch?.tag)),
  };
  const observer: Observer = {
    emitted(step, label, batch) {
      if (step.kind === 'input' && traffic.source >= 0) sourceOfTag.set(batch.tag, traffic.source);
      else if (flushing) traffic.source = sourceOfTag.get(batch.tag) ?? -1;
      traffic.emitted(step, label, batch);
    },
    filtered: (step, before, after) => traffic.filtered(step, before, after),
    received: (step, batch) => traffic.received(step, batch),
    failed(step, tag, _event, error) {
      if (flushing) traffic.source = sourceOfTag.get(tag) ?? traffic.source;
      traffic.failed(step);
      const about = errorText(error).replace(/\d+/g, 'N').slice(0, 60);
      findings.add(flushing && step.kind === 'filter' ? 'unfinished-event' : 'error-event', step, flushing ? '' : about, 1, seedOf(tag));
    },
    unmatched(label, batch) {
      traffic.unmatched(label, batch);
      findings.add('no-match', undefined, label, batch.size, seedOf(batch.tag));
    },
  };

  const rehearsed = await rehearse(scene, listener, observer);
  const counts = { files: 0, lines: 0, bytes: 0 };
  const sources: SourceOutcome[] = [];
  for (const [i, { step, input }] of rehearsed.inputs.entries()) {
    const outcome: SourceOutcome = { state: 'waits', reason: null, found: { files: [], patterns: [], excluded: [], skipped: [] }, emitsUnmatched: false, files: [] };
    sources.push(outcome);
    if (!input.scan) continue;
    traffic.source = i;
    block = undefined;
    outcome.state = 'nothing';
    let file = { path: '', tag: '' };
    let line = { path: '', byte: 0, line: 1 };
    let unmatchedSamples = 0;
    const scan: Scan = {
      only: undefined,
      done: false,
      found(found) {
        outcome.found = found;
        for (const { path, reason, lost } of found.skipped)
          if (lost) findings.add('unreadable-file', step, '', 1).samples.push(sampleOf(path, null, { detail: reason }));
      },
      begin(path, tag) {
        file = { path, tag };
        line = { path, byte: 0, line: 1 };
        counts.files++;
        unmatchedSamples = 0;
      },
      at(number, byte, lines) {
        if (line.path !== file.path) line = { path: file.path, byte: 0, line: 1 };
        block = { path: file.path, byte, line: number, lines, before: { byte: line.byte, line: line.line } };
        line = { path: file.path, byte, line: number };
        blockOfTag.set(file.tag, block);
        counts.lines += lines;
        options.progress?.({ ...counts, bytes: counts.bytes + byte, path: file.path });
        return undefined;
      },
      wantsUnmatched: () => unmatchedSamples < 1 && findings.add('unmatched-line', step, '', 0).samples.length < MAX_SAMPLES,
      unmatched(number, text) {
        unmatchedSamples++;
        findings.add('unmatched-line', step, '', 0).samples.push(sampleOf(text, { path: file.path, line: number }, { tag: file.tag }));
      },
      tooLong(number) {
        const { samples } = findings.add('line-too-long', step, '', 1);
        if (samples.length < MAX_SAMPLES) samples.push(sampleOf('', { path: file.path, line: number }, { tag: file.tag }));
      },
      end(totals) {
        outcome.state = 'read';
        outcome.emitsUnmatched = totals.emitsUnmatched;
        counts.bytes += totals.bytes;
        const { lines, bytes, events, unmatched, tooLong, unfinished } = totals;
        outcome.files.push({ ...file, lines, bytes, events, unmatched, tooLong, unfinished, note: totals.note ?? null });
        if (unmatched > 0) findings.add('unmatched-line', step, '', unmatched);
        if (totals.note !== undefined) {
          const { samples } = findings.add('not-text', step, '', 1);
          if (samples.length < MAX_SAMPLES) samples.push(sampleOf(file.path, { path: file.path, line: 1 }, { detail: totals.note }));
        }
      },
    };
    try {
      await input.scan(scan);
    } catch (error) {
      outcome.state = 'failed';
      outcome.reason = errorText(error);
    }
    await rehearsed.finish();
  }
  flushing = true;
  traffic.source = -1;
  await rehearsed.flushFilters();
  await rehearsed.finish();
  return { rehearsed, sources, traffic, destinations, findings };
}
