/** A trace as text. */
import { clip, createPaint, oneLine, spread, timeText, WIDTH, type Paint } from './layout.ts';
import type { TraceReport, TraceStage } from './report.ts';
import { placeName } from './step-name.ts';

const MARKS: Readonly<Record<TraceStage['kind'], string>> = {
  parsed: '●', unmatched: '✘', filter: '│', held: '…', joined: '⤷', dropped: '✘', tried: '·', output: '→', stored: '✔', error: '✘', 'no-match': '✘',
};

export function traceText(report: TraceReport, colour: boolean): string {
  const paint = createPaint(colour);
  const { origin, line, stages, delivered } = report;
  const lines = [paint.bold(origin ? `${origin.path}:${origin.line}` : 'a line from standard input'), `  ${clip(oneLine(line), WIDTH - 2)}`, ''];
  let label: string | null = null;
  for (const one of stages) {
    if (one.label !== null && one.label !== label) {
      label = one.label;
      lines.push(paint.cyan(label === '@ROOT' ? '(top level)' : label));
    }
    lines.push(...stageLines(one, paint));
  }
  lines.push('', delivered ? paint.green('✔ it arrives') : paint.red('✘ it does not arrive'));
  return lines.map((each) => each.trimEnd()).join('\n') + '\n';
}

function stageLines({ kind, step, message, tag, time, record, changes }: TraceStage, paint: Paint): string[] {
  const mark = MARKS[kind];
  const bad = mark === '✘';
  const place = step ? placeName(step.at) : '';
  if (kind === 'tried') return [paint.dim(spread(`  · ${clip(message, 76)}`, place))];
  if (!step && kind !== 'parsed') return [`  ${bad ? paint.red(mark) : mark} ${clip(oneLine(message), WIDTH - 4)}`];
  const name = step ? `${step.type}${step.id === null ? '' : ` (${step.id})`}` : 'the line';
  const colour = bad ? paint.red : kind === 'stored' ? paint.green : paint.cyan;
  const lines = [spread(`  ${mark} ${name}`, place, WIDTH, `  ${colour(mark)} ${paint.bold(name)}`, paint.dim(place))];
  if (message !== '' && message !== 'parsed') lines.push(`      ${clip(oneLine(message), WIDTH - 6)}`);
  if (kind === 'parsed') lines.push(`      ${paint.dim('tag ')} ${clip(tag ?? '', 80)}`, `      ${paint.dim('time')} ${timeText(time)}${time ? time.slice(19) : ''}`);
  if ((kind === 'filter' || kind === 'joined') && changes.length === 0) lines.push(paint.dim('      no change'));
  for (const { op, field, before, after } of changes) {
    const room = WIDTH - 10 - field.length;
    if (op !== 'add') lines.push(paint.red(`      - ${field}: ${clip(oneLine(before ?? ''), Math.max(20, room))}`));
    if (op !== 'remove') lines.push(paint.green(`      + ${field}: ${clip(oneLine(after ?? ''), Math.max(20, room))}`));
  }
  if (kind === 'stored' && record !== null) lines.push(...exact(oneLine(record)));
  return lines;
}

/** The whole text, in lines. */
function exact(text: string): string[] {
  const lines: string[] = [];
  for (let at = 0; at < text.length; at += WIDTH - 6) lines.push(`      ${text.slice(at, at + WIDTH - 6)}`);
  return lines;
}
