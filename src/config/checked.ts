/** What reading a plugin's section gives. */
import type { Kind } from '../plugin.ts';
import type { AnyDefinition } from '../registry.ts';
import type { ConfigElement } from './element.ts';
import type { OwnedPlugin } from './params.ts';

/** A plugin whose configuration was read; nothing of it is created yet. */
export interface CheckedPlugin<K extends Kind = Kind> extends OwnedPlugin<K> {
  readonly definition: AnyDefinition;
  readonly id: string | undefined;
  readonly label: string | undefined;
  readonly logLevel: string | undefined;
  /** Of an output that uses chunks. */
  readonly buffer?: CheckedBuffer | undefined;
}

/** `<buffer>` of an output, with the storage and the secondary output that belong to it. */
export interface CheckedBuffer {
  /** Common parameters of `<buffer>`. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The section's argument: chunk keys as written, or the output's default. */
  readonly keys: readonly string[];
  readonly storage: CheckedPlugin<'buffer'>;
  readonly secondary: CheckedPlugin<'output'> | undefined;
  readonly element: ConfigElement;
}
