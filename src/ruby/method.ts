/**
 * Tables of methods: one per type, the only source of what is supported.
 *
 * A call site knows its method's name when it is compiled and asks {@link methodsNamed} once; at run
 * time the type of the receiver chooses among those.
 */
import { Float } from '../lib/value.ts';
import { className } from './class-name.ts';
import { inspect } from './inspect.ts';
import { argumentError, rubyError, type RubyError } from './ruby-error.ts';
import { typeOf, type RubyProc, type RubyValue, type TypeName } from './values.ts';

/** A method's code; arguments that were not given are undefined. */
export type MethodCode<S> = (self: S, block: RubyProc | null, a: RubyValue, b: RubyValue, c: RubyValue, ...more: RubyValue[]) => RubyValue;

export interface Method {
  readonly name: string;
  /** Fewest and most arguments; `max` is Infinity for any number. */
  readonly min: number;
  readonly max: number;
  readonly code: MethodCode<RubyValue>;
}

/** Name -> fewest arguments, most arguments, code. */
export type MethodTable<S> = Readonly<Record<string, readonly [min: number, max: number, code: MethodCode<S>]>>;

/** Any number of arguments. */
export const ANY = Number.POSITIVE_INFINITY;

type TableName = TypeName | 'Object' | 'Comparable' | 'Enumerable' | 'Kernel';

/** Where a type looks for a method, in turn. */
const LOOKUP: Readonly<Record<TypeName, readonly TableName[]>> = {
  NilClass: ['NilClass', 'Object'],
  TrueClass: ['TrueClass', 'Object'],
  FalseClass: ['FalseClass', 'Object'],
  String: ['String', 'Comparable', 'Object'],
  Symbol: ['Symbol', 'Comparable', 'Object'],
  Integer: ['Integer', 'Comparable', 'Object'],
  Float: ['Float', 'Comparable', 'Object'],
  Rational: ['Rational', 'Comparable', 'Object'],
  Array: ['Array', 'Enumerable', 'Object'],
  Hash: ['Hash', 'Enumerable', 'Object'],
  Range: ['Range', 'Enumerable', 'Object'],
  Enumerator: ['Enumerator', 'Enumerable', 'Object'],
  Regexp: ['Regexp', 'Object'],
  MatchData: ['MatchData', 'Object'],
  Time: ['Time', 'Comparable', 'Object'],
  Date: ['Date', 'Comparable', 'Object'],
  EventTime: ['EventTime', 'Comparable', 'Object'],
  Proc: ['Proc', 'Object'],
  Module: ['Module', 'Object'],
  URI: ['URI', 'Object'],
  IPAddr: ['IPAddr', 'Comparable', 'Object'],
  File: ['File', 'Object'],
  Exception: ['Exception', 'Object'],
};

const TYPES = Object.keys(LOOKUP) as TypeName[];
const tables = new Map<TableName, Map<string, Method>>();
const singletons = new Map<string, Map<string, Method>>();

function addTo(table: Map<string, Method>, methods: MethodTable<never>): void {
  for (const [name, [min, max, code]] of Object.entries(methods)) {
    table.set(name, { name, min, max, code: code as MethodCode<RubyValue> });
  }
}

/** Adds methods of a type. */
export function defineMethods<S>(name: TableName, methods: MethodTable<S>): void {
  let table = tables.get(name);
  if (!table) tables.set(name, (table = new Map()));
  addTo(table, methods as MethodTable<never>);
}

/** Makes names for methods that exist. */
export function aliasMethods(name: TableName, aliases: Readonly<Record<string, string>>): void {
  const table = tables.get(name)!;
  for (const [alias, known] of Object.entries(aliases)) table.set(alias, { ...table.get(known)!, name: alias });
}

/** Adds methods of a class or module itself: `Time.now`, `JSON.parse`. */
export function defineModule(name: string, methods: MethodTable<never>): void {
  let table = singletons.get(name);
  if (!table) singletons.set(name, (table = new Map()));
  addTo(table, methods);
}

/** The methods of one name, by the type of the receiver. */
export type Methods = Readonly<Record<TypeName, Method | undefined>> & { readonly name: string };

const named = new Map<string, Methods>();

/** The methods of that name; the same object for the same name. */
export function methodsNamed(name: string): Methods {
  let known = named.get(name);
  if (!known) {
    const byType = { name } as Record<string, unknown>;
    for (const type of TYPES) {
      byType[type] = LOOKUP[type].map((table) => tables.get(table)?.get(name)).find((method) => method !== undefined);
    }
    known = byType as Methods;
    named.set(name, known);
  }
  return known;
}

/** Whether any type or module has a method of that name. */
export function isMethodName(name: string): boolean {
  return [...tables.values(), ...singletons.values()].some((table) => table.has(name));
}

/** The function of that name, called without a receiver. */
export function kernelFunction(name: string): Method | undefined {
  return tables.get('Kernel')?.get(name);
}

/** The method of a class or module itself. */
export function moduleMethod(module: string, name: string): Method | undefined {
  return singletons.get(module)?.get(name);
}

/** All names of methods that a call may use. */
export function allMethodNames(): string[] {
  const names = new Set<string>();
  for (const [table, methods] of tables) if (table !== 'Kernel') for (const name of methods.keys()) names.add(name);
  for (const methods of singletons.values()) for (const name of methods.keys()) names.add(name);
  return [...names];
}

/** The names of functions called without a receiver. */
export function kernelNames(): string[] {
  return [...(tables.get('Kernel')?.keys() ?? [])];
}

/** The method that a call on `self` means. Throws NoMethodError. */
export function findMethod(methods: Methods, self: RubyValue): Method {
  let method: Method | undefined;
  switch (typeof self) {
    case 'string':
      method = methods.String;
      break;
    case 'number':
      method = Number.isInteger(self) ? methods.Integer : methods.Float;
      break;
    case 'bigint':
      method = methods.Integer;
      break;
    case 'boolean':
      method = self ? methods.TrueClass : methods.FalseClass;
      break;
    default:
      if (self === null) method = methods.NilClass;
      else if (self instanceof Map) method = methods.Hash;
      else if (Array.isArray(self)) method = methods.Array;
      else if (self instanceof Float) method = methods.Float;
      else if (self.type === 'Module') method = moduleMethod(self.name, methods.name) ?? methods.Module;
      else method = methods[self.type];
  }
  if (method === undefined) throw noMethod(methods.name, self);
  return method;
}

/** The same, or undefined. */
export function respondsTo(self: RubyValue, name: string): boolean {
  const type = typeOf(self);
  if (type === 'Module') return moduleMethod((self as { name: string }).name, name) !== undefined || methodsNamed(name).Module !== undefined;
  return methodsNamed(name)[type] !== undefined;
}

function noMethod(name: string, self: RubyValue): RubyError {
  return rubyError('NoMethodError', `undefined method '${name}' for ${described(self)}`);
}

function described(self: RubyValue): string {
  if (self === null || self === true || self === false) return inspect(self);
  const type = typeOf(self);
  if (type === 'Module') return `${(self as { kind: string }).kind} ${inspect(self)}`;
  return `an instance of ${className(self)}`;
}

export function checkArguments(method: Method, count: number): void {
  if (count >= method.min && count <= method.max) return;
  const { min, max } = method;
  const expected = min === max ? `${min}` : max === ANY ? `${min}+` : `${min}..${max}`;
  throw argumentError(`wrong number of arguments (given ${count}, expected ${expected})`);
}

/** Calls a method by name with any number of arguments. */
export function send(self: RubyValue, name: string, args: readonly RubyValue[], block: RubyProc | null = null): RubyValue {
  return invoke(findMethod(methodsNamed(name), self), self, args, block);
}

/** Calls a method after checking the number of arguments. */
export function invoke(method: Method, self: RubyValue, args: readonly RubyValue[], block: RubyProc | null): RubyValue {
  checkArguments(method, args.length);
  const code = method.code as (self: RubyValue, block: RubyProc | null, ...args: RubyValue[]) => RubyValue;
  return code(self, block, ...args);
}

/** Type or module -> names of its methods, for documentation. */
export function supportedMethods(): { readonly type: string; readonly methods: readonly string[] }[] {
  const list = (prefix: string, from: ReadonlyMap<string, ReadonlyMap<string, Method>>) =>
    [...from].map(([type, methods]) => ({ type: prefix + type, methods: [...methods.keys()].toSorted() }));
  return [...list('', tables), ...list('self.', singletons).map(({ type, methods }) => ({ type: type.slice(5) + '.', methods }))];
}
