/**
 * A closed part of Ruby for expressions in configurations: `"#{...}"`, and `${...}` of filters.
 *
 * An expression is read and compiled once, to closures; nothing is handed to a JavaScript evaluator.
 * It can reach its variables, the methods of the tables in `methods/`, and, in a configuration's own
 * expressions, files for reading. What is outside of that is an error with its place when the
 * configuration is read.
 */
import { ConfigError, type Location } from '../errors.ts';
import type { LogRecord, Value } from '../lib/value.ts';
import { compile, type Context } from './compile.ts';
import { systemHost, type RubyHost } from './host.ts';
import { toText } from './inspect.ts';
import { enter, MAX_BITS, MAX_ITEMS, MAX_STEPS, MAX_TEXT, type Machine, type RubyScope } from './machine.ts';
import { supportedMethods } from './method.ts';
import './methods/all.ts';
import { parseRuby } from './parser.ts';
import { RubyError, RubyLimitError, RubySpecial } from './ruby-error.ts';
import { ReturnSignal, NextSignal, BreakSignal } from './signals.ts';
import { RubySyntaxError } from './syntax-error.ts';
import { Frame, type RubyHash, type RubyValue } from './values.ts';

export type { RubyHost } from './host.ts';
export { systemHost } from './host.ts';
export { toText as rubyText, inspect as rubyInspect } from './inspect.ts';
export type { RubyScope } from './machine.ts';
export { RubyError, RubyLimitError } from './ruby-error.ts';
export { toRecordValue } from './record-value.ts';
export { RubyEventTime, RubyTime, type RubyValue } from './values.ts';

export interface RubyOptions {
  /** Place of the first character of the source. */
  readonly at: Location;
  readonly scope: RubyScope;
  /** Names of the variables that `run` gets. */
  readonly variables?: readonly string[] | undefined;
  readonly host?: RubyHost | undefined;
  /** How the whole thing is quoted in messages; the source in `#{}` or `${}` by default. */
  readonly quoted?: string | undefined;
  /** How many characters at the start of the source stand in no file. */
  readonly offset?: number | undefined;
}

/** Values of the variables; those that are not in `uses` may be left out. */
export type RubyVariables = Readonly<Record<string, RubyValue>>;

/** A compiled expression. */
export interface RubyProgram {
  readonly source: string;
  /** The variables that it reads. */
  readonly uses: readonly string[];
  /** Whether it may change lists and hashes in place: give it copies (`copyForRuby`) then. */
  readonly mutates: boolean;
  /**
   * Runs it. `state` holds the `@variables`, which a filter's expressions share.
   * Throws {@link RubyError} for Ruby's own errors, and {@link RubyLimitError}.
   */
  run(variables: RubyVariables, state?: Map<string, RubyValue>): RubyValue;
}

const NO_VARIABLES: RubyVariables = {};

/** Compiles an expression, or several statements. Throws ConfigError with the place of what is wrong. */
export function compileRuby(source: string, options: RubyOptions): RubyProgram {
  const { scope, variables = [], host = systemHost } = options;
  const context: Context = { scope, variables, used: new Set(), mutates: false, blocksOf: [] };
  const code = explained(source, options, () => compile(parseRuby(source, variables).body, context));
  const uses = variables.filter((name) => context.used.has(name));
  const slots = uses.map((name) => variables.indexOf(name));
  // As long as the last one that is read: the rest grows where it is assigned.
  const nothing: readonly null[] = Array.from({ length: Math.max(0, ...slots.map((slot) => slot + 1)) }, () => null);
  const own = new Map<string, RubyValue>();
  const machine: Machine = { steps: 0, match: null, error: null, scope, host, state: own };
  return {
    source,
    uses,
    mutates: context.mutates,
    run(given = NO_VARIABLES, state = own) {
      const vars: RubyValue[] = nothing.slice();
      for (let i = 0; i < slots.length; i++) {
        const name = uses[i]!;
        // Nearly all read the record: a name that is known is found faster than any.
        vars[slots[i]!] = (name === 'record' ? given['record'] : given[name]) ?? null;
      }
      machine.steps = 0;
      machine.match = null;
      machine.error = null;
      machine.state = state;
      const before = enter(machine);
      try {
        return code(new Frame(vars, null));
      } catch (error) {
        if (error instanceof ReturnSignal) return error.value;
        throw asError(error);
      } finally {
        enter(before);
      }
    },
  };
}

/** V8's own limits are limits of the expression; jumps that have left their block are errors of it. */
function asError(error: unknown): unknown {
  if (error instanceof NextSignal || error instanceof BreakSignal) return new RubyError('LocalJumpError', 'unexpected jump out of a block');
  // a method met something that its table did not foresee: an error of this event, not of the agent
  if (error instanceof TypeError) return new RubyError('TypeError', error.message);
  if (error instanceof RangeError) return new RubyLimitError(`the expression is nested or grows too much: ${error.message}`);
  return error;
}

function explained<T>(source: string, options: RubyOptions, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const quoted = options.quoted ?? (options.scope === 'config' ? `#{${source}}` : `\${${source}}`);
    if (error instanceof RubySyntaxError) {
      const at = placeWithin(options.at, source, error.index - (options.offset ?? 0));
      throw new ConfigError(`Ruby in ${quoted}: ${error.message}`, at, error.hint);
    }
    if (error instanceof RangeError) throw new ConfigError(`Ruby in ${quoted}: nested too deeply`, options.at);
    throw error;
  }
}

function placeWithin(start: Location, source: string, index: number): Location {
  const before = source.slice(0, Math.max(0, index));
  const lines = before.split('\n');
  if (lines.length === 1) return { ...start, column: start.column + before.length };
  return { ...start, line: start.line + lines.length - 1, column: lines[lines.length - 1]!.length + 1 };
}

/**
 * Compiles a text with `${...}` in it, as record_transformer (`brackets`: the text is what stands in
 * `%Q[...]`) and record_modifier (`quotes`: in double quotes) do: escapes in the text count.
 */
export function compileRubyText(text: string, style: 'brackets' | 'quotes', options: RubyOptions): RubyProgram {
  const [open, close] = style === 'brackets' ? ['%Q[', ']'] : ['"', '"'];
  const source = open + text.replaceAll('${', '#{') + close;
  return compileRuby(source, { quoted: text, ...options, offset: open.length });
}

/** An evaluator for the configuration parser: texts, or a symbol named `use_nil` or `use_default`. */
export function configEvaluator(host: RubyHost = systemHost): (source: string, at: Location) => string | symbol {
  return (source, at) => {
    const program = compileRuby(source, { at, scope: 'config', host });
    try {
      return toText(program.run(NO_VARIABLES));
    } catch (error) {
      if (error instanceof RubySpecial) return Symbol(`use_${error.special}`);
      if (error instanceof RubyError) {
        throw new ConfigError(`Ruby in #{${source}} failed: ${error.message} (${error.rubyClass})`, at);
      }
      if (error instanceof RubyLimitError) throw new ConfigError(`Ruby in #{${source}} failed: ${error.message}`, at);
      throw error;
    }
  };
}

/** A deep copy of a record, for expressions that change lists and hashes in place. */
export function copyForRuby(record: LogRecord): RubyHash {
  const copy: RubyHash = new Map();
  for (const [key, value] of record) copy.set(key, copyValue(value));
  return copy;
}

function copyValue(value: Value): RubyValue {
  if (Array.isArray(value)) return value.map(copyValue);
  if (value instanceof Map) return copyForRuby(value as LogRecord);
  return value as RubyValue;
}

/** What one run of an expression may use. */
export const RUBY_LIMITS = { steps: MAX_STEPS, textUnits: MAX_TEXT, items: MAX_ITEMS, bits: MAX_BITS } as const;

/** Types and modules with the methods that are understood, from the tables themselves. */
export function rubySupport(): { readonly type: string; readonly methods: readonly string[] }[] {
  return supportedMethods();
}
