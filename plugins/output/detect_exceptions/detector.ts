/** Follows lines of one stream and says which of them belong to a stack trace. */
import { compileRegexp, type CompiledRegexp } from '#logferry';
import { START, type Rule, type State } from './languages.ts';

/** What a line is to the trace before it. */
export type Place =
  /** In no trace. */
  | 'outside'
  /** Goes on with the trace that is open, or is the first line of one. */
  | 'inside'
  /** The last line of the trace that is open. */
  | 'last'
  /** The first line of a trace; the one that was open is over. */
  | 'first';

/** The compiled rules of some languages; has no state of its own. */
export interface Detector {
  /** Reads one line in a state: what the line is, and the state after it. */
  read(state: State, line: string): { readonly place: Place; readonly state: State };
}

interface Step {
  readonly pattern: CompiledRegexp;
  readonly to: State;
}

export function createDetector(rules: readonly Rule[]): Detector {
  const steps = new Map<State, Step[]>();
  for (const { from, pattern, to } of rules) {
    for (const state of from) {
      const list = steps.get(state);
      const step = { pattern: compileRegexp(pattern), to };
      if (list) list.push(step);
      else steps.set(state, [step]);
    }
  }
  // Nearly all lines are in no trace: one look tells.
  const starts = rules.filter(({ from }) => from.includes(START)).map(({ pattern }) => `(?:${pattern})`);
  const mayStart = compileRegexp(starts.join('|'));

  const next = (state: State, line: string): State | undefined => {
    if (state === START && !mayStart.test(line)) return undefined;
    return steps.get(state)?.find(({ pattern }) => pattern.test(line))?.to;
  };
  return {
    read(state, line) {
      const to = next(state, line);
      if (to !== undefined) return { place: to === START ? 'last' : 'inside', state: to };
      if (state === START) return OUTSIDE;
      // It may be the beginning of another trace.
      const begun = next(START, line);
      return begun === undefined ? OUTSIDE : { place: 'first', state: begun };
    },
  };
}

const OUTSIDE = { place: 'outside', state: START } as const;
