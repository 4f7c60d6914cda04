/** Values of `<labels>`: text, placeholders such as `${tag}`, or fields of the record. */
import { hostname } from 'node:os';
import type { ConfigElement } from '../../config/element.ts';
import { ConfigError, errorText } from '../../errors.ts';
import { isHash, type LogRecord } from '../../lib/value.ts';
import { compileAccessor } from '../accessor.ts';
import type { TagValues } from '../tag-values.ts';
import { textOf } from '../text-of.ts';

/** The value of a label: the same for all events, for all of a tag, or of each record. */
export type LabelSource =
  | { readonly kind: 'constant'; readonly text: string }
  | { readonly kind: 'tag'; readonly of: (tag: TagValues) => string }
  | { readonly kind: 'record'; readonly fields: readonly string[]; readonly of: (record: LogRecord, tag: TagValues) => string };

/** What placeholders know besides tag and record. */
export interface LabelContext {
  readonly workerId: number;
  /** A placeholder that stands for nothing stays as it is; called for each event. */
  readonly unknown: (placeholder: string) => void;
}

const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const PLACEHOLDER = /(\$\{[^[}]+(?:\[[^\]]+\])?\})/;
const OF_TAG = /^tag(?:_parts|_prefix|_suffix)?(?:\[[^\]]*\])?$/;

/** The `<labels>` section of an element, in its order; texts as written. Throws a ConfigError. */
export function readLabels(element: ConfigElement, reserved: readonly string[] = []): ReadonlyMap<string, string> {
  const labels = element.elements.find(({ name }) => name === 'labels');
  const found = new Map<string, string>();
  for (const [name, { text, at }] of labels?.params ?? []) {
    if (!LABEL_NAME.test(name) || name.startsWith('__'))
      throw new ConfigError(`'${name}' cannot be the name of a label`, at, 'letters, digits and _ are allowed; it begins with no digit and not with __');
    if (name === 'pid' || reserved.includes(name)) throw new ConfigError(`the label '${name}' is reserved`, at, 'take another name');
    found.set(name, text);
  }
  return found;
}

/** Whether the text names a field of the record as an accessor does. */
export function isAccessor(text: string): boolean {
  return text.startsWith('$.') || text.startsWith('$[');
}

/** Whether the value differs between records or tags. */
export function isVariable(text: string): boolean {
  return isAccessor(text) || text.startsWith('${');
}

/** Compiles a value. Throws a ConfigError for an accessor that cannot be read. */
export function compileLabel(text: string, context: LabelContext, element: ConfigElement): LabelSource {
  if (isAccessor(text)) {
    const accessor = compiledAccessor(text, element);
    const [first] = accessor.path;
    return { kind: 'record', fields: typeof first === 'string' ? [first] : [], of: (record) => textOf(accessor.dig(record)) };
  }
  const parts = text.split(PLACEHOLDER).filter((part) => part !== '').map((part) => compilePart(part, context));
  const value = (tag: TagValues, record: LogRecord): string => {
    let out = '';
    for (const part of parts) out += part.kind === 'constant' ? part.text : part.kind === 'tag' ? part.of(tag) : part.of(record, tag);
    return out;
  };
  const fields = parts.flatMap((part) => (part.kind === 'record' ? part.fields : []));
  if (parts.some(({ kind }) => kind === 'record')) return { kind: 'record', fields, of: (record, tag) => value(tag, record) };
  if (parts.some(({ kind }) => kind === 'tag')) return { kind: 'tag', of: (tag) => value(tag, NO_RECORD) };
  return { kind: 'constant', text: parts.map((part) => (part.kind === 'constant' ? part.text : '')).join('') };
}

/** What the text gives without tag and record. Throws a ConfigError for an accessor. */
export function constantLabel(text: string, context: LabelContext, element: ConfigElement, type: string): string {
  if (isAccessor(text)) throw new ConfigError(`record accessor syntax is not available in ${type}`, element.at);
  const source = compileLabel(text, context, element);
  if (source.kind === 'constant') return source.text;
  for (const [placeholder] of text.matchAll(new RegExp(PLACEHOLDER, 'g'))) if (compilePart(placeholder, context).kind !== 'constant') context.unknown(placeholder);
  return text.replace(new RegExp(PLACEHOLDER, 'g'), (placeholder) => {
    const part = compilePart(placeholder, context);
    return part.kind === 'constant' ? part.text : placeholder;
  });
}

/** Compiles an accessor. Throws a ConfigError with the place of the element. */
export function compiledAccessor(text: string, element: ConfigElement): ReturnType<typeof compileAccessor> {
  try {
    return compileAccessor(text);
  } catch (error) {
    throw new ConfigError(errorText(error), element.at);
  }
}

const NO_RECORD: LogRecord = new Map();

function compilePart(part: string, context: LabelContext): LabelSource {
  if (!PLACEHOLDER.test(part)) return { kind: 'constant', text: part };
  const name = part.slice(2, -1);
  if (name === 'hostname') return { kind: 'constant', text: hostname() };
  if (name === 'worker_id') return { kind: 'constant', text: `${context.workerId}` };
  const known = (value: string | undefined): string => {
    if (value !== undefined) return value;
    context.unknown(part);
    return part;
  };
  if (OF_TAG.test(name)) return { kind: 'tag', of: (tag) => known(ofTag(name, tag)) };
  const bracket = name.indexOf('[');
  const field = bracket < 0 ? name : name.slice(0, bracket);
  return { kind: 'record', fields: [field, name], of: (record) => known(ofRecord(record, name, field, name.slice(field.length + 1, -1))) };
}

function ofTag(name: string, { tag, parts, prefix, suffix }: TagValues): string | undefined {
  if (name === 'tag') return tag;
  const [, what, index] = /^tag_(parts|prefix|suffix)\[(-?\d+)\]$/.exec(name) ?? [];
  if (what === undefined) return undefined;
  return what === 'parts' ? parts.at(Number(index)) : (what === 'prefix' ? prefix : suffix)[Number(index)];
}

/** A field that is no list and no hash, a member of a list by its position, or one of a hash by its name in quotes. */
function ofRecord(record: LogRecord, name: string, field: string, index: string): string | undefined {
  const whole = record.get(name);
  if (whole !== undefined && !Array.isArray(whole) && !isHash(whole)) return textOf(whole);
  if (index === '') return undefined;
  const holder = record.get(field);
  if (Array.isArray(holder) && /^-?\d+$/.test(index)) {
    const at = Number(index);
    return at >= holder.length || at < -holder.length ? undefined : textOf(holder.at(at));
  }
  const key = /^"(.*)"$/s.exec(index)?.[1];
  const value = isHash(holder) && key !== undefined ? holder.get(key) : undefined;
  return value === undefined ? undefined : textOf(value);
}
