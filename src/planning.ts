/**
 * What plugins offer to a dry run: inputs read all that is there once, outputs say what they would send. Neither opens a
 * connection or writes anything. Types alone.
 */
import type { Ack, EventBatch, Tag } from './event.ts';
import type { Chunk } from './plugin/chunk.ts';
import type { Awaitable } from './plugin/lifecycle.ts';

/** One reading of everything that an input finds; what it finds is told to the caller, and nothing is remembered. */
export interface Scan {
  /** Only this, if it is given. */
  readonly only: ScanRange | undefined;
  /** Told once, before anything is read. */
  found(found: ScanFound): void;
  /** A file (or a journal) is read from here on; `bytes` is its size if that is known. */
  begin(path: string, tag: Tag, bytes: number): void;
  /**
   * Told in front of each batch: the number (from 1) of its first line, where it begins in the file, and how many lines it has;
   * of a part of a file it is one event, made of those lines.
   * The result is the batch's acknowledgement.
   */
  at(line: number, byte: number, lines: number): Ack | undefined;
  /** Of a part of a file: each line in front of its parsing. */
  text?(line: number, text: string): void;
  /** Whether the next line that does not match is wanted as a sample. */
  wantsUnmatched(): boolean;
  unmatched(line: number, text: string): void;
  tooLong(line: number): void;
  /** The file is read to its end; totals of it. */
  end(file: ScannedFile): void;
  /** Nothing more is wanted. */
  readonly done: boolean;
}

/** A part of one file, read line by line: each line is a batch of its own. */
export interface ScanRange {
  readonly path: string;
  /** Where a line begins, and its number. */
  readonly byte: number;
  readonly line: number;
}

export interface ScanFound {
  /** What will be read. */
  readonly files: readonly string[];
  /** As configured: paths, patterns, folders. */
  readonly patterns: readonly string[];
  readonly excluded: readonly string[];
  /** What is there and is not read; `lost`: it should have been. */
  readonly skipped: readonly { readonly path: string; readonly reason: string; readonly lost: boolean }[];
}

export interface ScannedFile {
  readonly lines: number;
  readonly bytes: number;
  readonly events: number;
  readonly unmatched: number;
  /** Whether lines that do not match become events all the same. */
  readonly emitsUnmatched: boolean;
  readonly tooLong: number;
  /** Bytes behind the last line break. */
  readonly unfinished: number;
  /** A sentence if the content is not what such a source reads. */
  readonly note: string | undefined;
}

/** What an output would do. */
export interface OutputPlanning {
  /** The name of the place that a chunk goes to, for outputs that send chunks as they are. */
  name?(chunk: Chunk): string;
  /** What becomes of a chunk, by destination; for outputs that divide it. `samples`: so many events of each are shown. */
  deliveries?(chunk: Chunk, samples: number): Awaitable<readonly Delivery[]>;
  /** Ids of what will be found wrong with events of this batch when their chunk is planned. */
  look?(batch: EventBatch, nowMs: number): readonly string[];
  /** Events so far that were not taken or were changed, by id (see `ProblemId` of the dry run's report). Running totals. */
  troubles?(): ReadonlyMap<string, number>;
}

/** The events of one chunk that go to one place. */
export interface Delivery {
  readonly name: string;
  readonly events: number;
  readonly bytes: number;
  /** Requests. */
  readonly batches: number;
  /** Milliseconds since 1970. */
  readonly firstMs: number;
  readonly lastMs: number;
  readonly samples: readonly { readonly timeMs: number; readonly text: string; readonly bytes: number }[];
  /** Of a destination in CloudWatch Logs. */
  readonly stream?: PlannedStream | undefined;
}

export interface PlannedStream {
  readonly group: string;
  readonly stream: string;
  readonly region: string | undefined;
  /** Whether group and stream are made if they do not exist. */
  readonly creates: boolean;
  readonly retentionDays: number | undefined;
  readonly tags: Readonly<Record<string, string>>;
}
