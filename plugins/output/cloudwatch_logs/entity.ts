/**
 * The entity of a request: what the events are about (a service in an environment), so that CloudWatch
 * shows logs, metrics and traces of it together.
 */
import { compileAccessor, ConfigError, textOf, type LogRecord, type PluginContext, type Tag, type TextBatch, type Value } from '#logferry';
import {
  ENTITY_KEYS, MAX_ENTITY_ATTRIBUTE_NAME, MAX_ENTITY_ATTRIBUTES, MAX_ENTITY_KEYS, MAX_ENTITY_VALUE, MIN_ENTITY_KEYS,
} from './limits.ts';

export interface EntityConfig {
  readonly key_attributes: ReadonlyMap<string, Value>;
  readonly attributes: ReadonlyMap<string, Value> | undefined;
}

export interface EntityMaker {
  /** JSON of the entity; undefined if a key attribute has no value in this record. */
  of(tag: Tag, record: LogRecord): string | undefined;
  /** The same for a whole batch, null if its events may differ. */
  ofBatch(batch: TextBatch): string | undefined | null;
}

interface Part {
  readonly name: string;
  readonly value: (tag: Tag, record: LogRecord) => string | undefined;
  /** The field of the record that it looks at. */
  readonly field: string | undefined;
}

/** Compiles `<entity>`: values are texts with `${tag}`, or record accessors such as `$.kubernetes.labels.app`. */
export function compileEntity(config: EntityConfig | undefined, context: Pick<PluginContext, 'place'>): EntityMaker | undefined {
  if (!config) return undefined;
  const at = context.place('key_attributes');
  const keyNames = [...config.key_attributes.keys()];
  const unknown = keyNames.find((name) => !ENTITY_KEYS.includes(name));
  if (unknown !== undefined) throw new ConfigError(`'key_attributes' has the key "${unknown}"`, at, `the service knows ${ENTITY_KEYS.join(', ')}`);
  if (keyNames.length < MIN_ENTITY_KEYS || keyNames.length > MAX_ENTITY_KEYS)
    throw new ConfigError(
      `'key_attributes' has ${keyNames.length} keys, the service takes ${MIN_ENTITY_KEYS} to ${MAX_ENTITY_KEYS}`, at,
      'such as {"Type":"Service","Name":"$.kubernetes.labels.app","Environment":"production"}',
    );
  const attributeNames = [...(config.attributes ?? new Map<string, Value>()).keys()];
  if (attributeNames.length > MAX_ENTITY_ATTRIBUTES)
    throw new ConfigError(`'attributes' has ${attributeNames.length} keys, the service takes at most ${MAX_ENTITY_ATTRIBUTES}`, at);
  const long = attributeNames.find((name) => name.length < 1 || name.length > MAX_ENTITY_ATTRIBUTE_NAME);
  if (long !== undefined) throw new ConfigError(`'attributes' has a key of ${long.length} characters, the service takes 1 to ${MAX_ENTITY_ATTRIBUTE_NAME}`, at);

  const keys = compileParts(config.key_attributes, at);
  const attributes = compileParts(config.attributes ?? new Map(), at);
  const fields = new Set([...keys, ...attributes].flatMap(({ field }) => (field === undefined ? [] : [field])));
  const of = (tag: Tag, record: LogRecord): string | undefined => {
    const keyAttributes = valuesOf(keys, tag, record);
    if (Object.keys(keyAttributes).length < keys.length) return undefined;
    const more = valuesOf(attributes, tag, record);
    return JSON.stringify({ keyAttributes, ...(Object.keys(more).length > 0 ? { attributes: more } : {}) });
  };
  return {
    of,
    ofBatch(batch) {
      const constants = new Map<string, Value>();
      for (const column of batch.columns) {
        if (!fields.has(column.key)) continue;
        if (column.kind === 'span') return null;
        constants.set(column.key, column.value);
      }
      return of(batch.tag, constants);
    },
  };
}

function compileParts(map: ReadonlyMap<string, Value>, at: ReturnType<PluginContext['place']>): Part[] {
  return [...map].map(([name, value]): Part => {
    const text = String(value);
    if (!text.startsWith('$.') && !text.startsWith('$['))
      return { name, field: undefined, value: text.includes('${tag}') ? (tag) => limited(text.replaceAll('${tag}', () => tag)) : () => limited(text) };
    try {
      const accessor = compileAccessor(text);
      return { name, field: String(accessor.path[0]), value: (_tag, record) => limited(accessor.get(record)) };
    } catch (error) {
      throw new ConfigError(`the value of "${name}" is no record accessor: ${(error as Error).message}`, at);
    }
  });
}

function valuesOf(parts: readonly Part[], tag: Tag, record: LogRecord): Record<string, string> {
  const values: [string, string][] = [];
  for (const { name, value } of parts) {
    const text = value(tag, record);
    if (text !== undefined) values.push([name, text]);
  }
  return Object.fromEntries(values);
}

function limited(value: Value | undefined): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  return textOf(value).slice(0, MAX_ENTITY_VALUE).toWellFormed();
}
