/** A record as the text of a log event. */
import { Float, floatText, type Formatter, isHash, type LogEvent, type LogRecord, scrubText, type Tag, textOf, type Value } from '#logferry';

export interface MessageOptions {
  /** Values of these fields, joined by blanks, instead of JSON. */
  readonly keys: readonly string[];
  /** Characters. */
  readonly maxLength: number | undefined;
  /** yajl writes `\u001F`, json `\u001f`. */
  readonly upperCaseEscapes: boolean;
  /** Of a `<format>` section; undefined: JSON by the handler. */
  readonly formatter: Formatter | undefined;
  /** Called when bytes that are not UTF-8 were replaced. */
  readonly onScrub?: (() => void) | undefined;
}

/** The message of one event; empty if there is nothing to send. Text is valid UTF-8 afterwards. */
export function createMessage(options: MessageOptions): (tag: Tag, event: LogEvent, record: LogRecord) => string {
  const { keys, maxLength, formatter } = options;
  const { onScrub } = options;
  const json = jsonWriter(options.upperCaseEscapes, onScrub);
  const text = (tag: Tag, event: LogEvent, given: LogRecord): string => {
    const record = withoutEmpty(given);
    if (keys.length > 0) return joinValues(record, keys);
    if (!formatter) return json(record);
    const formatted = formatter.format(tag, event.time, record);
    return typeof formatted === 'string' ? formatted : Buffer.from(formatted).toString('utf8');
  };
  return (tag, event, record) => {
    const made = text(tag, event, record);
    const message = scrubText(made);
    if (message !== made) onScrub?.();
    return maxLength === undefined || message.length <= maxLength ? message : cut(message, maxLength);
  };
}

/** Values of the fields that are there and not nil, as Ruby prints them. */
function joinValues(record: LogRecord, keys: readonly string[]): string {
  const parts: string[] = [];
  for (const key of keys) {
    const value = record.get(key);
    if (value === undefined || value === null || value === '') continue;
    parts.push(textOf(value));
  }
  return parts.join(' ');
}

/** Fluentd's plugin sends no fields that are empty texts; nested ones stay. */
function withoutEmpty(record: LogRecord): LogRecord {
  for (const value of record.values()) if (value === '') return new Map([...record].filter(([, kept]) => kept !== ''));
  return record;
}

/** At most so many characters (code points, not UTF-16 units). */
function cut(text: string, maxLength: number): string {
  let units = 0;
  for (let i = 0; i < maxLength && units < text.length; i++) units += (text.codePointAt(units) ?? 0) > 0xffff ? 2 : 1;
  return text.slice(0, units);
}

/** JSON with Ruby's floats; the two handlers differ in the case of `\u` escapes. */
export function jsonWriter(upperCaseEscapes: boolean, onScrub?: () => void): (value: Value) => string {
  const quote = upperCaseEscapes
    ? (text: string) => JSON.stringify(text).replace(/\\(?:\\|u00[01][0-9a-f])/g, (escape) => (escape[1] === 'u' ? '\\u' + escape.slice(2).toUpperCase() : escape))
    : (text: string) => JSON.stringify(text);
  const string = (text: string): string => {
    if (text.isWellFormed()) return quote(text);
    onScrub?.();
    return quote(scrubText(text));
  };
  const write = (value: Value): string => {
    if (typeof value === 'string') return string(value);
    if (value === null) return 'null';
    if (typeof value === 'number') return Number.isInteger(value) ? String(value) : floatText(value);
    if (value instanceof Float) return Number.isFinite(value.value) ? floatText(value.value) : 'null';
    if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
    if (isHash(value)) {
      let out = '{';
      for (const [key, item] of value) out += (out === '{' ? '' : ',') + string(key) + ':' + write(item);
      return out + '}';
    }
    return String(value);
  };
  return write;
}
