/** `===`: what `when`, `grep`, `any?(pattern)` test with. */
import { isA } from './class-name.ts';
import { compare, equals } from './equality.ts';
import { ipIncludes, parseIp } from './ip.ts';
import { truthy, RubyIp, RubyMatch, RubySymbol, type RubyRange, type RubyValue } from './values.ts';
import { match } from './matching.ts';
import { machine } from './machine.ts';
import { RubyError } from './ruby-error.ts';

/** `pattern === value` */
export function caseEquals(pattern: RubyValue, value: RubyValue): boolean {
  if (typeof pattern !== 'object' || pattern === null || !('type' in pattern)) return equals(pattern, value);
  switch (pattern.type) {
    case 'Module':
      return isA(value, pattern.name);
    case 'Range':
      return rangeCovers(pattern, value);
    case 'Regexp': {
      const text = value instanceof RubySymbol ? value.name : value;
      if (typeof text === 'string') return match(pattern, text) !== null;
      machine().match = null;
      return false;
    }
    case 'Proc':
      return truthy(pattern.call1(value));
    case 'IPAddr':
      return ipCovers(pattern, value);
    default:
      return value instanceof RubyMatch ? pattern === value : equals(pattern, value);
  }
}

function ipCovers(network: RubyIp, value: RubyValue): boolean {
  if (value instanceof RubyIp) return ipIncludes(network, value);
  if (typeof value !== 'string') return false;
  try {
    return ipIncludes(network, parseIp(value));
  } catch (error) {
    if (error instanceof RubyError) return false;
    throw error;
  }
}

/** Whether the value lies between the ends. */
export function rangeCovers(range: RubyRange, value: RubyValue): boolean {
  if (range.first !== null) {
    const low = compare(range.first, value);
    if (low === undefined || low > 0) return false;
  }
  if (range.last === null) return true;
  const high = compare(value, range.last);
  return high !== undefined && (range.exclusive ? high < 0 : high <= 0);
}
