import type { FaultRule } from './fault-rule.ts';

interface ActiveRule {
  readonly rule: FaultRule;
  readonly group: RegExp | undefined;
  readonly stream: RegExp | undefined;
  readonly random: () => number;
  /** Calls that fitted. */
  seen: number;
  /** Faults that were given. */
  used: number;
}

/** Chooses the calls that get a fault: the first rule that applies to a call wins. */
export class FaultInjector {
  #active: readonly ActiveRule[] = [];

  /** Replaces all rules and starts their counts anew. */
  set(rules: readonly FaultRule[]): void {
    this.#active = rules.map((rule) => ({
      rule,
      group: rule.group === undefined ? undefined : wildcard(rule.group),
      stream: rule.stream === undefined ? undefined : wildcard(rule.stream),
      random: seededRandom(rule.seed ?? 1),
      seen: 0,
      used: 0,
    }));
  }

  /** The rules with how many calls fitted (`seen`) and got the fault (`used`). */
  counts(): readonly { readonly rule: FaultRule; readonly seen: number; readonly used: number }[] {
    return this.#active.map(({ rule, seen, used }) => ({ rule, seen, used }));
  }

  /** The fault for this call, if it gets one. `contains`: whether one of its events has this text. */
  next(
    operation: string, group: string | undefined, stream: string | undefined, contains: (text: string) => boolean = () => false,
  ): FaultRule | undefined {
    for (const active of this.#active) {
      const { rule } = active;
      const wanted = rule.operation ?? 'PutLogEvents';
      if (wanted !== '*' && wanted !== operation) continue;
      if (active.group && !active.group.test(group ?? '')) continue;
      if (active.stream && !active.stream.test(stream ?? '')) continue;
      if (rule.containing !== undefined && !contains(rule.containing)) continue;
      const number = active.seen++ - (rule.skip ?? 0);
      if (number < 0 || active.used >= (rule.times ?? Infinity)) continue;
      if (rule.every !== undefined && (number + 1) % rule.every !== 0) continue;
      if (rule.probability !== undefined && active.random() >= rule.probability) continue;
      active.used++;
      return rule;
    }
    return undefined;
  }
}

function wildcard(pattern: string): RegExp {
  const parts = pattern.split(/\*+/).map((part) => part.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}

/** The generator 'mulberry32': numbers from 0 to below 1, the same ones for the same seed. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
