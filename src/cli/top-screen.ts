/** What `logferry top` shows: a status as lines of text. Pure. */
import type { Status, StepStatus } from '../admin/status.ts';
import { bytesText, countText, rateText, spanText } from './amounts.ts';

export const FILE_ORDERS = ['unread', 'rate', 'bytes', 'path'] as const;
export type FileOrder = (typeof FILE_ORDERS)[number];

export interface ScreenOptions {
  /** Columns; longer lines are cut. */
  readonly width: number;
  /** Lines at most; undefined: all there are. */
  readonly height: number | undefined;
  readonly order: FileOrder;
  readonly colour: boolean;
}

/** Per second. */
export interface Rates {
  readonly cpu: number;
  of(step: StepStatus, field: 'received' | 'passed' | 'emitted' | 'lines' | 'bytes'): number;
  delivered(output: string): number;
  file(input: string, path: string): number;
}

/** From the difference of two statuses of one process; noughts if they are the same. */
export function ratesBetween(before: Status, after: Status): Rates {
  const seconds = (after.now - before.now) / 1000;
  const rate = (from: number | undefined, to: number | undefined): number => (seconds > 0 && to !== undefined ? Math.max(0, (to - (from ?? 0)) / seconds) : 0);
  const steps = new Map(before.pipeline.map((step) => [`${step.kind} ${step.id}`, step]));
  const outputs = (status: Status): Map<string, number> => new Map(status.ledger.outputs.map(({ id, delivered }) => [id, delivered]));
  const files = (status: Status): Map<string, number> => new Map(status.files.map(({ input, path, bytes }) => [`${input} ${path}`, bytes]));
  const [outputsBefore, outputsAfter, filesBefore, filesAfter] = [outputs(before), outputs(after), files(before), files(after)];
  return {
    cpu: rate(before.process.cpuSeconds, after.process.cpuSeconds),
    of: (step, field) => rate(steps.get(`${step.kind} ${step.id}`)?.[field], step[field]),
    delivered: (output) => rate(outputsBefore.get(output), outputsAfter.get(output)),
    file: (input, path) => rate(filesBefore.get(`${input} ${path}`), filesAfter.get(`${input} ${path}`)),
  };
}

type Paint = (text: string) => string;
interface Colours {
  readonly bold: Paint;
  readonly faint: Paint;
  readonly good: Paint;
  readonly warn: Paint;
  readonly bad: Paint;
}

/** Below this width tables leave out what matters less. */
const WIDE = 90;
/** The name of what is shown has so many columns before anything stands beside it. */
const MIN_NAME = 24;
/** Lines of the log that are shown if there is room. */
const LOG_LINES = 8;

export function topScreen(status: Status, rates: Rates, { width, height, order, colour }: ScreenOptions): string[] {
  const paint = colours(colour);
  const wide = width >= WIDE;
  const head = [...headLines(status, rates, width, paint), ''];
  const steps = [...stepTable(status, rates, width, wide, paint), ''];
  const buffers = status.buffers.length === 0 ? [] : [...bufferTable(status, rates, width, wide, paint), ''];
  const log = logLines(status, width, paint);
  const files = fileTable(status, rates, width, wide, order, paint);
  if (height === undefined) return [...head, ...steps, ...buffers, ...files, ...(log.length > 0 ? ['', ...log] : [])];
  // What is short of room: files first, then the log, then steps.
  const fixed = head.length + buffers.length;
  const stepRoom = Math.max(4, height - fixed - 8);
  const shownSteps = steps.length > stepRoom ? [...steps.slice(0, stepRoom - 2), paint.faint(`  and ${steps.length - stepRoom + 1} more`), ''] : steps;
  const left = height - fixed - shownSteps.length;
  const logRoom = Math.min(log.length, left >= 14 ? LOG_LINES : 4);
  const shownLog = log.length > 0 && left - logRoom - 1 >= 4 ? ['', ...log.slice(0, logRoom)] : [];
  return [...head, ...shownSteps, ...buffers, ...files.slice(0, Math.max(0, left - shownLog.length)), ...shownLog].slice(0, height);
}

function headLines(status: Status, rates: Rates, width: number, paint: Colours): string[] {
  const { health, version, hostname, configFile, workers, worker, now, startedAt, process } = status;
  const state = health.phase !== 'running' ? health.phase.toUpperCase() : health.ok ? 'ALL IS WELL' : 'STALLED';
  const tone = health.ok ? paint.good : health.phase === 'running' ? paint.bad : paint.warn;
  const name = `logferry ${version}  ${hostname}${workers > 1 ? `  worker ${worker} of ${workers}` : ''}  ${configFile}`;
  const up = `up ${spanText(now / 1000 - startedAt)}  `;
  const right = up.length + state.length + MIN_NAME > width ? state : `${up}${state}`;
  const room = Math.max(0, width - right.length - 2);
  const inputs = status.pipeline.filter(({ kind }) => kind === 'input');
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  const facts = [
    `read ${rateText(sum(inputs.map((step) => rates.of(step, step.lines > 0 ? 'lines' : 'emitted'))))}/s ${bytesText(sum(inputs.map((step) => rates.of(step, 'bytes'))))}/s`,
    `delivered ${rateText(sum(status.ledger.outputs.map(({ id }) => rates.delivered(id))))}/s`,
    `not read ${bytesText(status.filesTotal.unreadBytes)} in ${countText(status.filesTotal.count)} files`,
    `in buffers ${countText(sum(status.buffers.map(({ waiting }) => waiting)))} events`,
    `oldest ${spanText(status.oldestUnsentSeconds)}`,
    `memory ${bytesText(process.rssBytes)}`,
    `cpu ${(rates.cpu * 100).toFixed(1)} %`,
    status.ledger.imbalances.length === 0 ? 'ledger balanced' : 'ledger NOT balanced',
  ];
  return [
    `${paint.bold(fit(name, room).padEnd(room))}  ${right.slice(0, -state.length)}${tone(state)}`,
    ...wrapped(facts, width),
    ...[...(health.phase === 'running' ? health.reasons : []), ...status.ledger.imbalances].map((sentence) => paint.bad(fit(sentence, width))),
  ];
}

function stepTable({ pipeline }: Status, rates: Rates, width: number, wide: boolean, paint: Colours): string[] {
  const rows = pipeline.map((step) => {
    // An input without lines of its own takes in what it emits.
    const given = rateText(rates.of(step, step.kind !== 'input' ? 'received' : step.lines > 0 ? 'lines' : 'emitted'));
    const out = rateText(rates.of(step, step.kind === 'filter' ? 'passed' : 'emitted'));
    const name = `${step.kind} ${step.type}`;
    const place = [step.named ? step.id : '', step.pattern ?? ''].filter((text) => text !== '').join(' ');
    const total = countText(step.kind === 'input' ? step.lines || step.emitted : step.received);
    return wide ? [name, step.label, place, given, out, total, countText(step.failed)] : [name, step.label, given, out];
  });
  const names = wide ? ['STEP', 'LABEL', 'PATTERN', 'IN/S', 'OUT/S', 'TOTAL', 'ERRORS'] : ['STEP', 'LABEL', 'IN/S', 'OUT/S'];
  return table(names, rows, wide ? 3 : 2, wide ? 2 : 1, width, paint);
}

function bufferTable({ buffers, now }: Status, rates: Rates, width: number, wide: boolean, paint: Colours): string[] {
  const rows = buffers.map((buffer) => {
    const name = buffer.id.startsWith('object:') ? buffer.type : `${buffer.type} ${buffer.id}`;
    const { retry } = buffer;
    const next = retry ? `in ${spanText(Math.max(0, (retry.nextAt - now) / 1000))}` : '-';
    const held = bytesText(buffer.stageBytes + buffer.queueBytes);
    return wide
      ? [name, bytesText(buffer.stageBytes), bytesText(buffer.queueBytes), `${buffer.availablePercent} %`, countText(buffer.waiting), spanText(buffer.oldestSeconds), rateText(rates.delivered(buffer.id)), countText(buffer.flushFailures), next]
      : [name, held, countText(buffer.waiting), next];
  });
  const names = wide ? ['BUFFER', 'STAGED', 'QUEUED', 'FREE', 'WAITING', 'OLDEST', 'SENT/S', 'FAILURES', 'NEXT TRY'] : ['BUFFER', 'BYTES', 'WAITING', 'RETRY'];
  return table(names, rows, 1, 0, width, paint);
}

function fileTable({ files, filesTotal }: Status, rates: Rates, width: number, wide: boolean, order: FileOrder, paint: Colours): string[] {
  const all = files.map((file) => ({ ...file, rate: rates.file(file.input, file.path) }));
  const by = { unread: 'unreadBytes', rate: 'rate', bytes: 'bytes' } as const;
  all.sort((a, b) => (order === 'path' ? 0 : b[by[order]] - a[by[order]]) || (a.path < b.path ? -1 : 1));
  if (filesTotal.count === 0) return [];
  const rows = all.map(({ path, unreadBytes, rate, lines, bytes }) =>
    wide ? [path, bytesText(unreadBytes), `${bytesText(rate)}/s`, countText(lines), bytesText(bytes)] : [path, bytesText(unreadBytes), `${bytesText(rate)}/s`]);
  const names = [`FILES (${countText(filesTotal.count)}, by ${order})`, 'UNREAD', 'READING', ...(wide ? ['LINES', 'BYTES'] : [])];
  return table(names, rows, 1, 0, width, paint, true);
}

function logLines({ log }: Status, width: number, paint: Colours): string[] {
  return log.lines.toReversed().map(({ at, level, text, times }) => {
    const line = fit(`${new Date(at).toISOString().slice(11, 19)} ${level.toUpperCase()} ${visible(text)}${times > 1 ? ` (${countText(times)} times)` : ''}`, width);
    return level === 'warn' ? paint.warn(line) : paint.bad(line);
  });
}

/** Columns before `left` are texts, those behind are numbers; `elastic` gives way when it is narrow. */
function table(names: readonly string[], rows: readonly (readonly string[])[], left: number, elastic: number, width: number, paint: Colours, keepEnd = false): string[] {
  const widths = names.map((name, column) => Math.max(name.length, ...rows.map((row) => visible(row[column]!).length)));
  const over = widths.reduce((sum, one) => sum + one + 2, -2) - width;
  if (over > 0) widths[elastic] = Math.max(names[elastic]!.length, 8, widths[elastic]! - over);
  const line = (cells: readonly string[]): string =>
    fit(cells.map((cell, column) => {
      const text = fit(visible(cell), widths[column]!, keepEnd && column === elastic);
      return column < left ? text.padEnd(widths[column]!) : text.padStart(widths[column]!);
    }).join('  ').trimEnd(), width);
  return [paint.faint(line(names)), ...rows.map(line)];
}

function wrapped(facts: readonly string[], width: number): string[] {
  const lines = [''];
  for (const fact of facts) {
    const last = lines.length - 1;
    const longer = lines[last] === '' ? fact : `${lines[last]}   ${fact}`;
    if (longer.length <= width || lines[last] === '') lines[last] = longer;
    else lines.push(fact);
  }
  return lines.map((line) => fit(line, width));
}

function fit(text: string, width: number, keepEnd = false): string {
  if (text.length <= width) return text;
  return keepEnd ? `…${text.slice(text.length - Math.max(0, width - 1))}` : `${text.slice(0, Math.max(0, width - 1))}…`;
}

/** What comes from logs and names moves no cursor and changes no colour. */
function visible(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are the characters that are taken out
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}

function colours(on: boolean): Colours {
  const paint = (code: number): Paint => (on ? (text) => `\x1b[${code}m${text}\x1b[0m` : (text) => text);
  return { bold: paint(1), faint: paint(2), good: paint(32), warn: paint(33), bad: paint(31) };
}
