/** ENV and Socket: what can be known about where the agent runs. */
import { textArgument } from '../arguments.ts';
import { inspect } from '../inspect.ts';
import { machine } from '../machine.ts';
import { ANY, defineModule, send } from '../method.ts';
import { rubyError } from '../ruby-error.ts';
import type { RubyHash, RubyValue } from '../values.ts';

function variable(name: RubyValue): string | null {
  const { env } = machine().host;
  const key = textArgument(name);
  return Object.hasOwn(env, key) ? (env[key] ?? null) : null;
}

function all(): RubyHash {
  const hash: RubyHash = new Map();
  for (const [name, value] of Object.entries(machine().host.env)) if (value !== undefined) hash.set(name, value);
  return hash;
}

/** Methods that ENV has because it is like a hash; those that change it are not there. */
const LIKE_HASH = [
  'each', 'each_pair', 'map', 'collect', 'flat_map', 'select', 'filter', 'reject', 'find', 'detect', 'any?', 'all?', 'none?', 'count', 'size',
  'length', 'empty?', 'keys', 'values', 'values_at', 'slice', 'except', 'key', 'value?', 'has_value?', 'to_a', 'to_h', 'sort', 'sort_by',
  'filter_map', 'each_with_object', 'min_by', 'max_by', 'group_by', 'partition', 'sum', 'inject', 'reduce', 'invert', 'inspect',
];

defineModule('ENV', {
  ...Object.fromEntries(
    LIKE_HASH.map((name) => [
      name,
      [0, ANY, (_: unknown, block: Parameters<typeof send>[3], ...args: RubyValue[]) => send(all(), name, args.filter((arg) => arg !== undefined), block)] as const,
    ]),
  ),
  '[]': [1, 1, (_, __, name) => variable(name)],
  fetch: [1, 2, (_, block, name, fallback) => {
    const value = variable(name);
    if (value !== null) return value;
    if (block) return block.call1(name);
    if (fallback !== undefined) return fallback;
    throw rubyError('KeyError', `key not found: ${inspect(name)}`);
  }],
  'key?': [1, 1, (_, __, name) => variable(name) !== null],
  'has_key?': [1, 1, (_, __, name) => variable(name) !== null],
  'include?': [1, 1, (_, __, name) => variable(name) !== null],
  'member?': [1, 1, (_, __, name) => variable(name) !== null],
  to_hash: [0, 0, () => all()],
});

defineModule('Socket', { gethostname: [0, 0, () => machine().host.hostname()] });
