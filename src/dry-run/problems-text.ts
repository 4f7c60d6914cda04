/** What would be lost, rejected or altered, as text. */
import { clip, oneLine, spread, squeeze, WIDTH, wrap, type Paint } from './layout.ts';
import type { DryRunReport, ProblemReport, ProblemSample } from './report.ts';
import { placeName, stepName } from './step-name.ts';

const MARKS = { lost: '✘', altered: '~', note: 'i' } as const;

export function problemLines(report: DryRunReport, paint: Paint): string[] {
  return report.problems.flatMap((problem) => [...oneProblem(report, problem, paint), '']);
}

function oneProblem(report: DryRunReport, { effect, message, hint, step, samples }: ProblemReport, paint: Paint): string[] {
  const of = step === null ? undefined : report.steps[step]!;
  const where = of ? `${stepName(of)}  ${placeName(of.at)}` : '';
  const colour = { lost: paint.red, altered: paint.yellow, note: paint.cyan }[effect];
  const [first = '', ...rest] = wrap(oneLine(message), WIDTH - 4 - Math.min(where.length + 2, 48));
  const lines = [spread(`${MARKS[effect]} ${first}`, where, WIDTH, `${colour(MARKS[effect])} ${paint.bold(first)}`, paint.dim(where))];
  for (const more of rest) lines.push(`  ${paint.bold(more)}`);
  for (const sample of samples) lines.push(...sampleLines(sample, paint));
  if (hint !== null) for (const [i, part] of wrap(hint, WIDTH - 6).entries()) lines.push(paint.dim(`  ${i === 0 ? '→' : ' '} ${part}`));
  return lines;
}

function sampleLines({ origin, text, time, detail, tag }: ProblemSample, paint: Paint): string[] {
  const place = origin ? `${origin.path}:${origin.line}` : (tag ?? '');
  const lines: string[] = [];
  if (place !== '') lines.push(`    ${paint.cyan(squeeze(place, WIDTH - 4))}`);
  const about = [time, detail].filter((part) => part !== null).map((part) => oneLine(part!)).join('  ');
  if (about !== '') lines.push(`      ${paint.dim(clip(about, WIDTH - 6))}`);
  if (text !== '' && text !== origin?.path) lines.push(`      ${clip(oneLine(text), WIDTH - 6)}`);
  return lines;
}
