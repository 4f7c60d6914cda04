/** Ruby's names of classes, and which class lies under which. */
import { RubyError, isErrorClass } from './ruby-error.ts';
import { RubyTime, typeOf, type RubyModule, type RubyValue } from './values.ts';

/** The name of a value's class. */
export function className(value: RubyValue): string {
  if (value instanceof RubyError) return value.rubyClass;
  if (value instanceof RubyTime && value.isDateTime) return 'DateTime';
  const type = typeOf(value);
  if (type === 'Module') return (value as RubyModule).kind === 'class' ? 'Class' : 'Module';
  if (type === 'URI') return 'URI::Generic';
  if (type === 'EventTime') return 'Fluent::EventTime';
  return type;
}

const ANCESTORS: Readonly<Record<string, readonly string[]>> = {
  Integer: ['Numeric', 'Comparable'],
  Float: ['Numeric', 'Comparable'],
  Rational: ['Numeric', 'Comparable'],
  String: ['Comparable'],
  Symbol: ['Comparable'],
  Time: ['Comparable'],
  Date: ['Comparable'],
  DateTime: ['Date', 'Comparable'],
  IPAddr: ['Comparable'],
  Array: ['Enumerable'],
  Hash: ['Enumerable'],
  Range: ['Enumerable'],
  Enumerator: ['Enumerable'],
  File: ['IO', 'Enumerable'],
  Class: ['Module'],
};

/** `value.is_a?(module)` */
export function isA(value: RubyValue, module: string): boolean {
  const name = className(value);
  if (name === module || module === 'Object' || module === 'BasicObject' || module === 'Kernel') return true;
  if (value instanceof RubyError) return isErrorClass(name, module);
  return ANCESTORS[name]?.includes(module) ?? false;
}
