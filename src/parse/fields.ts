/** The parameters that all parsers share, declared once. */
import { param, type Fields, type RegexpLiteral } from '../config/params.ts';
import type { Value } from '../lib/value.ts';
import { timeFields, type TimeConfig } from '../time/fields.ts';

/** Fluentd's parameters of every `<parse>` section. */
export const parserFields = {
  ...timeFields,
  types: param.hash('Types of fields, such as a:integer,b:bool,c:array:;,d:time:%Y-%m-%d.', {
    optional: true,
    valueType: 'string',
  }),
  time_key: param.string('The field that has the time.', { optional: true }),
  null_value_pattern: param.regexp('Texts that match become nil.', { optional: true }),
  null_empty_string: param.bool('Empty texts become nil.', { default: false }),
  estimate_current_event: param.bool('An event without a time gets the current time.', { default: true }),
  keep_time_key: param.bool('The field with the time stays in the record.', { default: false }),
  timeout: param.time('Seconds after which parsing one text is given up.', { optional: true }),
};

/** Values of {@link parserFields} in a configuration object. */
export interface ParserConfig extends TimeConfig {
  readonly types: ReadonlyMap<string, Value> | undefined;
  readonly time_key: string | undefined;
  readonly null_value_pattern: RegexpLiteral | undefined;
  readonly null_empty_string: boolean;
  readonly estimate_current_event: boolean;
  readonly keep_time_key: boolean;
  readonly timeout: number | undefined;
}

/** The same declarations with other defaults. */
export function withDefaults<F extends Fields>(fields: F, defaults: { readonly [N in keyof F]?: unknown }): F {
  const changed = Object.entries(defaults).map(([name, value]) => [
    name,
    { ...fields[name], default: value, required: false },
  ]);
  return { ...fields, ...Object.fromEntries(changed) } as F;
}
