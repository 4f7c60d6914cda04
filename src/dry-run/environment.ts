/** Environment variables of a dry run: given ones, and those that are asked for and missing. */
import type { Evaluate } from '../config/embedded.ts';
import type { Location } from '../errors.ts';
import { configEvaluator, systemHost } from '../ruby/index.ts';

/** A variable that nobody set, and the first place that asks for it. */
export interface MissingVariable {
  readonly name: string;
  readonly at: Location;
  /** Whether the configuration goes on without it, by a default of its own. */
  readonly hasDefault: boolean;
}

export interface DryEnvironment {
  readonly evaluate: Evaluate;
  /** Sorted by name. */
  missing(): readonly MissingVariable[];
}

/** What an expression is worth that cannot be evaluated: reading goes on, so that all missing variables are found at once. */
const STAND_IN = 'missing';

/** An expression that says itself what is to be where a variable is missing, if only an empty text. */
const HAS_DEFAULT = /\|\||[?,]/;

/** What the agent sets itself. */
const OWN: ReadonlyMap<string, string> = new Map([['SERVERENGINE_WORKER_ID', '0']]);

export function createEnvironment(env: Readonly<Record<string, string | undefined>>): DryEnvironment {
  const missing = new Map<string, MissingVariable>();
  let asked = new Set<string>();
  const watched = new Proxy(env, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver) ?? (typeof name === 'string' ? OWN.get(name) : undefined);
      if (value === undefined && typeof name === 'string') asked.add(name);
      return value;
    },
    has(target, name) {
      const there = Reflect.has(target, name) || OWN.has(String(name));
      if (!there && typeof name === 'string') asked.add(name);
      return there;
    },
    getOwnPropertyDescriptor(target, name) {
      const own = OWN.get(String(name));
      const found = Reflect.getOwnPropertyDescriptor(target, name) ?? (own === undefined ? undefined : { value: own, writable: true, enumerable: true, configurable: true });
      if (!found && typeof name === 'string') asked.add(name);
      return found;
    },
  });
  const inner = configEvaluator({ ...systemHost, env: watched, workerId: 0 });
  const note = (at: Location, hasDefault: boolean): void => {
    for (const name of asked) if (!missing.has(name) || (missing.get(name)!.hasDefault && !hasDefault)) missing.set(name, { name, at, hasDefault });
  };
  return {
    evaluate(source, at) {
      asked = new Set();
      try {
        const value = inner(source, at);
        note(at, value !== '' || HAS_DEFAULT.test(source));
        return value;
      } catch (error) {
        if (asked.size === 0) throw error;
        note(at, false);
        return STAND_IN;
      }
    },
    missing: () => [...missing.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

/** `NAME=value` lines as `docker run --env-file` reads them: `#` begins a comment, an `export ` in front is left out. Throws with the line's number. */
export function parseEnvironment(text: string, file: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const trimmed = line.trim().replace(/^export\s+/, '');
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const [name, value] = parseVariable(trimmed, `${file}:${i + 1}`);
    const quoted = /^(["'])(.*)\1$/s.exec(value);
    found.set(name, quoted ? quoted[2]! : value);
  }
  return found;
}

/** `NAME=value`. Throws an Error that begins with `where`. */
export function parseVariable(text: string, where: string): [string, string] {
  const at = text.indexOf('=');
  const name = text.slice(0, at);
  if (at < 1 || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new Error(`${where}: expected NAME=VALUE, found '${text}'`);
  return [name, text.slice(at + 1)];
}
