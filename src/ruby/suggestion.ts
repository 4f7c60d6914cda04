/** What may be used where, and what was probably meant. */
import { suggest } from '../lib/suggest.ts';
import { constantNames, constantValue } from './constants.ts';
import type { RubyScope } from './machine.ts';
import { allMethodNames, kernelFunction, kernelNames, supportedMethods } from './method.ts';

/** Functions that only configurations may call. */
const CONFIG_FUNCTIONS = new Set(['open', 'use_nil', 'use_default', 'worker_id']);

/** Methods of modules that read the file system. */
const READING: Readonly<Record<string, ReadonlySet<string>>> = {
  File: new Set([
    'read', 'open', 'new', 'readlines', 'foreach', 'exist?', 'file?', 'directory?', 'readable?', 'size', 'size?', 'zero?', 'empty?', 'binread', 'mtime',
  ]),
  IO: new Set(['read', 'readlines', 'binread', 'foreach']),
  Dir: new Set(['exist?']),
};

export function functionAllowed(name: string, scope: RubyScope): boolean {
  return scope === 'config' || !CONFIG_FUNCTIONS.has(name);
}

export function moduleMethodAllowed(module: string, name: string, scope: RubyScope): boolean {
  return scope === 'config' || !READING[module]?.has(name);
}

function didYouMean(name: string, known: Iterable<string>): string | undefined {
  const found = suggest(name, known);
  return found === undefined ? undefined : `did you mean '${found}'?`;
}

/** Hints for messages. */
export const suggestion = {
  constant: (path: string, scope: RubyScope): string | undefined =>
    didYouMean(path, constantNames().filter((name) => constantValue(name, scope) !== undefined)),
  method: (name: string): string | undefined => didYouMean(name, allMethodNames()),
  moduleMethod(module: string, name: string, scope: RubyScope): string | undefined {
    const table = supportedMethods().find(({ type }) => type === module + '.');
    const methods = table?.methods.filter((method) => moduleMethodAllowed(module, method, scope)) ?? [];
    return didYouMean(name, methods) ?? (methods.length > 0 ? `known are ${methods.join(', ')}` : undefined);
  },
  name(name: string, variables: readonly string[], scope: RubyScope): string | undefined {
    const functions = kernelNames().filter((known) => functionAllowed(known, scope));
    return didYouMean(name, [...variables, ...functions]) ?? (variables.length > 0 ? `variables are ${variables.join(', ')}` : undefined);
  },
  isFunction: (name: string, scope: RubyScope): boolean => kernelFunction(name) !== undefined && functionAllowed(name, scope),
};
