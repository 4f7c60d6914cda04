/** Of the report of a dry run: what would be lost, rejected or altered. */
import type { Location } from '../errors.ts';

/** Stable ids of what can happen to a line or an event. */
export type ProblemId =
  /** A line did not match the parser: dropped, or emitted as `unmatched_line`. */
  | 'unmatched-line'
  /** A line beyond `max_line_size`. */
  | 'line-too-long'
  /** A file that matched and could not be read. */
  | 'unreadable-file'
  /** A file whose content is not lines of text: compressed, binary. */
  | 'not-text'
  /** No `<match>` took the tag. */
  | 'no-match'
  /** A filter or output gave the event to `@ERROR`, and there it is dropped or logged. */
  | 'error-event'
  /** An event of several lines was never finished: it goes where the filter's timeout sends it. */
  | 'unfinished-event'
  /** No name for group or stream. */
  | 'no-group' | 'no-stream'
  /** A name that the service does not allow. */
  | 'invalid-name'
  /** Older than the service takes (14 days), or than the group keeps. */
  | 'too-old'
  /** More than two hours ahead. */
  | 'too-new'
  /** Larger than one event may be. */
  | 'too-large'
  /** Nothing to send: the message is empty. */
  | 'empty'
  /** Bytes that are not UTF-8 become replacement characters. */
  | 'invalid-utf8'
  /** Cut at `max_message_length`. */
  | 'cut'
  /** An output reported something of its own. */
  | 'other';

/** What would be lost, rejected or altered, by one cause. */
export interface ProblemReport {
  readonly id: ProblemId;
  /** `lost`: lines or events that do not arrive; `altered`: they arrive changed; `note`: nothing is lost, but look at it. */
  readonly effect: 'lost' | 'altered' | 'note';
  /** One sentence: what happens and why. */
  readonly message: string;
  /** What to do about it; null if nothing is known. */
  readonly hint: string | null;
  /** Where it happens; null if it is not in one step. */
  readonly step: number | null;
  /** The place in the configuration that decides it. */
  readonly at: Location | null;
  /** Lines or events; of `unreadable-file` and `not-text` files. */
  readonly count: number;
  /** Three at most. */
  readonly samples: readonly ProblemSample[];
}

/** One of the lines or events that a problem is about. */
export interface ProblemSample {
  /** Where the event's first line stands. Null if that could not be found. */
  readonly origin: LogPlace | null;
  readonly tag: string | null;
  /** The line, or the event as it would be stored; cut at 512 characters. */
  readonly text: string;
  /** Bytes of the whole, where that matters. */
  readonly bytes: number | null;
  /** Time of the event. */
  readonly time: string | null;
  /** What is special about this one: the error, the name, ... */
  readonly detail: string | null;
}

/** A line of a log. */
export interface LogPlace {
  readonly path: string;
  /** From 1. Of a journal the number of the entry. */
  readonly line: number;
}
