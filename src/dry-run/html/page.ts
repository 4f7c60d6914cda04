/** The report as one page of HTML that needs nothing else: no network, no other file. */
import { createHash } from 'node:crypto';
import type { ComparisonReport } from '../compare-report.ts';
import { timeText } from '../layout.ts';
import type { DryRunReport, SampleReport } from '../report.ts';
import { changes } from './changes.ts';
import { cost } from './cost.ts';
import { groups, iam, others, samples, streams } from './destinations.ts';
import { embedJson, escapeHtml } from './escape.ts';
import { flowFigure } from './flow-svg.ts';
import { code, section } from './html.ts';
import { SCRIPT } from './script.ts';
import { configuration, findings, routes, sources, tiles, verdict, warnings } from './sections.ts';
import { STYLE } from './style.ts';

/** Sample events that a page holds, of all destinations, and characters of each. */
const MAX_SAMPLES = 400;
const SAMPLE_CHARACTERS = 2048;

/** A complete document. The same report gives the same bytes. `comparison`: with what changes. */
export function reportHtml(full: DryRunReport, comparison: ComparisonReport | null = null): string {
  const report = withFewerSamples(full);
  const { setup } = report;
  const flow = report.verdict.status === 'invalid' ? '' : section('flow', 'Flow', flowFigure(report));
  const parts = [
    ['configuration', 'Configuration', configuration(report)], ['flow', 'Flow', flow], ['changes', 'Changes', changes(comparison)], ['findings', 'Findings', findings(report)],
    ['warnings', 'Warnings', warnings(report)], ['groups', 'Groups', groups(report)], ['streams', 'Streams', streams(report)], ['others', 'Others', others(report)],
    ['routes', 'Routes', routes(report)], ['sources', 'Sources', sources(report)], ['cost', 'Cost', cost(report)], ['iam', 'IAM', iam(report)], ['samples', 'Samples', samples(report)],
  ].filter(([, , body]) => body !== '');
  const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  const policy = `default-src 'none'; style-src ${hash(STYLE)}; script-src ${hash(SCRIPT)}; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Dry run: ${escapeHtml(setup.configFile)}</title>
<style>${STYLE}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
<header><div class="wrap"><div><h1>Dry run of ${code(setup.configFile)}</h1><p>${escapeHtml(`What this configuration does to the logs found, as of ${timeText(setup.now)} UTC`)}</p></div><button type="button" class="theme" id="theme" hidden>Dark</button></div></header>
<nav aria-label="Sections"><div class="wrap"><ul>${parts.map(([id, title]) => `<li><a href="#${id}">${title}</a></li>`).join('')}</ul><label hidden><span class="sr">Search the report</span><input type="search" id="search" placeholder="Search ( / )" autocomplete="off" spellcheck="false"></label><span id="found" class="dim" role="status"></span></div></nav>
<main id="main" class="wrap">
<div role="region" aria-labelledby="verdict-title">${verdict(report)}${tiles(report)}</div>
${parts.map(([, , body]) => body).join('')}</main>
<footer><div class="wrap"><dl>${facts(report).map(([name, text]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(text)}</dd>`).join('')}</dl></div></footer>
<script type="application/json" id="report">${embedJson(comparison === null ? report : { ...report, comparison })}</script>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

function facts({ setup: { configFile, now, mounts, environment, metadata } }: DryRunReport): (readonly [string, string])[] {
  return [
    ['Configuration', configFile], ['Time', now], ...mounts.map(({ path, folder }) => [path, `read from ${folder}`] as const),
    ...(metadata ? [['Kubernetes objects', `${metadata.file}: ${metadata.pods} pods, ${metadata.namespaces} namespaces`] as const] : []),
    ...(environment.given.length > 0 ? [['Variables given', environment.given.join(', ')] as const] : []),
    ...(environment.unset.length > 0 ? [['Variables not set', environment.unset.join(', ')] as const] : []),
  ];
}

/** A page stays small, however many streams and samples there are. */
function withFewerSamples(report: DryRunReport): DryRunReport {
  let left = MAX_SAMPLES;
  const fewer = (samples: readonly SampleReport[]): SampleReport[] => {
    const some = samples.slice(0, left);
    left -= some.length;
    return some.map((sample) => (sample.text.length > SAMPLE_CHARACTERS ? { ...sample, text: sample.text.slice(0, SAMPLE_CHARACTERS), cut: true } : sample));
  };
  const groups = report.cloudwatch.groups.map((one) => ({ ...one, streams: one.streams.map((stream) => ({ ...stream, samples: fewer(stream.samples) })) }));
  // The same events stand in the groups.
  const destinations = report.destinations.map((one) => ({ ...one, samples: one.type === 'cloudwatch_logs' ? [] : fewer(one.samples) }));
  return { ...report, cloudwatch: { ...report.cloudwatch, groups }, destinations };
}
