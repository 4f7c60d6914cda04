/** Buffers in files: whether they can be written, what is left in them, and what room the disk has. */
import { readdir, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { byteText } from '../dry-run/layout.ts';
import { whyNotWritable } from './sources.ts';
import { spanText } from './quantities.ts';
import type { Check } from './report.ts';
import type { Subject } from './subjects.ts';

/** Less room than this is too little, bytes. */
const LEAST_FREE = 256 * 1024 * 1024;
/** A chunk that waits for longer shows that nothing is delivered, milliseconds. */
const OLD_MS = 60 * 60_000;

interface BufferConfig {
  readonly path?: string | undefined;
  readonly total_limit_size?: number | undefined;
}

/** The folder of an output's file buffer as configured; undefined: it keeps its chunks in memory. */
export function bufferFolder({ checked, view }: Subject, rootDir: string | undefined): { readonly path: string; readonly limit: number | undefined } | undefined {
  const storage = checked.buffer?.storage;
  if (!storage || !storage.type.startsWith('file')) return undefined;
  const config = storage.config as BufferConfig;
  const given = config.path ?? (rootDir !== undefined && view.configured ? path.join(rootDir, 'worker0', view.id, 'buffer') : undefined);
  return given === undefined ? undefined : { path: given, limit: config.total_limit_size };
}

export async function examineBuffer(
  { name }: Subject, configured: string, actual: string, limit: number | undefined,
): Promise<readonly Check[]> {
  const isFolder = (await stat(actual).catch(() => undefined))?.isDirectory() ?? !path.basename(actual).includes('.*');
  const folder = isFolder ? actual : path.dirname(actual);
  const reason = await whyNotWritable(folder);
  if (reason !== undefined) {
    return [{
      id: 'buffer.disk', subject: name, status: 'problem', message: `the buffer ${configured} cannot be written: ${reason}`,
      hint: 'mount a folder of the node that the agent may write to',
    }];
  }
  const checks: Check[] = [await diskCheck(name, configured, folder, limit)];
  const names = await readdir(folder).catch(() => []);
  let bytes = 0;
  let chunks = 0;
  let oldestMs = Infinity;
  for (const each of names) {
    if (!/\.[bq][0-9a-f]{16,}\./.test(each) || /\.(?:meta|sums?)$/.test(each)) continue;
    const state = await stat(path.join(folder, each)).catch(() => undefined);
    if (!state) continue;
    chunks++;
    bytes += state.size;
    oldestMs = Math.min(oldestMs, state.mtimeMs);
  }
  const age = Date.now() - oldestMs;
  const isOld = chunks > 0 && age > OLD_MS;
  checks.push({
    id: 'buffer.left', subject: name, status: isOld ? 'warning' : 'ok',
    message: chunks === 0 ? 'nothing waits in it' : `${chunks} chunks with ${byteText(bytes)} wait in it, the oldest for ${spanText(age)}`,
    ...(isOld ? { hint: 'nothing is delivered, or the agent does not run; what waits is sent by the next start' } : {}),
  });
  return checks;
}

async function diskCheck(subject: string, configured: string, folder: string, limit: number | undefined): Promise<Check> {
  const id = 'buffer.disk';
  let existing = folder;
  while (existing !== '/' && !(await stat(existing).catch(() => undefined))) existing = path.dirname(existing);
  const { bavail, blocks, bsize, ffree, files } = await statfs(existing);
  const free = bavail * bsize;
  const message = `the disk of ${configured} has ${byteText(free)} of ${byteText(blocks * bsize)} free`;
  const hint = 'free space, or set total_limit_size in <buffer> to what the disk has';
  if (files > 0 && ffree === 0) return { id, subject, status: 'problem', message: `the disk of ${configured} has no inode left`, hint: 'remove files from it' };
  if (free < LEAST_FREE) return { id, subject, status: 'problem', message, hint };
  if (limit !== undefined && limit > free) return { id, subject, status: 'warning', message: `${message}, but the buffer may grow to ${byteText(limit)}`, hint };
  return { id, subject, status: 'ok', message };
}
