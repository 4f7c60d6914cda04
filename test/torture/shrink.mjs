// Removes actions from a schedule as long as the run still fails ('delta debugging').

/**
 * @param {object} schedule one that fails
 * @param {(schedule: object) => Promise<boolean>} fails
 * @param {(text: string) => void} tell
 */
export async function shrink(schedule, fails, tell) {
  let { actions } = schedule;
  for (let pieces = 2; actions.length >= 2; ) {
    const size = Math.ceil(actions.length / pieces);
    let smaller;
    for (let from = 0; from < actions.length && !smaller; from += size) {
      const rest = [...actions.slice(0, from), ...actions.slice(from + size)];
      tell(`${actions.length} actions; trying without ${Math.min(size, actions.length - from)} of them`);
      if (await fails({ ...schedule, actions: rest })) smaller = rest;
    }
    if (smaller) {
      actions = smaller;
      pieces = Math.max(2, pieces - 1);
    } else if (size === 1) break;
    else pieces = Math.min(actions.length, pieces * 2);
  }
  return { ...schedule, actions };
}
