/** Placeholders without Ruby: `${tag}`, `${tag_parts[0]}`, `${record["key"]}`, `${time}`, `${hostname}`. */
import { textOf, type EventTime, type TagValues, type Value } from '#logferry';
import { fixed, widest, type CompileText, type Expression } from './expression.ts';

const PLACEHOLDER = /\$\{[^}]+\}|__[A-Z_]+__/g;
const WHOLE = /^(?:\$\{[^}]+\}|__[A-Z_]+__)$/;
const INDEXED = /^(tag_parts|tag_prefix|tag_suffix)\[(0|-?[1-9]\d*)\]$/;
const LISTS = { tag_parts: 'parts', tag_prefix: 'prefix', tag_suffix: 'suffix' } as const;

export interface PlaceholderOptions {
  readonly hostname: string;
  readonly formatTime: (time: EventTime) => string;
  /** Whether a value that is one placeholder keeps the type of what it stands for. */
  readonly autoTypecast: boolean;
  /** Is told each placeholder that can never have a value. */
  readonly onUnknown: (placeholder: string, hint: string | undefined) => void;
}

/** Makes the function that compiles texts with placeholders; unknown ones are nil, or empty within a text. */
export function placeholderCompiler(options: PlaceholderOptions): CompileText {
  return (text, asText) => {
    if (options.autoTypecast && !asText && WHOLE.test(text)) return placeholder(text, options);
    const parts: (string | Expression)[] = [];
    let end = 0;
    for (const match of text.matchAll(PLACEHOLDER)) {
      if (match.index > end) parts.push(text.slice(end, match.index));
      parts.push(placeholder(match[0], options));
      end = match.index + match[0].length;
    }
    if (end < text.length) parts.push(text.slice(end));
    const expressions = parts.filter((part) => typeof part !== 'string');
    if (expressions.length === 0) return fixed(text);
    return {
      needs: widest(expressions),
      evaluate(scope) {
        let out = '';
        for (const part of parts) out += typeof part === 'string' ? part : textOf(part.evaluate(scope));
        return out;
      },
    };
  };
}

function placeholder(written: string, options: PlaceholderOptions): Expression {
  if (!written.startsWith('$')) return unknown(written, options);
  const name = written.slice(2, -1);
  switch (name) {
    case 'tag':
      return ofTag(({ tag }) => tag);
    case 'time':
      return { needs: 'event', evaluate: ({ time }) => options.formatTime(time) };
    case 'hostname':
      return fixed(options.hostname);
  }
  const indexed = INDEXED.exec(name);
  if (indexed) {
    const list = LISTS[indexed[1] as keyof typeof LISTS];
    const index = Number(indexed[2]);
    return ofTag((tag) => tag[list].at(index) ?? null);
  }
  if (name.startsWith('record["') && name.endsWith('"]') && name.length >= 'record[""]'.length) {
    const field = name.slice('record["'.length, -'"]'.length);
    return { needs: 'event', field, evaluate: ({ record }) => record.get(field) ?? null };
  }
  return unknown(written, options);
}

function unknown(written: string, options: PlaceholderOptions): Expression {
  const hint = /[."'[(]/.test(written) ? 'write ${record["key"]} exactly so, or set enable_ruby true' : undefined;
  options.onUnknown(written, hint);
  return fixed(null);
}

function ofTag(evaluate: (tag: TagValues) => Value): Expression {
  return { needs: 'tag', evaluate: ({ tag }) => evaluate(tag) };
}
