/** Plays what a real writer did to its files, step by step, into a directory. */
import { closeSync, ftruncateSync, mkdirSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FIXTURES, gunzip } from './fixtures.ts';

export interface TraceStep {
  readonly at: string;
  readonly ops?: readonly Operation[];
}

type Operation =
  | { readonly op: 'create' | 'unlink'; readonly file: string }
  | { readonly op: 'rename'; readonly file: string; readonly to: string }
  | { readonly op: 'size'; readonly file: string; readonly size: number }
  | { readonly op: 'write'; readonly file: string; readonly w: readonly (readonly [number, string])[] };

/** What journalctl saw at each step. */
export interface TraceSeen {
  readonly match: string;
  readonly entryMarks: readonly number[];
  readonly fileDeletedAt?: readonly number[];
  readonly visible: readonly (readonly [number, number])[];
}

export function readTrace(name: string): { readonly steps: TraceStep[]; readonly seen: TraceSeen } {
  const lines = gunzip(join(FIXTURES, 'live', `${name}.trace.jsonl.gz`)).toString().split('\n').filter((line) => line !== '');
  return {
    steps: lines.map((line) => JSON.parse(line) as TraceStep),
    seen: JSON.parse(gunzip(join(FIXTURES, 'live', `${name}.seen.json.gz`)).toString()) as TraceSeen,
  };
}

/** The writer: one descriptor for each file, kept over renames. */
export function tracePlayer(directory: string): { play(step: TraceStep, moment?: () => void): void; close(): void } {
  const descriptors = new Map<string, number>();
  const open = (file: string): number => {
    const path = join(directory, file);
    if (!descriptors.has(path)) descriptors.set(path, openSync(path, 'r+'));
    return descriptors.get(path)!;
  };
  const apply = (operation: Operation, moment: () => void): void => {
    const path = join(directory, operation.file);
    switch (operation.op) {
      case 'create':
        mkdirSync(dirname(path), { recursive: true });
        descriptors.set(path, openSync(path, 'w+'));
        break;
      case 'rename': {
        const to = join(directory, operation.to);
        renameSync(path, to);
        const descriptor = descriptors.get(path);
        descriptors.delete(path);
        if (descriptor !== undefined) descriptors.set(to, descriptor);
        break;
      }
      case 'unlink': {
        unlinkSync(path);
        const descriptor = descriptors.get(path);
        if (descriptor !== undefined) closeSync(descriptor);
        descriptors.delete(path);
        break;
      }
      case 'size':
        ftruncateSync(open(operation.file), operation.size);
        break;
      case 'write':
        for (const [offset, base64] of operation.w) {
          const bytes = Buffer.from(base64, 'base64');
          writeSync(open(operation.file), bytes, 0, bytes.length, offset);
          moment();
        }
        return;
    }
    moment();
  };
  return {
    play(step, moment = () => {}) {
      for (const operation of step.ops ?? []) apply(operation, moment);
    },
    close() {
      for (const descriptor of descriptors.values()) closeSync(descriptor);
      descriptors.clear();
    },
  };
}
