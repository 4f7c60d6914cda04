/**
 * Pairs of files in test/fixtures/config: NAME.conf (or .yaml) and NAME.json with what is expected.
 *
 * The JSON has `ruby` (expression -> its value, `:name` for a symbol; others are errors) and what
 * reading gives: `tree`, or `problems`; and `warnings` where there are any.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ConfigElement, ConfigValue } from '../../../src/config/element.ts';
import { readConfig } from '../../../src/config/read.ts';
import { ConfigError, problemText } from '../../../src/errors.ts';
import { Float } from '../../../src/lib/value.ts';

const folder = path.join(import.meta.dirname, '../../fixtures/config');
const names = readdirSync(folder).filter((name) => /\.(?:conf|yaml)$/.test(name));

describe('a configuration file', () => {
  it.each(names)('%s is read as its JSON file says', (name) => {
    const file = path.join(folder, name.replace(/\.\w+$/, '.json'));
    const expected = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
    const ruby: Readonly<Record<string, unknown>> = expected.ruby ?? {};
    expect({ ruby, ...outcome(name, ruby) }).toEqual({ ruby, ...expected });
  });
});

function outcome(name: string, ruby: Readonly<Record<string, unknown>>) {
  const warnings: string[] = [];
  const evaluate = (source: string) => {
    if (!(source in ruby)) throw new Error('undefined local variable or method');
    const value = ruby[source];
    if (typeof value === 'string' && value.startsWith(':')) return Symbol(value.slice(1));
    return typeof value === 'object' && value !== null && 'float' in value ? new Float(Number(value.float)) : value;
  };
  const options = {
    evaluate,
    warn: (message: string, at: ConfigElement['at']) => void warnings.push(local(problemText({ message, at }))),
  };
  const noted = () => (warnings.length > 0 ? { warnings } : {});
  try {
    return { tree: treeOf(readConfig(path.join(folder, name), options)), ...noted() };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { problems: error.problems.map((problem) => local(problemText(problem))), ...noted() };
  }
}

function treeOf({ name, arg, at, params, elements }: ConfigElement): object {
  return {
    section: arg === '' ? name : `${name} ${arg}`,
    at: placeOf(at),
    params: params.size > 0 ? [...params].map(paramOf) : undefined,
    elements: elements.length > 0 ? elements.map(treeOf) : undefined,
  };
}

function paramOf([key, { text, at, special, value }]: [string, ConfigValue]): unknown[] {
  const written = [key, placeOf(at), text];
  if (special) return [...written, { special }];
  if (value === undefined) return written;
  const shown = JSON.stringify(value, (_, v) => (v instanceof Float ? `float ${v.value}` : v));
  return [...written, { value: JSON.parse(shown) }];
}

function placeOf({ file, line, column }: ConfigElement['at']): string {
  return `${local(file)}:${line}:${column}`;
}

function local(text: string): string {
  return text.replaceAll(folder + '/', '');
}
