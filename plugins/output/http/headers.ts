/** Headers of requests: those of the configuration, those with placeholders, and the type of the content. */
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { ConfigError, encodeText, textOf, UnrecoverableError, type Chunk, type PluginContext, type Template, type Value } from '#logferry';
import type { HttpConfig } from './fields.ts';

/** By name; values as Node writes them: a character for each byte. */
export type Headers = Record<string, string>;

/** Content types of the formats that come with the agent. */
const CONTENT_TYPES: ReadonlyMap<string, string> = new Map([
  ['json', 'application/x-ndjson'],
  ['csv', 'text/csv'],
  ['tsv', 'text/tab-separated-values'],
  ['ltsv', 'text/tab-separated-values'],
  ['msgpack', 'application/x-msgpack'],
  ['out_file', 'text/plain'],
  ['single_value', 'text/plain'],
  ['stdout', 'text/plain'],
  ['hash', 'text/plain'],
]);

/** The type that is configured or that the format has. Throws a ConfigError if neither says. */
export function contentType(config: HttpConfig, context: PluginContext): string {
  if (config.content_type !== undefined) return config.content_type;
  const { type } = config.format;
  if (type === 'json' && config.json_array) return 'application/json';
  const found = CONTENT_TYPES.get(type);
  if (found === undefined) {
    throw new ConfigError(`can't determine Content-Type from formatter type '${type}'`, context.place('format'), 'set content_type');
  }
  return found;
}

/**
 * A function from a chunk to the headers of its request; a later one of the same name replaces an
 * earlier one, whatever their case. Throws a ConfigError for names and values that no request can have.
 */
export function compileHeaders(config: HttpConfig, type: string, context: PluginContext): (chunk: Chunk) => Headers {
  const fixed = new Map<string, readonly [string, string]>();
  const put = (name: string, value: string) => void fixed.set(name.toLowerCase(), [name, value]);
  put('Accept', '*/*');
  put('User-Agent', 'logferry');
  for (const [name, value] of config.headers ?? []) {
    checkName('headers', name, context);
    // As in Fluentd: null takes a header away.
    if (value === null) fixed.delete(name.toLowerCase());
    else put(name, checkedValue('headers', name, value, context));
  }
  const filled = new Map<string, readonly [string, Template]>();
  for (const [name, value] of config.headers_from_placeholders ?? []) {
    checkName('headers_from_placeholders', name, context);
    const text = textOf(value);
    checkedValue('headers_from_placeholders', name, text, context);
    fixed.delete(name.toLowerCase());
    filled.set(name.toLowerCase(), [name, context.template('headers_from_placeholders', text)]);
  }
  for (const name of ['content-type', 'content-length', 'transfer-encoding']) {
    fixed.delete(name);
    filled.delete(name);
  }
  put('Content-Type', checkedValue('content_type', 'Content-Type', type, context));
  if (config.compress === 'gzip') put('Content-Encoding', 'gzip');

  const base: Headers = Object.fromEntries(fixed.values());
  if (filled.size === 0) return () => ({ ...base });
  return (chunk) => {
    const headers = { ...base };
    for (const [name, template] of filled.values()) {
      const value = headerBytes(template.expand(chunk));
      try {
        validateHeaderValue(name, value);
      } catch (error) {
        throw new UnrecoverableError(`a header cannot have what the placeholders of '${name}' became`, { cause: error });
      }
      headers[name] = value;
    }
    return headers;
  };
}

function checkName(parameter: string, name: string, context: PluginContext): void {
  try {
    validateHeaderName(name);
  } catch {
    throw new ConfigError(`${parameter}: expected names of headers, found '${name}'`, context.place(parameter), 'letters, digits and hyphens are allowed');
  }
}

function checkedValue(parameter: string, name: string, value: Value, context: PluginContext): string {
  const text = headerBytes(textOf(value));
  try {
    validateHeaderValue(name, text);
  } catch {
    throw new ConfigError(`${parameter}: the value of '${name}' has a line break or another control character`, context.place(parameter));
  }
  return text;
}

/** UTF-8, a character for each byte. */
function headerBytes(text: string): string {
  return encodeText(text).toString('latin1');
}
