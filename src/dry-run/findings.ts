/** What is lost, rejected or altered: counted, with places in the logs to look for samples. */
import type { Step } from '../plugin.ts';
import type { LogPlace, ProblemId, ProblemSample } from './report.ts';

/** Samples of each problem. */
export const MAX_SAMPLES = 3;
/** Characters of a sample. */
export const SAMPLE_CHARACTERS = 512;

/** Lines among which one has the problem. */
export interface Seed {
  /** Number of the input. */
  readonly source: number;
  readonly path: string;
  /** Where to begin to read: a block in front of the one that has it, as lines may be joined. */
  readonly byte: number;
  readonly line: number;
  /** The last line that may be it. */
  readonly lastLine: number;
  /** It showed only when what filters held was let go, at the end. */
  readonly atFlush: boolean;
}

export interface Finding {
  readonly id: ProblemId;
  /** undefined: in no step. */
  readonly step: Step | undefined;
  /** Set apart what has the same id and step: a label, an error. */
  readonly about: string;
  count: number;
  readonly samples: ProblemSample[];
  readonly seeds: Seed[];
}

export class Findings {
  readonly #all = new Map<string, Finding>();

  add(id: ProblemId, step: Step | undefined, about: string, count: number, seed?: Seed): Finding {
    const key = `${id} ${step ? step.id : ''} ${about}`;
    let finding = this.#all.get(key);
    if (!finding) this.#all.set(key, (finding = { id, step, about, count: 0, samples: [], seeds: [] }));
    finding.count += count;
    const last = finding.seeds.at(-1);
    // From different files, if there are some.
    if (seed && finding.seeds.length < MAX_SAMPLES && !(last?.path === seed.path && last.lastLine === seed.lastLine)) finding.seeds.push(seed);
    return finding;
  }

  get all(): readonly Finding[] {
    return [...this.#all.values()];
  }
}

/** A sample of a text. */
export function sampleOf(text: string, origin: LogPlace | null, more: Partial<Omit<ProblemSample, 'text' | 'origin'>> = {}): ProblemSample {
  const shown = text.length > SAMPLE_CHARACTERS ? `${text.slice(0, SAMPLE_CHARACTERS)}…` : text;
  return { origin, tag: null, bytes: null, time: null, detail: null, ...more, text: shown.toWellFormed?.() ?? shown };
}
