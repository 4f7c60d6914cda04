/** What a source counts: files, lines, and what becomes of them. */
import type { Counter, PluginContext } from '#logferry';

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

export function makeCounters({ metrics, log }: Pick<PluginContext, 'metrics' | 'log'>): TailCounters {
  const count = (name: string, help: string) => metrics.counter(`tail_${name}_total`, help);
  const abandoned = (reason: AbandonReason, file: AbandonedFile) => {
    metrics.counter('input_abandoned_files_total', 'Files that will not be read to their ends.', { reason }).add();
    metrics.counter('input_abandoned_bytes_total', 'Bytes of files that will never be read, as far as they are known.', { reason }).add(file.bytes);
    const { path, bytes, unsure } = file;
    const fields = { path, inode: Number(file.inode), bytes, reason };
    if (unsure) log.warn('a file was replaced and is not found; lines that were written to it since it was read last are lost', fields);
    else log.error('the rest of a file will not be read', fields);
  };
  const dropped = (reason: string) => metrics.counter('input_dropped_lines_total', 'Lines that never became events.', { reason });
  return {
    lines: metrics.counter('input_lines_total', 'Lines that were read.'),
    bytes: metrics.counter('input_bytes_total', 'Bytes that were read.'),
    dropped: {
      unparsed: dropped('unparsed'),
      tooLong: dropped('too_long'),
      beforeFirstLine: dropped('before_first_line'),
      notEmitted: dropped('not_emitted'),
    },
    joined: metrics.counter('input_joined_lines_total', 'Lines that became part of an event with others.'),
    abandoned,
    split: metrics.counter('input_split_events_total', 'Events beyond the first of the same lines.'),
    opened: count('file_opened', 'Files that were opened.'),
    closed: count('file_closed', 'Files that were closed.'),
    rotated: count('file_rotated', 'Rotations that were noticed.'),
    truncated: count('file_truncated', 'Files that became shorter and were read from their heads again.'),
    throttled: count('file_throttled', 'Turns in which a file was not read because of a limit.'),
    unreadable: count('file_unreadable', 'Files and folders that could not be opened or read.'),
    unmatched: count('unmatched_lines', 'Lines that the parser did not match.'),
    failures: count('position_save_failures', 'Attempts to save positions that failed.'),
  };
}
