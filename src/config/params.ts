/**
 * How a plugin declares its parameters: once, with everything that anyone needs to know of them.
 *
 * Reading, types in `create`, error messages, the reference, dumps and unused-key warnings all
 * derive from these declarations. Names and types are Fluentd's.
 */
import type { Value } from '../lib/value.ts';
import type { ConfigElement, ConfigValue } from './element.ts';
import type { RegexpLiteral } from './literal.ts';

export type { RegexpLiteral };

export type ParamType =
  | 'string' | 'integer' | 'float' | 'size' | 'bool' | 'time' | 'enum' | 'array' | 'hash' | 'regexp' | 'custom';


interface Common {
  /** Another name that is accepted. */
  readonly alias?: string;
  /** Masked in every dump and log. */
  readonly secret?: boolean;
  /** Still works, with this warning. */
  readonly deprecated?: string;
  /** No longer works: a configuration error with this text. */
  readonly obsoleted?: string;
  /** Accepted and read by nobody: why that does no harm. Whoever writes it is told so, once. */
  readonly noEffect?: string;
  /** Not one of Fluentd's: an addition of this project, marked so in the reference. */
  readonly extra?: boolean;
}

/** `default`: the value if it is not given; `optional`: undefined then; neither: required. */
export type ParamOptions<T> = Common & { readonly default?: T; readonly optional?: boolean };

/** A declared parameter. */
export interface Param<T = unknown> extends Common {
  readonly kind: 'param';
  readonly type: ParamType;
  readonly doc: string;
  readonly required: boolean;
  readonly default?: T | undefined;
  /** Of an enum. */
  readonly values?: readonly string[];
  /** Of an array's or hash's members; strings and JSON values as they are if absent. */
  readonly valueType?: ParamType;
  /** Of a custom one: turns the text into the value, throws an Error that says what was expected. */
  readonly parse?: (value: ConfigValue) => T;
  /** Only there for the type. */
  readonly example?: T;
}

type Typed<T, O> = Param<O extends { optional: true } ? T | undefined : T>;

function make<T>(type: ParamType, doc: string, options: ParamOptions<T> & Partial<Param<T>>): Param<T> {
  const { optional, ...rest } = options;
  return { kind: 'param', type, doc, required: !('default' in options) && optional !== true, ...rest };
}

/** Constructors of parameters; times are in seconds, sizes in bytes. */
export const param = {
  string: <const O extends ParamOptions<string>>(doc: string, options?: O) =>
    make('string', doc, options ?? {}) as Typed<string, O>,
  integer: <const O extends ParamOptions<number>>(doc: string, options?: O) =>
    make('integer', doc, options ?? {}) as Typed<number, O>,
  float: <const O extends ParamOptions<number>>(doc: string, options?: O) =>
    make('float', doc, options ?? {}) as Typed<number, O>,
  size: <const O extends ParamOptions<number>>(doc: string, options?: O) =>
    make('size', doc, options ?? {}) as Typed<number, O>,
  bool: <const O extends ParamOptions<boolean>>(doc: string, options?: O) =>
    make('bool', doc, options ?? {}) as Typed<boolean, O>,
  time: <const O extends ParamOptions<number>>(doc: string, options?: O) =>
    make('time', doc, options ?? {}) as Typed<number, O>,
  enum: <const V extends string, const O extends ParamOptions<NoInfer<V>>>(values: readonly V[], doc: string, options?: O) =>
    make('enum', doc, { ...options, values } as ParamOptions<V>) as Typed<V, O>,
  array: <const O extends ParamOptions<readonly string[]> & { valueType?: ParamType }>(doc: string, options?: O) =>
    make('array', doc, options ?? {}) as unknown as Typed<readonly string[], O>,
  /** Members stay JSON values. */
  values: <const O extends ParamOptions<readonly Value[]> & { valueType?: ParamType }>(doc: string, options?: O) =>
    make('array', doc, options ?? {}) as unknown as Typed<readonly Value[], O>,
  hash: <const O extends ParamOptions<ReadonlyMap<string, Value>> & { valueType?: ParamType }>(doc: string, options?: O) =>
    make('hash', doc, options ?? {}) as unknown as Typed<ReadonlyMap<string, Value>, O>,
  regexp: <const O extends ParamOptions<RegexpLiteral>>(doc: string, options?: O) =>
    make('regexp', doc, options ?? {}) as Typed<RegexpLiteral, O>,
  custom: <T, const O extends ParamOptions<NoInfer<T>> = ParamOptions<NoInfer<T>>>(
    doc: string,
    parse: (value: ConfigValue) => T,
    options?: O,
  ) => make<T>('custom', doc, { ...options, parse } as ParamOptions<T>) as Typed<T, O>,
};

export interface SectionOptions {
  /** May be repeated: the value is an array. */
  readonly multi?: boolean;
  readonly required?: boolean;
  /** Exists, with its defaults, even if it is not written. */
  readonly init?: boolean;
  /** The name of the value in the configuration object, if it is not the section's. */
  readonly as?: string;
  readonly alias?: string;
  /** The text after the section's name, under this key. */
  readonly argument?: Readonly<Record<string, Param>>;
  /** Any parameter is accepted; the element is given as `$element`, to be read by the plugin. */
  readonly open?: boolean;
  /** Accepted and read by nobody: why that does no harm. Whoever writes it is told so, once for the section. */
  readonly noEffect?: string;
  readonly extra?: boolean;
}

export interface Section<F extends Fields = Fields, O extends SectionOptions = SectionOptions> {
  readonly kind: 'section';
  readonly doc: string;
  readonly fields: F;
  readonly options: O;
}

/** Declares a `<name>` section; the name is the key under which it stands. */
export function section<const F extends Fields, const O extends SectionOptions = object>(
  doc: string,
  fields: F,
  options?: O,
): Section<F, O> {
  return { kind: 'section', doc, fields, options: (options ?? {}) as O };
}

export interface OwnedOptions {
  readonly multi?: boolean;
  readonly required?: boolean;
  /** The `@type` when the section or its `@type` is absent. */
  readonly defaultType?: string;
  /** Defaults that differ here from the inner plugin's own. */
  readonly defaults?: Readonly<Record<string, unknown>>;
  /** Other names for parameters of the section (`format` -> `@type`). */
  readonly legacy?: Readonly<Record<string, string>>;
  /** Parameters of the section that the outer plugin reads itself, from the element. */
  readonly outer?: readonly string[];
  /** There is no section: the inner plugin reads this one, and its type is the value of this parameter. */
  readonly inline?: string;
}

/** A section with an `@type`: a plugin inside this one (`<parse>`, `<format>`, `<storage>`). */
export interface Owned<K extends string = string, O extends OwnedOptions = OwnedOptions> {
  readonly kind: 'owned';
  readonly plugin: K;
  readonly doc: string;
  readonly options: O;
}

/** Declares a section that holds a plugin of a kind. */
export function owned<const K extends string, const O extends OwnedOptions = object>(
  plugin: K,
  doc: string,
  options?: O,
): Owned<K, O> {
  return { kind: 'owned', plugin, doc, options: (options ?? {}) as O };
}

/** Everything that a section may hold, by name. */
export interface Fields {
  readonly [name: string]: Param | Section | Owned;
}

/** A checked, not yet created plugin of an {@link Owned} section: give it to `context.create`. */
export interface OwnedPlugin<K extends string = string> {
  readonly kind: K;
  readonly type: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly element: ConfigElement;
  readonly definition: unknown;
  /** The section's argument, such as `ignore_error`. */
  readonly arg: string;
}

type SectionValue<F extends Fields, O extends SectionOptions> =
  Infer<F> & (O extends { argument: infer A extends Readonly<Record<string, Param>> } ? Infer<A> : object)
  & (O extends { open: true } ? { readonly $element: ConfigElement } : object);

type FieldValue<T> =
  T extends Param<infer V> ? V
  : T extends Section<infer F, infer O>
    ? O extends { multi: true } ? readonly SectionValue<F, O>[]
      : O extends { required: true } | { init: true } ? SectionValue<F, O>
      : SectionValue<F, O> | undefined
  : T extends Owned<infer K, infer O>
    ? O extends { multi: true } ? readonly OwnedPlugin<K>[]
      : O extends { required: true } | { defaultType: string } ? OwnedPlugin<K>
      : OwnedPlugin<K> | undefined
  : never;

/** The type of the configuration object that `create` gets, from the declarations. */
export type Infer<F extends Fields> = { readonly [N in keyof F]: FieldValue<F[N]> };

/** The same parameters where they do nothing: whoever writes one is told why. */
export function withoutEffect<F extends Readonly<Record<string, Param>>>(fields: F, why: string): F {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, { ...field, noEffect: why }])) as unknown as F;
}
