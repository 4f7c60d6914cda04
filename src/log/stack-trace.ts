/** Stack traces of errors in the agent's log: which lines, and whether the last one was the same. */

/** The frames of an error and of its causes, outermost first; undefined if it has none. */
export function framesOf(error: unknown): readonly string[] | undefined {
  const frames: string[] = [];
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const own = (at.stack ?? '').split('\n').map((line) => line.trim()).filter((line) => line.startsWith('at '));
    if (own.length > 0 && depth > 0) frames.push(`caused by ${at.name}`);
    frames.push(...own);
  }
  return frames.length > 0 ? frames : undefined;
}

export interface StackOptions {
  /** A trace that is the same as the one before is told of in one line. */
  readonly suppressRepeated: boolean;
  /** Within so many milliseconds it is left out completely. */
  readonly ignoreRepeatedMs: number | undefined;
}

/** Lines of a trace to print; none, or one that says that it was the same. */
export class StackTraces {
  #last = '';
  #lastAt = -Infinity;

  lines(frames: readonly string[], { suppressRepeated, ignoreRepeatedMs }: StackOptions, nowMs: number): readonly string[] {
    const text = frames.join('\n');
    const isSame = text === this.#last;
    if (isSame && ignoreRepeatedMs !== undefined && nowMs - this.#lastAt <= ignoreRepeatedMs) return [];
    this.#last = text;
    this.#lastAt = nowMs;
    return isSame && suppressRepeated ? ['suppressed same stacktrace'] : frames;
  }
}
