/** Answers as text: JSON, JSON for readers, LTSV. */
import { generateJson, isHash, textOf, type Page, type Value } from '#logferry';

export function jsonPage(value: Value, { status = 200, pretty = false }: { readonly status?: number; readonly pretty?: boolean } = {}): Page {
  return { status, headers: { 'Content-Type': 'application/json' }, body: pretty ? prettyJson(value) : generateJson(value) };
}

/** One line for each: `name:value` with tabs between them; lists with commas, without hashes. */
export function ltsvPage(rows: readonly ReadonlyMap<string, Value>[]): Page {
  let body = '';
  for (const row of rows) {
    const cells = [...row].filter(([, value]) => !isHash(value)).map(([name, value]) => `${name}:${Array.isArray(value) ? value.map(textOf).join(',') : textOf(value)}`);
    body += `${cells.join('\t')}\n`;
  }
  return { status: 200, headers: { 'Content-Type': 'text/plain' }, body };
}

/** Two blanks for each level, as Ruby's `JSON.pretty_generate`. */
function prettyJson(value: Value, indent = ''): string {
  const inner = `${indent}  `;
  if (isHash(value) && value.size > 0)
    return `{\n${[...value].map(([name, member]) => `${inner}${generateJson(name)}: ${prettyJson(member, inner)}`).join(',\n')}\n${indent}}`;
  if (Array.isArray(value) && value.length > 0) return `[\n${(value as readonly Value[]).map((member) => inner + prettyJson(member, inner)).join(',\n')}\n${indent}]`;
  return generateJson(value);
}
