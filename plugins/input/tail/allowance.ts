/**
 * How much of a file may be read now: `read_bytes_limit_per_second`, and the rules of `<group>`.
 *
 * A rule's limit is one of lines in a period, shared evenly by the files that the rule covers. A
 * file at its limit waits for the next period: it is delayed, and loses nothing. Limit 0: never read.
 */
import { compileRegexp, groupText, type CompiledRegexp, type RegexpLiteral } from '#logferry';

/** A number of units in each period, counted from the first use. */
export class Quota {
  readonly #periodMs: number;
  #startedAt = -Infinity;
  #used = 0;

  constructor(periodMs: number) {
    this.#periodMs = periodMs;
  }

  /** What is left of `limit` at a time (milliseconds). */
  left(limit: number, now: number): number {
    if (now - this.#startedAt >= this.#periodMs) {
      this.#startedAt = now;
      this.#used = 0;
    }
    return Math.max(0, limit - this.#used);
  }

  use(units: number): void {
    this.#used += units;
  }

  /** Milliseconds until the next period. */
  waitMs(now: number): number {
    return Math.max(1, this.#startedAt + this.#periodMs - now);
  }
}

export interface GroupRule {
  /** Named group of the pattern -> what it has to match. */
  readonly match: ReadonlyMap<string, readonly CompiledRegexp[]>;
  /** Lines in a period; -1: any number. */
  readonly limit: number;
}

/** The paths of one rule; an old file and the one that took its place count once, and share what they may read. */
interface Members {
  readonly rule: GroupRule;
  readonly paths: Map<string, { readonly quota: Quota; files: number }>;
}

/** What a file may read because of its group. */
export interface GroupShare {
  /** Whether it is never read. */
  readonly closed: boolean;
  lines(now: number): number;
  use(lines: number): void;
  waitMs(now: number): number;
  leave(): void;
}

export class Groups {
  readonly #pattern: CompiledRegexp;
  readonly #members: readonly Members[];
  readonly #periodMs: number;

  /** Rules with more conditions are asked first. */
  constructor(pattern: CompiledRegexp, rules: readonly GroupRule[], periodMs: number) {
    this.#pattern = pattern;
    this.#periodMs = periodMs;
    this.#members = rules.toSorted((a, b) => b.match.size - a.match.size).map((rule) => ({ rule, paths: new Map() }));
  }

  /** Adds a file; undefined if no rule covers it. */
  join(path: string): GroupShare | undefined {
    const match = this.#pattern.exec(path);
    if (!match) return undefined;
    const names = new Map(this.#pattern.groups.map((group) => [group.name, groupText(match, group) ?? '']));
    const members = this.#members.find(({ rule }) =>
      [...rule.match].every(([name, patterns]) => patterns.some((pattern) => pattern.test(names.get(name) ?? ''))));
    if (!members || members.rule.limit < 0) return undefined;
    const { limit } = members.rule;
    const { paths } = members;
    const member = paths.get(path) ?? { quota: new Quota(this.#periodMs), files: 0 };
    member.files++;
    paths.set(path, member);
    return {
      closed: limit === 0,
      lines: (now) => (limit === 0 ? 0 : member.quota.left(Math.max(1, Math.floor(limit / paths.size)), now)),
      use: (lines) => member.quota.use(lines),
      waitMs: (now) => member.quota.waitMs(now),
      leave() {
        if (--member.files === 0) paths.delete(path);
      },
    };
  }
}

/** Compiles what a rule's `match` says; values are `/pattern/` or lists of them. */
export function compileMatch(match: ReadonlyMap<string, unknown>): Map<string, CompiledRegexp[]> {
  const out = new Map<string, CompiledRegexp[]>();
  for (const [name, value] of match) out.set(name, (Array.isArray(value) ? value : [value]).map(compileOne));
  return out;
}

function compileOne(value: unknown): CompiledRegexp {
  if (typeof value === 'object' && value !== null && 'source' in value) {
    const { source, options } = value as RegexpLiteral;
    return compileRegexp(source, options);
  }
  const found = /^\/(.*)\/([imx]*)$/s.exec(String(value));
  return found ? compileRegexp(found[1]!, found[2]!) : compileRegexp(String(value));
}
