/**
 * Of a chunk that is left behind only those packed batches are held that have events which wait: the others are acknowledged,
 * so that the positions of their inputs move on, and their memory is given back.
 */
import type { Chunk } from '#logferry';
import { keyOf, type Plan, type Progress } from './progress.ts';

/** Gives back what is through; whether there was something. `packed`: the chunk's when it was planned; undefined: released before. */
export function shed(chunk: Pick<Chunk, 'release'>, { tasks, broken }: Plan, progress: Progress, packed: (Buffer | undefined)[] | undefined): boolean {
  // A chunk that will be set aside is set aside as a whole.
  if (!packed || !chunk.release || progress.unkept || broken) return false;
  const waiting = new Set<number>();
  for (const task of tasks) {
    const { parts, rows } = task.stretch;
    for (let i = progress.done.get(keyOf(task)) ?? 0; i < rows.length; i++) waiting.add(parts[i]!);
  }
  const through = new Set([...packed.keys()].filter((part) => packed[part] !== undefined && !waiting.has(part)));
  if (through.size === 0) return false;
  for (const task of tasks) {
    const key = keyOf(task);
    const released = task.stretch.parts.reduce((count, part) => count + (through.has(part) ? 1 : 0), 0);
    if (released > 0) progress.released.set(key, (progress.released.get(key) ?? 0) + released);
  }
  chunk.release([...through].map((part) => packed[part]!));
  for (const part of through) packed[part] = undefined;
  return true;
}

/** Before the chunk is tried again: what was released is not among its events any more. */
export function forgetReleased({ done, released }: Progress): void {
  for (const [key, count] of released) done.set(key, Math.max(0, (done.get(key) ?? 0) - count));
  released.clear();
}
