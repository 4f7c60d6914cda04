/**
 * Prometheus' text format, version 0.0.4: for each name TYPE, HELP and its samples. Numbers are written as the Ruby client writes
 * them (`2.0`), which every reader takes, so that the pages of Fluentd's plugins are the same byte for byte.
 */
import { floatText } from '../lib/json-number.ts';
import type { Labels, Sample } from './metrics.ts';

/** What a page of {@link exposition} is sent as. */
export const EXPOSITION_TYPE = 'text/plain; version=0.0.4';

/** A page of samples; those of one name stand together, in the order in which they first came. Ends with a line break unless it is empty. */
export function exposition(samples: Iterable<Sample>): string {
  const families = new Map<string, string[]>();
  for (const sample of samples) {
    let lines = families.get(sample.name);
    if (!lines) {
      lines = header(sample.name, sample.type, sample.help);
      families.set(sample.name, lines);
    }
    lines.push(sampleLine(`${sample.name}${sample.suffix ?? ''}`, sample.labels, sample.value));
  }
  return pageOf(families.values());
}

/** TYPE and HELP, in the Ruby client's order. */
export function header(name: string, type: Sample['type'], help: string): string[] {
  return [`# TYPE ${name} ${type}`, `# HELP ${name} ${escapeHelp(help)}`];
}

/** One sample. */
export function sampleLine(name: string, labels: Labels, value: number): string {
  let inner = '';
  for (const key of Object.keys(labels)) inner += `${inner === '' ? '' : ','}${key}="${escapeLabel(labels[key]!)}"`;
  return `${name}${inner === '' ? '' : `{${inner}}`} ${numberText(value)}`;
}

/** Lines of families as a page. */
export function pageOf(families: Iterable<readonly string[]>): string {
  const lines: string[] = [];
  for (const family of families) for (const line of family) lines.push(line);
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

/** As Prometheus reads it: `2.0`, `1.0e+20`, `+Inf`, `NaN`. */
export function numberText(value: number): string {
  if (Number.isFinite(value)) return floatText(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

function escapeHelp(text: string): string {
  return text.includes('\\') || text.includes('\n') ? text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n') : text;
}

function escapeLabel(text: string): string {
  return /[\\"\n]/.test(text) ? text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n') : text;
}
