/** Comma separated values, in the order of `keys`. */
import { ConfigError, createFinisher, defineParser, limitTime, param, parserFields, type Value } from '#logferry';

export default defineParser({
  type: 'csv',
  doc: 'Reads comma separated values, in the order of keys.',
  config: {
    ...parserFields,
    keys: param.array('Names of the fields, in their order.', { valueType: 'string' }),
    delimiter: param.string('What stands between the values.', { default: ',' }),
    parser_engine: param.enum(['normal', 'fast'], 'How strictly quotes are read: fast takes what is not quite CSV.', {
      default: 'normal',
      alias: 'parser_type',
    }),
  },

  create(config, context) {
    const finisher = createFinisher(config, context);
    const { keys, delimiter } = config;
    if (delimiter === '') throw new ConfigError("'delimiter' of csv is empty", context.place('delimiter'), 'the usual one is a comma');

    function strict(text: string): Map<string, Value> | undefined {
      const values = parseRow(text, delimiter);
      return values && new Map<string, Value>(keys.map((key, i) => [key, values[i] ?? null]));
    }

    function fast(text: string): Map<string, Value> {
      const fields = new Map<string, Value>();
      const row = text.replace(/\r?\n$|\r$/, '');
      const values = row === '' ? [] : looseRow(row.split(delimiter), delimiter);
      // Values beyond the keys have nil as their key in Fluentd, which JSON writes as an empty text; the last one stays.
      values.forEach((value, i) => fields.set(keys[i] ?? '', value));
      return fields;
    }

    const read = config.parser_engine === 'fast' ? fast : strict;
    return limitTime(
      {
        parse(text) {
          const fields = read(text);
          return fields && finisher.finish(fields);
        },
      },
      config,
      context,
    );
  },
});

/**
 * The first row of a CSV text: nil for values that are empty without quotes, undefined if there is no
 * row. Throws where Ruby's CSV library raises: a quote within a value, text behind one, no closing one.
 */
function parseRow(text: string, delimiter: string): (string | null)[] | undefined {
  if (text === '') return undefined;
  const values: (string | null)[] = [];
  let at = 0;
  for (;;) {
    if (text[at] === '"') {
      const [value, end] = quotedValue(text, at);
      values.push(value);
      at = end;
      if (!text.startsWith(delimiter, at) && !isRowEnd(text, at)) {
        throw new Error(`Any value after quoted field isn't allowed, at character ${at + 1}`);
      }
    } else {
      const end = plainEnd(text, at, delimiter);
      const value = text.slice(at, end);
      if (value.includes('"')) throw new Error(`Illegal quoting, at character ${text.indexOf('"', at) + 1}`);
      values.push(value === '' ? null : value);
      at = end;
    }
    if (isRowEnd(text, at)) return values.length === 1 && values[0] === null ? [] : values;
    at += delimiter.length;
  }
}

function isRowEnd(text: string, at: number): boolean {
  return at >= text.length || text[at] === '\n' || text[at] === '\r';
}

function plainEnd(text: string, from: number, delimiter: string): number {
  let at = from;
  while (!isRowEnd(text, at) && !text.startsWith(delimiter, at)) at++;
  return at;
}

function quotedValue(text: string, start: number): [value: string, end: number] {
  let value = '';
  let from = start + 1;
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote < 0) throw new Error(`Unclosed quoted field, at character ${start + 1}`);
    value += text.slice(from, quote);
    if (text[quote + 1] !== '"') return [value, quote + 1];
    value += '"';
    from = quote + 2;
  }
}

/** Values of a row whose parts were split at every delimiter: what stands in quotes is put together again. */
function looseRow(parts: readonly string[], delimiter: string): (string | null)[] {
  const values: (string | null)[] = [];
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    const quotes = part.split('"').length - 1;
    const isQuoted = part.startsWith('"') && part.endsWith('"');
    if (quotes === 0) values.push(part === '' ? null : part);
    else if (quotes === 1 && part.startsWith('"')) {
      const merged = [part];
      while (++i < parts.length) {
        merged.push(parts[i]!);
        if (parts[i]!.endsWith('"')) break;
      }
      values.push(merged.join(delimiter).slice(1, -1));
    } else if (quotes === 2) values.push(isQuoted ? part.slice(1, -1) : part);
    else values.push((isQuoted && quotes > 2 ? part.slice(1, -1) : part).replaceAll('""', '"'));
  }
  return values;
}
