/** From what a run has counted to the report. Pure. */
import type { ConfigProblem } from '../errors.ts';
import type { Step } from '../plugin.ts';
import type { Destination, Way } from './destinations.ts';
import { group, toProblem } from './problems.ts';
import {
  REPORT_VERSION, type CloudWatchPlan, type DestinationReport, type DryRunReport, type GroupReport, type LabelReport, type ProblemReport, type RouteHop,
  type RouteReport, type SampleReport, type SetupReport, type SourceReport, type StepReport, type Totals, type Verdict,
} from './report.ts';
import type { Outcome } from './run.ts';
import { isoTime } from './times.ts';

/** Names that a list shows. */
const MAX_NAMES = 10;
/** Places of a route. */
const MAX_PLACES = 50;
/** Characters of a stored text that are shown. */
const STORED_CHARACTERS = 4096;
const NO_TOTALS: Totals = { files: 0, lines: 0, bytes: 0, events: 0, delivered: 0, deliveredBytes: 0, lost: 0, altered: 0 };

/** The report without warnings, cost and permissions: others add those. */
export function assembleReport(setup: SetupReport, outcome: Outcome): DryRunReport {
  const { rehearsed, traffic, findings } = outcome;
  const index = new Map(rehearsed.steps.map((step, i) => [step, i]));
  const steps = rehearsed.steps.map((step, i) => toStep(step, i, index, traffic.total(step)));
  const sources = outcome.sources.map((source, i) => toSource(rehearsed.inputs[i]!.step, source, index, traffic));
  const hasErrorLabel = rehearsed.agent.graph.routers.has('@ERROR');
  const problems = findings.all
    .filter(({ count }) => count > 0)
    .map((finding) => {
      const at = finding.step ? index.get(finding.step)! : null;
      const emitsUnmatched = outcome.sources.some(({ emitsUnmatched: emits }, i) => emits && rehearsed.inputs[i]!.step === finding.step);
      return toProblem(finding, at, { hasErrorLabel, emitsUnmatched, unset: setup.environment.unset, now: setup.now });
    })
    .sort(byWeight);
  const destinations = rehearsed.steps.flatMap((step) => outcome.destinations.of(step));
  const totals = totalsOf(sources, destinations, problems);
  return {
    version: REPORT_VERSION,
    setup,
    verdict: verdictOf(totals, problems),
    steps,
    sources,
    labels: toLabels(outcome, index),
    routes: toRoutes(outcome, index),
    destinations: destinations.map((destination) => toDestination(destination, index)),
    cloudwatch: toCloudWatch(destinations, index, outcome),
    problems,
    warnings: [],
    cost: null,
    iam: null,
  };
}

/** The report of a configuration that is wrong. */
export function invalidReport(setup: SetupReport, problems: readonly ConfigProblem[]): DryRunReport {
  const configuration = problems.map(({ message, at, hint }) => ({ message, at: at ?? null, hint: hint ?? null }));
  const sentence = `the configuration is not valid: ${problems.length} problem${problems.length === 1 ? '' : 's'}`;
  return {
    version: REPORT_VERSION,
    setup,
    verdict: { status: 'invalid', exitCode: 1, sentence, totals: NO_TOTALS, configuration },
    steps: [], sources: [], labels: [], routes: [], destinations: [], cloudwatch: { groups: [], requests: 0 }, problems: [], warnings: [], cost: null, iam: null,
  };
}

function byWeight(a: ProblemReport, b: ProblemReport): number {
  const weight = { lost: 0, altered: 1, note: 2 };
  return weight[a.effect] - weight[b.effect] || b.count - a.count || (a.step ?? -1) - (b.step ?? -1) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

function toStep(step: Step, index: number, all: ReadonlyMap<Step, number>, passage: { received: number; passed: number; failed: number }): StepReport {
  const { kind, type, id, configured, label, pattern, at, owner } = step;
  return { index, kind, type, id: configured ? id : null, label, pattern: pattern ?? null, at, owner: owner ? (all.get(owner) ?? null) : null, ...passage };
}

function toSource(step: Step, { state, reason, found, files }: Outcome['sources'][number], index: ReadonlyMap<Step, number>, traffic: Outcome['traffic']): SourceReport {
  const sum = (value: (file: SourceReport['files'][number]) => number) => files.reduce((total, file) => total + value(file), 0);
  return {
    step: index.get(step)!,
    state, reason,
    patterns: found.patterns,
    lines: sum(({ lines }) => lines),
    bytes: sum(({ bytes }) => bytes),
    events: traffic.total(step).passed,
    files: [...files].sort((a, b) => (a.path < b.path ? -1 : 1)),
    excluded: [...found.excluded].sort(),
    skipped: [...found.skipped].sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
}

function toLabels({ rehearsed, traffic }: Outcome, index: ReadonlyMap<Step, number>): LabelReport[] {
  return [...rehearsed.agent.graph.routers].map(([name, router]) => {
    const own = rehearsed.steps.filter(({ kind, label, owner }) => kind !== 'input' && label === name && owner === undefined);
    const inOrder = own.toSorted((a, b) => (a.at.file === b.at.file ? a.at.line - b.at.line : index.get(a)! - index.get(b)!));
    const tags = [...(traffic.unmatchedTags.get(name) ?? [])].map(([tag, events]) => ({ tag, events }));
    return {
      name,
      entered: router.enteredRecords,
      steps: inOrder.map((step) => index.get(step)!),
      unmatched: {
        events: tags.reduce((sum, { events }) => sum + events, 0),
        tags: tags.sort((a, b) => b.events - a.events || (a.tag < b.tag ? -1 : 1)).slice(0, MAX_NAMES),
      },
    };
  });
}

function toRoutes({ rehearsed, traffic, destinations }: Outcome, index: ReadonlyMap<Step, number>): RouteReport[] {
  return rehearsed.inputs.flatMap(({ step: source }, i) => {
    const passages = traffic.bySource.get(i);
    if (!passages) return [];
    const hops: RouteHop[] = [...passages].filter(([step]) => step !== source).map(([step, { received, passed }]) => {
      const way = destinations.bySource.get(i)?.get(step);
      return { step: index.get(step)!, received, passed, destinations: way ? [...way.names].sort().slice(0, MAX_NAMES) : [], bytes: way ? way.bytes : null, places: way ? toPlaces(way) : [] };
    });
    return [{ source: index.get(source)!, hops }];
  });
}

function toPlaces({ places }: Way): RouteHop['places'] {
  const all = [...places].map(([name, { events, bytes }]) => ({ name, events, bytes }));
  return all.sort((a, b) => b.bytes - a.bytes || b.events - a.events || (a.name < b.name ? -1 : 1)).slice(0, MAX_PLACES);
}

function toSamples(samples: Destination['samples']): SampleReport[] {
  return samples.map(({ timeMs, text, bytes }) => {
    const cut = text.length > STORED_CHARACTERS;
    return { time: isoTime(timeMs) ?? '', text: cut ? text.slice(0, STORED_CHARACTERS) : text, bytes, cut };
  });
}

function toDestination({ step, name, events, bytes, batches, firstMs, lastMs, samples }: Destination, index: ReadonlyMap<Step, number>): DestinationReport {
  return {
    step: index.get(step)!, type: step.type, name: name === '' ? null : name,
    events, bytes, batches, first: isoTime(firstMs), last: isoTime(lastMs), samples: toSamples(samples),
  };
}

function toCloudWatch(destinations: readonly Destination[], index: ReadonlyMap<Step, number>, { rehearsed }: Outcome): CloudWatchPlan {
  const groups = new Map<string, Destination[]>();
  for (const destination of destinations) {
    if (!destination.stream) continue;
    const { group: name } = destination.stream;
    const same = groups.get(name);
    if (same) same.push(destination);
    else groups.set(name, [destination]);
  }
  const reports = [...groups].map(([name, all]) => toGroup(name, all, index, rehearsed.agent.graph.views)).sort((a, b) => (a.name < b.name ? -1 : 1));
  return { groups: reports, requests: reports.reduce((sum, { requests }) => sum + requests, 0) };
}

type Views = Outcome['rehearsed']['agent']['graph']['views'];

function toGroup(name: string, all: readonly Destination[], index: ReadonlyMap<Step, number>, views: Views): GroupReport {
  const sum = (value: (destination: Destination) => number) => all.reduce((total, destination) => total + value(destination), 0);
  const { region, creates, retentionDays, tags } = all[0]!.stream!;
  const streams = new Map<string, Destination[]>();
  for (const one of all) streams.set(one.stream!.stream, [...(streams.get(one.stream!.stream) ?? []), one]);
  const outputs = [...new Set(all.map(({ step }) => step))];
  return {
    name,
    outputs: outputs.map((step) => index.get(step)!),
    region: region ?? null,
    existence: creates ? 'created' : 'assumed',
    retentionDays: retentionDays ?? null,
    tags,
    flushIntervalSec: flushInterval(views.find(({ step }) => step === outputs[0])),
    events: sum(({ events }) => events),
    bytes: sum(({ bytes }) => bytes),
    requests: sum(({ batches }) => batches),
    streams: [...streams].map(([stream, same]) => toStream(stream, same)).sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

function toStream(name: string, all: readonly Destination[]): GroupReport['streams'][number] {
  const times = (value: (destination: Destination) => number) => all.map(value).filter((ms) => !Number.isNaN(ms));
  return {
    name,
    events: all.reduce((sum, { events }) => sum + events, 0),
    bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
    requests: all.reduce((sum, { batches }) => sum + batches, 0),
    first: isoTime(Math.min(...times(({ firstMs }) => firstMs))),
    last: isoTime(Math.max(...times(({ lastMs }) => lastMs))),
    samples: all.flatMap(({ samples }) => toSamples(samples)),
  };
}

/** Seconds, as far as it can be told from the text of the parameter. */
function flushInterval(view: Views[number] | undefined): number | null {
  const buffer = view?.element.elements.find(({ name }) => name === 'buffer');
  const text = buffer?.params.get('flush_interval')?.text ?? view?.element.params.get('flush_interval')?.text ?? '60';
  const match = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(text.trim());
  const unit = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 };
  return match ? Number(match[1]) * unit[match[2] as keyof typeof unit] : null;
}

function totalsOf(sources: readonly SourceReport[], destinations: readonly Destination[], problems: readonly ProblemReport[]): Totals {
  const sum = <T>(all: readonly T[], value: (one: T) => number) => all.reduce((total, one) => total + value(one), 0);
  const of = (effect: ProblemReport['effect']) => sum(problems.filter((problem) => problem.effect === effect), ({ count }) => count);
  // These were sent, and are refused by the service.
  const refused = sum(problems.filter(({ id }) => id === 'too-old' || id === 'too-new'), ({ count }) => count);
  return {
    files: sum(sources, ({ files }) => files.length),
    lines: sum(sources, ({ lines }) => lines),
    bytes: sum(sources, ({ bytes }) => bytes),
    events: sum(sources, ({ events }) => events),
    delivered: sum(destinations, ({ events }) => events) - refused,
    deliveredBytes: sum(destinations, ({ bytes }) => bytes),
    lost: of('lost'),
    altered: of('altered'),
  };
}

function verdictOf(totals: Totals, problems: readonly ProblemReport[]): Verdict {
  const worst = problems.filter(({ effect }) => effect === 'lost');
  const some = (count: number, what: string) => `${group(count)} ${what}${count === 1 ? '' : 's'}`;
  const counts = `${some(totals.lines, 'line')} of ${some(totals.files, 'file')} ${totals.lines === 1 ? 'gives' : 'give'} ${some(totals.delivered, 'event')} to store`;
  if (totals.files === 0) return { status: 'clean', exitCode: 0, sentence: 'valid, but nothing was found to read', totals, configuration: [] };
  if (worst.length === 0) {
    const rest = totals.altered === 0 ? 'all arrive as configured' : `all arrive, ${group(totals.altered)} of them altered`;
    return { status: 'clean', exitCode: 0, sentence: `${counts}; ${rest}`, totals, configuration: [] };
  }
  return { status: 'lossy', exitCode: 2, sentence: `${counts}; ${group(totals.lost)} would be lost or rejected`, totals, configuration: [] };
}
