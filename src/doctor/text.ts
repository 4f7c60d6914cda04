/** The report as text, on 100 columns: what is wrong first. */
import { createPaint, oneLine, spread, timeText, WIDTH, wrap, type Paint } from '../dry-run/layout.ts';
import type { Check, DoctorReport, Status } from './report.ts';

const AREAS: readonly (readonly [area: string, title: string])[] = [
  ['config', 'CONFIGURATION'], ['aws', 'AWS'], ['kubernetes', 'KUBERNETES'], ['files', 'FILES'], ['positions', 'FILES'], ['buffer', 'BUFFERS'], ['limits', 'LIMITS'],
];
const WORDS: Readonly<Record<Status, string>> = { ok: 'ok', warning: 'warning', problem: 'PROBLEM', unknown: 'unknown' };
/** Columns in front of the texts. */
const INDENT = 11;

export function doctorText(report: DoctorReport, colour: boolean): string {
  const paint = createPaint(colour);
  const head = 'logferry doctor';
  const right = `${report.node}  ${timeText(report.at)} UTC`;
  const lines = [spread(`${head}  ${report.configFile}`, right, WIDTH, `${paint.bold(head)}  ${report.configFile}`, paint.dim(right)), ''];
  for (const title of new Set(AREAS.map(([, each]) => each))) {
    const areas = AREAS.filter(([, each]) => each === title).map(([area]) => area);
    const checks = report.checks.filter(({ id }) => areas.includes(id.split('.', 1)[0]!));
    if (checks.length === 0) continue;
    lines.push(paint.bold(title), paint.dim('─'.repeat(WIDTH)));
    for (const check of checks) lines.push(...checkLines(check, paint));
    lines.push('');
  }
  lines.push(verdict(report, paint));
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

function checkLines({ id, subject, status, message, hint, details }: Check, paint: Paint): string[] {
  const colours: Readonly<Record<Status, (text: string) => string>> = {
    ok: paint.green, warning: paint.yellow, problem: paint.red, unknown: paint.cyan,
  };
  const word = WORDS[status];
  const left = `  ${word.padEnd(INDENT - 2)}`;
  const title = subject === '' ? id : `${id}  ${oneLine(subject)}`;
  const lines = wrapWords(title, WIDTH - INDENT).map((text, i) => (i === 0 ? `  ${colours[status](word)}${left.slice(2 + word.length)}${text}` : ' '.repeat(INDENT) + text));
  const block = (text: string, first: string, show: (line: string) => string): void => {
    const rest = ' '.repeat(first.length);
    lines.push(...wrapWords(oneLine(text), WIDTH - INDENT - 2 - first.length).map((line, i) => ' '.repeat(INDENT + 2) + show((i === 0 ? first : rest) + line)));
  };
  block(message, '', (line) => line);
  // How it was found out matters where something is to be mended, or was chosen.
  if (status !== 'ok' || id === 'aws.credentials') for (const detail of details ?? []) block(detail, '· ', paint.dim);
  if (hint !== undefined) block(hint, '→ ', paint.bold);
  return lines;
}

/** Words in lines; what is longer than a line is cut in pieces. */
function wrapWords(text: string, width: number): string[] {
  return wrap(text, width).flatMap((line) => (line.length <= width ? [line] : (line.match(new RegExp(`.{1,${width}}`, 'gu')) ?? [line])));
}

function verdict({ counts }: DoctorReport, paint: Paint): string {
  const parts = (['problem', 'warning', 'unknown', 'ok'] as const).filter((status) => counts[status] > 0).map((status) => {
    const word = status === 'ok' || status === 'unknown' ? status : counts[status] === 1 ? status : `${status}s`;
    return `${counts[status]} ${word}`;
  });
  const text = parts.join(', ');
  return counts.problem > 0 ? paint.red(paint.bold(text)) : counts.warning > 0 ? paint.yellow(paint.bold(text)) : paint.green(paint.bold(text));
}
