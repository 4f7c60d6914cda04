/** What several checks ask. */
import type { CheckedPlugin } from '../../config/schema.ts';
import type { LintModel, LintOutput } from '../model.ts';
import { pathsOf } from '../source-tags.ts';

/** Whether a source reads the logs of Kubernetes' containers. */
export function readsContainerLogs({ type, config }: CheckedPlugin): boolean {
  return type === 'tail' && pathsOf(config).some((path) => /^\/var\/log\/(?:containers|pods)\//.test(path));
}

/** Whether a source goes on after a restart where events were safe: what memory buffers lose it reads again. */
export function readsAgain({ type, config }: CheckedPlugin): boolean {
  if (type === 'tail') return typeof config['pos_file'] === 'string';
  if (type === 'systemd' || type === 'cloudwatch_logs') return storageIsPersistent(config) || typeof config['state_file'] === 'string';
  return false;
}

export function storageIsPersistent(config: Readonly<Record<string, unknown>>): boolean {
  const storage = config['storage'] as CheckedPlugin | undefined;
  return storage?.type === 'local' && storage.config['persistent'] === true;
}

/** Outputs with a buffer whose events somebody wants. */
export function bufferedOutputs({ outputs }: LintModel): readonly (LintOutput & { readonly plugin: { readonly buffer: NonNullable<CheckedPlugin['buffer']> } })[] {
  return outputs.filter(({ plugin }) => plugin.buffer !== undefined && !['null', 'stdout'].includes(plugin.type)) as never;
}

export function cloudwatchOutputs({ outputs }: LintModel): readonly LintOutput[] {
  return outputs.filter(({ plugin }) => plugin.type === 'cloudwatch_logs');
}

/** A number of bytes as configurations have it: `8m`. */
export function sizeText(bytes: number): string {
  if (bytes >= 1024 ** 3 && bytes % 1024 ** 3 === 0) return `${bytes / 1024 ** 3}g`;
  if (bytes >= 1024 ** 2 && bytes % 1024 ** 2 === 0) return `${bytes / 1024 ** 2}m`;
  if (bytes >= 1024 && bytes % 1024 === 0) return `${bytes / 1024}k`;
  return `${bytes}`;
}
