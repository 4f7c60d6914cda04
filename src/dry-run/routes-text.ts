/** The way from each source to its destinations, as text. */
import { byteText, clip, oneLine, spread, squeeze, WIDTH, type Paint } from './layout.ts';
import { group } from './problems.ts';
import type { DryRunReport, RouteHop, SourceReport, StepReport } from './report.ts';
import { placeName, stepName } from './step-name.ts';

/** Excluded or skipped paths of a source that are named. */
const SHOWN_PATHS = 3;
/** Groups or other places of an output that are listed. */
const SHOWN_PLACES = 10;

export function routeLines(report: DryRunReport, paint: Paint): string[] {
  const lines: string[] = [];
  for (const source of report.sources) {
    lines.push(...sourceLines(report, source, paint));
    const route = report.routes.find(({ source: step }) => step === source.step);
    if (route) lines.push(...hopLines(report, route.hops, paint));
    lines.push('');
  }
  lines.push(...idleLines(report, paint));
  for (const { name, unmatched } of report.labels)
    if (unmatched.events > 0)
      lines.push(paint.red(`✘ no <match> in ${name} for ${group(unmatched.events)} events: ${clip(unmatched.tags.map(({ tag }) => tag).join(', '), 60)}`), '');
  return lines;
}

/** Labels, filters and outputs that no event came to. */
function idleLines({ steps, labels }: DryRunReport, paint: Paint): string[] {
  const empty = labels.filter(({ name: label, entered }) => label !== '@ROOT' && entered === 0);
  const idle = steps.filter(({ kind, received, label }) => kind !== 'input' && received === 0 && !empty.some((one) => one.name === label));
  if (idle.length + empty.length === 0) return [];
  const name = (step: StepReport) => `${step.owner === null ? (step.kind === 'filter' ? 'filter' : 'match') : 'store'} ${step.pattern ?? ''}`.trim();
  return [
    paint.yellow('○ no event came to'),
    ...empty.map(({ name: label, steps: own }) => spread(`  <label ${label}>`, own.length === 0 ? '' : placeName(steps[own[0]!]!.at))),
    ...idle.map((step) => spread(`  ${step.label === '@ROOT' ? '' : `${step.label} `}<${clip(name(step), 40)}>  ${squeeze(stepName(step), 36)}`, placeName(step.at), WIDTH)),
    '',
  ];
}

function sourceLines(report: DryRunReport, source: SourceReport, paint: Paint): string[] {
  const step = report.steps[source.step]!;
  const name = stepName(step);
  const title = step.id === null ? name : `${name}  ${step.type}`;
  const place = placeName(step.at);
  const lines = [spread(`● ${title}`, place, WIDTH, `${paint.green('●')} ${paint.bold(name)}${step.id === null ? '' : paint.dim(`  ${step.type}`)}`, paint.dim(place))];
  switch (source.state) {
    case 'waits':
      return [...lines, paint.dim('  waits for senders; nothing to read')];
    case 'failed':
      return [...lines, paint.red(`  could not be read: ${source.reason}`)];
    case 'nothing':
    case 'read':
  }
  const { files, lines: count, bytes, excluded, skipped, patterns } = source;
  const isJournal = step.type === 'systemd';
  const found = files.length === 0 ? 'nothing found' : isJournal ? '' : `${group(files.length)} file${files.length === 1 ? '' : 's'}`;
  const size = files.length === 0 ? '' : `${group(count)} ${isJournal ? 'entries' : 'lines'}   ${byteText(bytes)}`;
  const left = `  ${squeeze(patterns.join(', '), 52)}   ${found}`;
  lines.push(spread(left, size, WIDTH, files.length === 0 ? `  ${squeeze(patterns.join(', '), 52)}   ${paint.yellow(found)}` : left));
  if (excluded.length > 0) lines.push(paint.dim(`  excluded   ${pathList(excluded)}`));
  for (const { path, reason, lost } of skipped.slice(0, SHOWN_PATHS)) {
    const text = `  ${lost ? 'unreadable' : 'skipped   '} ${squeeze(path, 50)}: ${clip(reason, 34)}`;
    lines.push(lost ? paint.red(text) : paint.dim(text));
  }
  if (skipped.length > SHOWN_PATHS) lines.push(paint.dim(`             and ${skipped.length - SHOWN_PATHS} more`));
  const unfinished = files.filter((file) => file.unfinished > 0);
  if (unfinished.length > 0) lines.push(paint.dim(`  unfinished ${pathList(unfinished.map(({ path }) => path))}: the last line waits for its end`));
  return lines;
}

function pathList(paths: readonly string[]): string {
  const room = Math.floor((WIDTH - 24) / Math.min(paths.length, SHOWN_PATHS)) - 2;
  const shown = paths.slice(0, SHOWN_PATHS).map((path) => squeeze(path.slice(path.lastIndexOf('/') + 1), room)).join(', ');
  return paths.length > SHOWN_PATHS ? `${shown} and ${paths.length - SHOWN_PATHS} more` : shown;
}

function hopLines(report: DryRunReport, hops: readonly RouteHop[], paint: Paint): string[] {
  const lines: string[] = [];
  let label: string | undefined;
  for (const [i, hop] of hops.entries()) {
    const step = report.steps[hop.step]!;
    if (step.label !== label) {
      label = step.label;
      lines.push(`  ${paint.cyan(label === '@ROOT' ? '(top level)' : label)}`);
    }
    const next = hops[i + 1];
    const last = !next || report.steps[next.step]!.label !== label;
    lines.push(...hopLine(step, hop, last, paint));
  }
  return lines;
}

function hopLine(step: StepReport, hop: RouteHop, last: boolean, paint: Paint): string[] {
  const kind = step.owner === null ? (step.kind === 'filter' ? 'filter' : 'match ') : 'store ';
  const name = step.id !== null && step.id !== step.type ? `${step.type}  ${squeeze(step.id, 34)}` : step.type;
  const left = `  ${last ? '└' : '├'} ${kind} ${clip(step.pattern ?? '', 20).padEnd(3)} ${name}`;
  const counts = step.kind === 'filter' ? filterCounts(hop) : outputCounts(hop);
  const painted = `  ${paint.dim(last ? '└' : '├')} ${paint.dim(kind)} ${clip(step.pattern ?? '', 20).padEnd(3)} ${name}`;
  const lines = [spread(left, counts, WIDTH, painted)];
  const places = hop.places.filter((place) => place.name !== '');
  for (const place of places.slice(0, SHOWN_PLACES)) {
    const size = places.length > 1 ? `${group(place.events)}   ${byteText(place.bytes)}` : '';
    const text = squeeze(oneLine(place.name), size === '' ? 80 : 60);
    lines.push(spread(`           → ${text}`, size, WIDTH, `           ${paint.dim('→')} ${paint.cyan(text)}`, paint.dim(size)));
  }
  if (places.length > SHOWN_PLACES) lines.push(paint.dim(`             and ${places.length < 50 ? places.length - SHOWN_PLACES : 'many'} more`));
  return lines;
}

function filterCounts({ received, passed }: RouteHop): string {
  if (passed === received) return `${group(received)}`;
  return `${group(received)} → ${group(passed)}`;
}

function outputCounts({ received, bytes }: RouteHop): string {
  return bytes === null ? group(received) : `${group(received)} event${received === 1 ? '' : 's'}   ${byteText(bytes)}`;
}
