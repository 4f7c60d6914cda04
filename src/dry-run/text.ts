/** The report as text, on 100 columns. */
import type { ComparisonReport } from './compare-report.ts';
import { comparisonLines } from './compare-text.ts';
import { byteText, clip, createPaint, oneLine, spread, squeeze, timeText, WIDTH, wrap, type Paint } from './layout.ts';
import { group } from './problems.ts';
import { problemLines } from './problems-text.ts';
import type { DestinationReport, DryRunReport, GroupReport, SampleReport, StreamReport } from './report.ts';
import { routeLines } from './routes-text.ts';
import { staticLines } from './static-text.ts';
import { stepName } from './step-name.ts';

export interface TextOptions {
  readonly colour: boolean;
  /** Streams of each group that are listed. */
  readonly streams: number;
  /** Against another plan: shown in place of routes and destinations. */
  readonly comparison?: ComparisonReport | null | undefined;
}

/** Columns of stream names. */
const NAME_WIDTH = 46;

export function reportText(report: DryRunReport, options: TextOptions): string {
  const paint = createPaint(options.colour);
  const lines = [...headLines(report, paint), ''];
  if (report.verdict.status === 'invalid') return finish([...lines, ...configurationLines(report, paint)]);
  const { comparison = null } = options;
  if (comparison === null) lines.push(...planLines(report, options, paint));
  else lines.push(...section('CHANGES', paint), ...comparisonLines(comparison, paint));
  if (report.problems.length > 0) lines.push(...section('PROBLEMS', paint), ...problemLines(report, paint));
  if (comparison === null) lines.push(...staticLines(report, paint, section));
  lines.push(verdictLine(report, paint));
  return finish(lines);
}

/** Which way everything goes, and where it arrives. */
function planLines(report: DryRunReport, options: TextOptions, paint: Paint): string[] {
  const lines = [...section('ROUTES', paint), ...routeLines(report, paint)];
  if (report.cloudwatch.groups.length > 0) {
    lines.push(...section('CLOUDWATCH LOGS', paint));
    for (const one of report.cloudwatch.groups) lines.push(...groupLines(one, options.streams, paint), '');
  }
  const others = report.destinations.filter(({ step, name }) => name === null || !report.cloudwatch.groups.some(({ outputs }) => outputs.includes(step)));
  if (others.length > 0) lines.push(...section('OTHER DESTINATIONS', paint), ...others.flatMap((other) => destinationLines(report, other, paint)), '');
  return lines;
}

function finish(lines: readonly string[]): string {
  return lines.map((line) => line.trimEnd()).join('\n').replace(/\n{3,}/g, '\n\n').trimEnd() + '\n';
}

function section(title: string, paint: Paint): string[] {
  return [paint.bold(title), paint.dim('─'.repeat(WIDTH))];
}

function headLines({ setup }: DryRunReport, paint: Paint): string[] {
  const { environment, metadata, mounts, configFile, now } = setup;
  const head = 'logferry dry-run';
  const time = `now ${timeText(now)} UTC`;
  const isLong = head.length + configFile.length + time.length + 4 > WIDTH;
  const lines = isLong
    ? [`${paint.bold(head)}  ${configFile}`, ' '.repeat(WIDTH - time.length) + paint.dim(time)]
    : [spread(`${head}  ${configFile}`, time, WIDTH, `${paint.bold(head)}  ${configFile}`, paint.dim(time))];
  const fact = (name: string, text: string) => void lines.push(...wrap(text, WIDTH - 12).map((part, i) => `  ${paint.dim((i === 0 ? name : '').padEnd(9))} ${part}`));
  for (const { path, folder } of mounts) fact(path.length > 9 ? squeeze(path, 9) : path, folder);
  if (metadata) fact('metadata', `${metadata.file}: ${metadata.pods} pods, ${metadata.namespaces} namespaces`);
  if (environment.given.length > 0) fact('env', environment.given.join(', '));
  if (environment.unset.length > 0) fact('not set', `${environment.unset.join(', ')} (the configuration has a default)`);
  return lines;
}

function verdictLine({ verdict }: DryRunReport, paint: Paint): string {
  const { status, sentence, totals } = verdict;
  const stored = totals.delivered <= 0 ? '' : `, ${byteText(totals.deliveredBytes)} to store`;
  const sizes = totals.lines === 0 ? '' : `(${byteText(totals.bytes)} read${stored})`;
  const text = `${status === 'clean' ? '✔' : '✘'} ${sentence}`;
  const lines = text.length + sizes.length < WIDTH ? [`${text} ${sizes}`] : [...wrap(text, WIDTH), sizes];
  return lines.map((line, i) => (status === 'clean' ? paint.green : paint.red)(`${i === 0 ? '' : '  '}${line.trimEnd()}`)).join('\n');
}

function configurationLines(report: DryRunReport, paint: Paint): string[] {
  const lines: string[] = [];
  for (const { message, at, hint } of report.verdict.configuration) {
    for (const [i, part] of wrap(`${at ? `${at.file}:${at.line}:${at.column}: ` : ''}${message}`, WIDTH - 4).entries()) lines.push(i === 0 ? `  ${paint.red('✘')} ${part}` : `    ${part}`);
    for (const [i, part] of (hint === null ? [] : wrap(hint, WIDTH - 8)).entries()) lines.push(i === 0 ? `      ${paint.dim('→')} ${part}` : `        ${part}`);
  }
  return [...lines, '', paint.red(`✘ ${report.verdict.sentence}`)];
}

function groupLines(one: GroupReport, shown: number, paint: Paint): string[] {
  const { name, existence, retentionDays, region, streams, events, bytes, requests } = one;
  const facts = [
    existence === 'created' ? 'created if missing' : 'has to exist',
    existence === 'created' ? (retentionDays === null ? 'kept for ever' : `kept ${retentionDays} days`) : undefined,
    region ?? undefined,
  ].filter((fact) => fact !== undefined).join(', ');
  const lines = [spread(squeeze(name, 60), facts, WIDTH, paint.cyan(squeeze(name, 60)), paint.dim(facts))];
  const tags = Object.entries(one.tags);
  if (tags.length > 0) lines.push(paint.dim(`  tags ${clip(tags.map(([key, value]) => `${key}=${value}`).join(', '), WIDTH - 7)}`));
  lines.push(paint.dim(row('stream', 'events', 'bytes', 'requests', 'from … to')));
  for (const stream of streams.slice(0, shown)) lines.push(streamRow(stream), ...sampleLines(stream.samples, paint));
  if (streams.length > shown) lines.push(paint.dim(`  … and ${group(streams.length - shown)} more streams (--json has all)`));
  if (streams.length > 1) lines.push(paint.bold(row(`${group(streams.length)} streams`, group(events), byteText(bytes), group(requests), '')));
  return lines;
}

function row(name: string, events: string, bytes: string, requests: string, times: string): string {
  return `  ${name.padEnd(NAME_WIDTH)}${events.padStart(9)}${bytes.padStart(10)}${requests.padStart(9)}  ${times}`;
}

function streamRow({ name, events, bytes, requests, first, last }: StreamReport): string {
  return row(squeeze(oneLine(name), NAME_WIDTH), group(events), byteText(bytes), group(requests), spanText(first, last));
}

/** Both ends on 22 columns: the day once, seconds where they fit. */
function spanText(first: string | null, last: string | null): string {
  if (first === null || last === null) return '';
  const sameDay = first.slice(0, 10) === last.slice(0, 10);
  if (sameDay) return `${first.slice(5, 10)} ${first.slice(11, 16)} … ${last.slice(11, 16)}`;
  return `${first.slice(5, 10)} … ${last.slice(0, 10)}`;
}

function sampleLines(samples: readonly SampleReport[], paint: Paint): string[] {
  return samples.map(({ time, text }) => paint.dim(`    ${time.slice(11, 19)} ${clip(oneLine(text), WIDTH - 13)}`));
}

function destinationLines(report: DryRunReport, { step, type, name, events, bytes, batches, samples }: DestinationReport, paint: Paint): string[] {
  const left = `${stepName(report.steps[step]!)}${name === null ? '' : `  ${squeeze(oneLine(name), 50)}`}`;
  const counted = type === 'null' ? `${plural(events, 'event')} thrown away, as configured` : `${plural(events, 'event')}  ${byteText(bytes)}  ${plural(batches, 'batch', 'batches')}`;
  return [spread(`  ${left}`, counted), ...sampleLines(samples, paint)];
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${group(count)} ${count === 1 ? one : many}`;
}
