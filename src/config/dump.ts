/** The tree as text again: for the log at start, and for `--show-config`. */
import type { ConfigElement, ConfigValue } from './element.ts';

/** What to hide. */
export interface DumpOptions {
  /** Whether a parameter's value must not be shown. */
  readonly isSecret?: ((element: ConfigElement, key: string) => boolean) | undefined;
}

/** Stands for a secret's value. */
export const MASK = 'xxxxxx';

/** The tree as Fluentd prints it at start, without a line break at the end. Reading it gives the same tree. */
export function dumpConfig(root: ConfigElement, options: DumpOptions = {}): string {
  const lines: string[] = [];
  dumpElement(root, '', lines, options);
  return lines.join('\n');
}

function dumpElement(element: ConfigElement, indent: string, lines: string[], options: DumpOptions): void {
  const { name, arg } = element;
  lines.push(arg === '' ? `${indent}<${name}>` : `${indent}<${name} ${argumentText(arg)}>`);
  for (const [key, value] of element.params) {
    const shown = options.isSecret?.(element, key) ? MASK : valueText(value);
    lines.push(`${indent}  ${keyText(key)}${shown === '' ? '' : ' ' + shown}`);
  }
  for (const child of element.elements) dumpElement(child, indent + '  ', lines, options);
  lines.push(`${indent}</${name}>`);
}

function valueText({ text, special, source, value }: ConfigValue): string {
  if (special) return `"#{use_${special}}"`;
  const isJson = text.startsWith('[') || text.startsWith('{');
  if (isJson && (Array.isArray(value) || source?.startsWith(text[0]))) return text;
  if (source?.startsWith('"') || source?.startsWith("'") || isJson) return quotedText(text);
  if (text === '' && source === undefined) return '""';
  return /^["']|^[ \t]|[ \t]$|[\r\n]|[ \t]#/.test(text) ? quotedText(text) : text;
}

function keyText(key: string): string {
  return key === '' || key === 'include' || /^[<#"']|[ \t\r\n]/.test(key) ? quotedText(key) : key;
}

function argumentText(arg: string): string {
  return /^["']|^[ \t]|[ \t]$|[>#\r\n]/.test(arg) ? quotedText(arg) : arg;
}

const ESCAPES = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\f', '\\f'],
  ['\b', '\\b'],
  ['\0', '\\0'],
]);

function quotedText(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what has to be escaped
  return `"${text.replace(/["\\\n\r\t\f\x08\0]|#(?=\{)/g, (c) => ESCAPES.get(c) ?? '\\' + c)}"`;
}
