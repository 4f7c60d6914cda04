/**
 * Renders the chart as Helm would, for the few constructs that it uses; anything else is an error, so that the chart stays
 * as simple as this.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse, stringify } from 'yaml';

type Values = Readonly<Record<string, unknown>>;

export interface Release {
  readonly name: string;
  readonly namespace: string;
  readonly values: Values;
}

/** The text of every template by its file's name. */
export function renderChart(folder: string, { name, namespace, values }: Release): Map<string, string> {
  const chart = parse(readFileSync(path.join(folder, 'Chart.yaml'), 'utf8')) as { name: string; version: string; appVersion: string };
  const defaults = parse(readFileSync(path.join(folder, 'values.yaml'), 'utf8')) as Values;
  const scope = {
    Values: merge(defaults, values),
    Release: { Name: name, Namespace: namespace },
    Chart: { Name: chart.name, Version: chart.version, AppVersion: chart.appVersion },
  };
  const out = new Map<string, string>();
  for (const file of readdirSync(path.join(folder, 'templates')).sort()) out.set(file, render(readFileSync(path.join(folder, 'templates', file), 'utf8'), scope, folder));
  return out;
}

function merge(base: unknown, over: unknown): unknown {
  const isMap = (value: unknown): value is Values => typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isMap(base) || !isMap(over)) return over ?? base;
  return Object.fromEntries([...new Set([...Object.keys(base), ...Object.keys(over)])].map((key) => [key, merge(base[key], over[key])]));
}

function render(template: string, scope: Values, folder: string): string {
  const pieces = template.split(/(\{\{-?.*?-?\}\})/s);
  let out = '';
  /** Of each open `if`: whether its part is written, and whether all around it is. */
  const open: { shown: boolean; outer: boolean }[] = [];
  let shown = true;
  let trimNext = false;
  for (const piece of pieces) {
    const action = /^\{\{(-?)\s*(.*?)\s*(-?)\}\}$/s.exec(piece);
    if (!action) {
      const text = trimNext ? piece.replace(/^\s+/, '') : piece;
      trimNext = false;
      if (shown) out += text;
      continue;
    }
    const [, left, body, right] = action;
    if (left === '-' && shown) out = out.replace(/\s+$/, '');
    trimNext = right === '-';
    const condition = /^if (not )?(\S+)$/.exec(body!);
    if (condition) {
      open.push({ shown: truthy(lookup(condition[2]!, scope)) !== (condition[1] !== undefined), outer: shown });
      shown = shown && open.at(-1)!.shown;
    } else if (body === 'else') shown = open.at(-1)!.outer && !open.at(-1)!.shown;
    else if (body === 'end') shown = open.pop()!.outer;
    else if (shown) out += text(pipeline(body!, scope, folder));
  }
  if (open.length > 0) throw new Error('an {{ if }} has no {{ end }}');
  return out;
}

function pipeline(body: string, scope: Values, folder: string): unknown {
  const [first, ...rest] = body.split(/\s*\|\s*/);
  let value = term(first!, scope, folder);
  for (const step of rest) {
    const [name, argument] = step.split(/\s+/);
    if (name === 'quote') value = JSON.stringify(text(value));
    else if (name === 'default') value = truthy(value) ? value : lookup(argument!, scope);
    else if (name === 'nindent') value = text(value).trimEnd().split('\n').map((line) => `\n${line === '' ? '' : ' '.repeat(Number(argument)) + line}`).join('');
    else throw new Error(`the chart uses '${step}', which this renderer does not know`);
  }
  return value;
}

function term(body: string, scope: Values, folder: string): unknown {
  const yaml = /^toYaml (\S+)$/.exec(body);
  if (yaml) return stringify(lookup(yaml[1]!, scope));
  const files = /^\(\.Files\.Glob "(\w+)\/\*(\.\w+)"\)\.AsConfig$/.exec(body);
  if (files) {
    const within = path.join(folder, files[1]!);
    const names = readdirSync(within).filter((name) => name.endsWith(files[2]!)).sort();
    return stringify(Object.fromEntries(names.map((name) => [name, readFileSync(path.join(within, name), 'utf8')])));
  }
  return lookup(body, scope);
}

function lookup(name: string, scope: Values): unknown {
  if (!/^(?:\.\w+)+$/.test(name)) throw new Error(`the chart uses '${name}', which this renderer does not know`);
  let value: unknown = scope;
  for (const part of name.slice(1).split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) throw new Error(`${name}: there is no such value in values.yaml`);
    value = (value as Values)[part];
  }
  return value;
}

function truthy(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : Boolean(value);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : String(value);
}
