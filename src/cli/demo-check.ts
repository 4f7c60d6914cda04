/** Whether every line of the sample node arrived: an independent look at files and events, not at counters. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { LogStore } from '../local-cloudwatch/store.ts';

export interface MissingLine {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

export interface Delivery {
  readonly files: number;
  readonly lines: number;
  readonly events: number;
  readonly missing: readonly MissingLine[];
}

const CRI_LINE = /^\S+ (?:stdout|stderr) [FP] (.*)$/;
const SYSLOG_LINE = /^\w{3} [ \d]\d [\d:]{8} (.*)$/;

/** Looks up the text of each line, in order, in the events of the file's stream. */
export async function checkDelivery(root: string, store: LogStore): Promise<Delivery> {
  const streams = new Map<string, string>();
  let events = 0;
  for (const { group, stream, events: count } of store.summary()) {
    if (stream === undefined) continue;
    events += count;
    const texts: string[] = [];
    for (const { message } of store.events(group, stream)) texts.push(textOf(message));
    streams.set(stream, (streams.get(stream) ?? '') + texts.join('\n') + '\n');
  }
  const missing: MissingLine[] = [];
  let lines = 0;
  let files = 0;
  const check = async (file: string, streamText: string, contentOf: (line: string) => string): Promise<void> => {
    files++;
    // Lines of stdout and stderr may change places where they were written at the same time: no order is asked here.
    (await readFile(file, 'utf8')).split('\n').forEach((line, i) => {
      if (line === '') return;
      lines++;
      const text = contentOf(line);
      if (!streamText.includes(text)) missing.push({ file: path.relative(root, file), line: i + 1, text });
    });
  };
  const containers = path.join(root, 'var/log/containers');
  for (const name of (await readdir(containers)).sort())
    await check(path.join(containers, name), streams.get(name.replace(/\.log$/, '')) ?? '', containerText);
  for (const name of ['dmesg', 'secure', 'messages']) {
    const of = [...streams].filter(([stream]) => stream.startsWith(`host.${name}-`)).map(([, text]) => text).join('');
    await check(path.join(root, 'var/log', name), of, hostText);
  }
  return { files, lines, events, missing };
}

/** What a delivered event holds of its line. */
function textOf(message: string): string {
  const record = JSON.parse(message) as Record<string, unknown>;
  if (typeof record['log'] === 'string') return record['log'];
  const ident = record['ident'] as string | undefined;
  const pid = record['pid'] === undefined ? '' : `[${record['pid']}]`;
  return `${String(record['host'])} ${ident === undefined ? '' : `${ident}${pid}: `}${String(record['message'])}`;
}

/** The text of a container's line: CRI's after the flag, Docker's from its JSON (with the line break that it keeps). */
function containerText(line: string): string {
  if (line.startsWith('{')) return ((JSON.parse(line) as { log: string }).log).replace(/\n$/, '');
  return CRI_LINE.exec(line)?.[1] ?? line;
}

function hostText(line: string): string {
  return SYSLOG_LINE.exec(line)?.[1] ?? line;
}
