/** The parts of the page that say what happens: verdict, figures, findings, warnings, sources, routes. */
import { byteText } from '../layout.ts';
import { group } from '../problems.ts';
import type { DryRunReport, ProblemReport, ProblemSample, StepReport, WarningReport } from '../report.ts';
import { stepName } from '../step-name.ts';
import { escapeHtml } from './escape.ts';
import { code, place, plural, section, table, type Cell } from './html.ts';

export function verdict({ verdict: { status, sentence, totals } }: DryRunReport): string {
  const titles = { clean: 'Nothing would be lost', lossy: 'Something would be lost', invalid: 'The configuration is not valid' };
  const title = status === 'clean' && totals.files === 0 ? 'Nothing was found to read' : titles[status];
  const mark = status === 'clean' ? '<path d="M5 12.5l4.5 4.5L19 7.5"/>' : '<path d="M12 6v8M12 17.5v.5"/>';
  return `<div class="verdict ${status}"><svg viewBox="0 0 24 24" aria-hidden="true">${mark}</svg><div><h2 id="verdict-title">${title}</h2><p>${escapeHtml(sentence)}</p></div></div>`;
}

export function tiles({ verdict: { totals, status }, cloudwatch }: DryRunReport): string {
  if (status === 'invalid') return '';
  const streams = cloudwatch.groups.reduce((sum, each) => sum + each.streams.length, 0);
  const all: readonly (readonly [string, string, string, string?])[] = [
    ['read', byteText(totals.bytes), `${plural(totals.lines, 'line')} of ${plural(totals.files, 'file')}`],
    ['events', group(totals.events), 'that inputs emit'],
    ['to store', byteText(totals.deliveredBytes), plural(totals.delivered, 'event')],
    ['log groups', group(cloudwatch.groups.length), plural(streams, 'stream')],
    ['lost', group(totals.lost), totals.lost === 0 ? 'nothing' : 'lines and events', totals.lost === 0 ? 'good' : 'bad'],
    ['altered', group(totals.altered), totals.altered === 0 ? 'nothing' : 'arrive changed', totals.altered === 0 ? 'good' : 'warn'],
  ];
  return `<dl class="tiles">${all.map(([name, value, note, tone]) => `<div${tone === undefined ? '' : ` class="${tone}"`}><dt>${name}</dt><dd><b>${value}</b><span>${note}</span></dd></div>`).join('')}</dl>`;
}

export function configuration({ verdict: { configuration: problems } }: DryRunReport): string {
  if (problems.length === 0) return '';
  const items = problems.map(({ message, at, hint }) => finding('lost', message, place(at), hint, '')).join('');
  return section('configuration', 'Configuration', `<ul class="findings">${items}</ul>`, group(problems.length));
}

export function findings({ problems, steps }: DryRunReport): string {
  if (problems.length === 0) return '';
  const items = problems.map((problem) => finding(problem.effect, problem.message, where(problem, steps), problem.hint, problem.samples.map(sample).join(''))).join('');
  return section('findings', 'Findings', `<ul class="findings">${items}</ul>`, group(problems.length));
}

function where({ step, at }: ProblemReport, steps: readonly StepReport[]): string {
  return `${step === null ? '' : escapeHtml(stepName(steps[step]!))} ${place(at)}`;
}

function finding(effect: ProblemReport['effect'], message: string, at: string, hint: string | null, samples: string): string {
  return `<li class="${effect}"><div class="line"><span class="badge">${effect}</span><h3>${escapeHtml(message)}</h3><span class="where">${at}</span></div>${samples === '' ? '' : `<ul class="samples">${samples}</ul>`}${hint === null ? '' : `<p class="hint">${escapeHtml(hint)}</p>`}</li>`;
}

function sample({ origin, tag, text, detail, time }: ProblemSample): string {
  const from = origin ? `${origin.path}:${origin.line}` : (tag ?? '');
  const facts = [time, detail].filter((fact) => fact !== null).join(' · ');
  return `<li><div>${from === '' ? '' : code(from)}${facts === '' ? '' : ` <span class="dim">${escapeHtml(facts)}</span>`}</div>${text === '' ? '' : `<pre>${escapeHtml(text)}</pre>`}</li>`;
}

/** Hints are folded: they are about the configuration as such. */
export function warnings({ warnings: all }: DryRunReport): string {
  if (all.length === 0) return '';
  const hints = all.filter(({ severity }) => severity === 'hint');
  const others = all.filter(({ severity }) => severity !== 'hint');
  const list = (some: readonly WarningReport[]) => (some.length === 0 ? '' : `<ul class="findings">${some.map(warning).join('')}</ul>`);
  const folded = hints.length === 0 ? '' : `<details class="hints"><summary>${plural(hints.length, 'hint')}</summary>${list(hints)}</details>`;
  return section('warnings', 'Warnings', list(others) + folded, group(others.length));
}

function warning({ id, severity, message, at, hint }: WarningReport): string {
  const tone = { error: 'lost', warning: 'altered', hint: 'note' } as const;
  return `<li class="${tone[severity]}"><div class="line"><span class="badge">${severity}</span><h3>${escapeHtml(message)}</h3><span class="where">${escapeHtml(id)} ${place(at)}</span></div>${hint === null ? '' : `<p class="hint">${escapeHtml(hint)}</p>`}</li>`;
}

export function routes(report: DryRunReport): string {
  const rows = report.routes.flatMap(({ source, hops }) => hops.map(({ step: at, received, passed, bytes, destinations }) => {
    const step = report.steps[at]!;
    const kind = step.kind === 'filter' ? 'filter' : step.owner === null ? 'match' : 'store';
    const places = [...new Set(destinations.map((name) => (step.type === 'cloudwatch_logs' ? name.split(' ')[0]! : name)))].join(', ');
    return [
      stepName(report.steps[source]!), step.label === '@ROOT' ? 'top level' : step.label, { html: `${kind} ${code(step.pattern ?? '')}`, sort: `${kind} ${step.pattern ?? ''}` },
      { html: `${escapeHtml(step.type)}${step.id === null ? '' : ` <span class="dim">${escapeHtml(step.id)}</span>`} ${place(step.at)}`, sort: step.type },
      received, step.kind === 'filter' ? passed : null, bytes === null ? null : { html: byteText(bytes), sort: bytes }, places === '' ? null : { html: code(places), sort: places },
    ];
  }));
  const idle = report.steps.filter(({ kind, received }) => kind !== 'input' && received === 0);
  const idleText = idle.length === 0 ? '' : `<p class="below">No event came to ${idle.map((step) => `${escapeHtml(stepName(step))} ${place(step.at)}`).join(', ')}.</p>`;
  if (rows.length === 0) return idleText === '' ? '' : section('routes', 'Routes', idleText);
  return section('routes', 'Routes', table('Every step that events of a source come by, in order', [
    { name: 'Source' }, { name: 'Label' }, { name: 'Rule' }, { name: 'Step' }, { name: 'Events in', number: true }, { name: 'Events out', number: true }, { name: 'Stored', number: true }, { name: 'Destination' },
  ], rows) + idleText);
}

export function sources(report: DryRunReport): string {
  if (report.sources.length === 0) return '';
  const states = { read: 'read', nothing: 'nothing found', waits: 'waits for senders', failed: 'failed' };
  const files = report.sources.flatMap((source): Cell[][] => {
    const name = stepName(report.steps[source.step]!);
    if (source.files.length === 0)
      return [[{ html: code(source.patterns.join(', ') || name), sort: name }, name, source.reason ?? states[source.state], null, null, null]];
    return source.files.map((file): Cell[] => {
      const notes = [
        ...(file.unmatched > 0 ? [`${plural(file.unmatched, 'line')} unmatched`] : []), ...(file.tooLong > 0 ? [`${plural(file.tooLong, 'line')} too long`] : []),
        ...(file.unfinished > 0 ? ['last line unfinished'] : []), ...(file.note === null ? [] : [file.note]),
      ].join(', ');
      return [{ html: code(file.path), sort: file.path }, name, notes === '' ? 'read' : notes, file.lines, { html: byteText(file.bytes), sort: file.bytes }, file.events];
    });
  });
  const left = report.sources.flatMap((source): Cell[][] => [
    ...source.excluded.map((path) => [{ html: code(path), sort: path }, stepName(report.steps[source.step]!), 'excluded']),
    ...source.skipped.map(({ path, reason }) => [{ html: code(path), sort: path }, stepName(report.steps[source.step]!), reason]),
  ]);
  return section('sources', 'Sources', table('Files and journals that are read', [
    { name: 'Path' }, { name: 'Source' }, { name: 'State' }, { name: 'Lines', number: true }, { name: 'Bytes', number: true }, { name: 'Events', number: true },
  ], files) + (left.length === 0 ? '' : table('Found, and not read', [{ name: 'Path' }, { name: 'Source' }, { name: 'Why' }], left)));
}
