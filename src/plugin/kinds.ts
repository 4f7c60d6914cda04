/** All kinds of plugins. */
import type { ChunkStorage } from './chunk-storage.ts';
import type { Filter } from './filter.ts';
import type { Formatter } from './formatter.ts';
import type { Input } from './input.ts';
import type { BufferedOutput, Output } from './output.ts';
import type { Parser } from './parser.ts';
import type { ServiceDiscovery } from './service-discovery.ts';
import type { Storage } from './storage.ts';

/** What `create` gives for each kind. */
export interface Kinds {
  input: Input;
  filter: Filter;
  output: Output | BufferedOutput;
  parser: Parser;
  formatter: Formatter;
  buffer: ChunkStorage;
  storage: Storage;
  service_discovery: ServiceDiscovery;
}

/** The kinds of plugins. */
export type Kind = keyof Kinds;
