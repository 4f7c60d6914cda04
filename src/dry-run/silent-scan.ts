/** A scan that is only told to look at one file: nobody listens to what else it finds. */
import type { Scan } from '../planning.ts';

/** All but what is to be read, and the end. */
export const SILENT_SCAN: Omit<Scan, 'only' | 'done'> = {
  found: () => {},
  begin: () => {},
  at: () => undefined,
  wantsUnmatched: () => false,
  unmatched: () => {},
  tooLong: () => {},
  end: () => {},
};
