/** What all files of one source have in common: how their lines become events, limits, counters. */
import type { Clock, Counter, Logger, Router, Tag } from '#logferry';
import type { Groups } from './allowance.ts';
import type { ResolvePath } from './file-path.ts';
import type { LineEvents } from './line-events.ts';
import type { SplitOptions } from './line-block.ts';
import type { MultilineText } from './multiline.ts';
import type { Scratch } from './scratch.ts';
import type { Tallies } from './tallies.ts';

export interface TailCounters {
  readonly lines: Counter;
  readonly bytes: Counter;
  readonly opened: Counter;
  readonly closed: Counter;
  readonly rotated: Counter;
  readonly truncated: Counter;
  readonly throttled: Counter;
  readonly unreadable: Counter;
  readonly unmatched: Counter;
  readonly failures: Counter;
  readonly dropped: DroppedLines;
  /** Lines that became part of an event with others. */
  readonly joined: Counter;
  /** Events beyond the first of the same lines. */
  readonly split: Counter;
  /** Nobody will read these bytes: it is counted, and said. */
  readonly abandoned: (reason: AbandonReason, file: AbandonedFile) => void;
}

/** Why bytes of a file will never be read. */
export type AbandonReason =
  /** The file was deleted while its descriptor was closed, or the agent was down. */
  | 'deleted'
  /** It became shorter before it was read to its end. */
  | 'truncated'
  /** More rotated files of a path than `rotated_files_limit`. */
  | 'too_many'
  /** `rotated_wait_limit` was over. */
  | 'too_old'
  /** Its compressed copy is damaged. */
  | 'damaged';

export interface AbandonedFile {
  readonly path: string;
  readonly inode: bigint;
  /** As far as it is known. */
  readonly bytes: number;
  /** Whether anything is left in it at all is not known. */
  readonly unsure?: boolean;
}

/** Lines that never became events, by reason. */
export interface DroppedLines {
  readonly unparsed: Counter;
  readonly tooLong: Counter;
  readonly beforeFirstLine: Counter;
  readonly notEmitted: Counter;
}

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
