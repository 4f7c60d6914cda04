/** By how much times that are compared may differ. */

/** Times of the file system may differ by this from the order of events, milliseconds. */
export const CLOCK_SLACK_MS = 1000;
/** The kernel's clock for files goes in steps of at most this, milliseconds. */
export const TICK_MS = 20;
/**
 * How long before positions were saved a path may have been looked at last, milliseconds: a look can be slow, and positions of
 * other files are saved meanwhile.
 */
export const LOOK_SLACK_MS = 10_000;
