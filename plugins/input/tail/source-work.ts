/** What all files of one source have in common: how their lines become events, limits, counters. */
import type { Clock, Logger, Router, Tag } from '#logferry';
import type { Groups } from './allowance.ts';
import type { TailCounters } from './counters.ts';
import type { ResolvePath } from './file-path.ts';
import type { LineEvents } from './line-events.ts';
import type { SplitOptions } from './line-block.ts';
import type { MultilineText } from './multiline.ts';
import type { Scratch } from './scratch.ts';
import type { Tallies } from './tallies.ts';

export interface SourceWork {
  readonly router: Router;
  readonly log: Logger;
  readonly clock: Clock;
  readonly counters: TailCounters;
  readonly tallies: Tallies;
  readonly events: LineEvents;
  readonly scratch: Scratch;
  readonly split: SplitOptions;
  readonly groups: Groups | undefined;
  readonly bytesPerSecond: number | undefined;
  readonly emitUnmatched: boolean;
  readonly multilineFlushMs: number | undefined;
  readonly resolve: ResolvePath;
  readonly tagOf: (path: string) => Tag;
  /** The place where a file's lines wait for each other; undefined if each line is an event. */
  readonly multiline: (path: () => string) => MultilineText | undefined;
  /** Lines of a file were left out because of their length. */
  readonly tooLong: (path: string, lines: number) => void;
  /** Events could not be emitted and will not be tried again. */
  readonly emitFailed: (file: { readonly path: string; readonly tag: Tag }, events: number, error: unknown) => void;
}
