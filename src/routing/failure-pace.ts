/** `<system> emit_error_log_interval`: how often a failed emit is logged, all tags and labels together. */

/** Gives whether to log one now; undefined if the interval, which is asked for each time in seconds, is not set. `now` is in milliseconds. */
export function createFailurePace(intervalSec: () => number | undefined, now: () => number): () => boolean | undefined {
  let last = -Infinity;
  return () => {
    const seconds = intervalSec();
    if (seconds === undefined) return undefined;
    const at = now();
    if (at - last < seconds * 1000) return false;
    last = at;
    return true;
  };
}
