/** The symbolic link to the chunk of the latest time slot, for people who want to follow what arrives. */
import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import type { BufferedOutput, Template } from '#logferry';
import { chunkPath } from './path-template.ts';

/** A function for `BufferedOutput.staged`. */
export function createChunkLinker(options: {
  readonly template: Template;
  readonly relative: boolean;
  readonly dirMode: number;
  readonly onError: (error: unknown) => void;
}): NonNullable<BufferedOutput['staged']> {
  const latest = new Map<string, number>();
  return (chunk) => {
    if (chunk.path === undefined) return;
    try {
      const link = chunkPath(options.template, chunk);
      const timekey = chunk.metadata.timekey ?? 0;
      if (timekey < (latest.get(link) ?? -Infinity)) return;
      latest.set(link, timekey);
      mkdirSync(path.dirname(link), { recursive: true, mode: options.dirMode });
      const target = options.relative ? path.relative(path.dirname(link), chunk.path) : path.resolve(chunk.path);
      replaceLink(target, link);
    } catch (error) {
      options.onError(error);
    }
  };
}

/** Never leaves a moment without a link. */
function replaceLink(target: string, link: string): void {
  const temporary = `${link}.${process.pid}.new`;
  rmSync(temporary, { force: true });
  symlinkSync(target, temporary);
  renameSync(temporary, link);
}
