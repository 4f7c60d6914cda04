/** Examples of all plugins, by kind and type. */
import type { Kind } from '../../plugin.ts';
import type { PluginExample } from './example.ts';
import { FILTER_EXAMPLES } from './filters.ts';
import { INPUT_EXAMPLES } from './inputs.ts';
import { OUTPUT_EXAMPLES } from './outputs.ts';
import { PARSER_EXAMPLES } from './parsers.ts';
import { BUFFER_EXAMPLES, FORMATTER_EXAMPLES, SERVICE_DISCOVERY_EXAMPLES, STORAGE_EXAMPLES } from './parts.ts';

export type { PluginExample } from './example.ts';

export const EXAMPLES: Readonly<Record<Kind, Readonly<Record<string, readonly PluginExample[]>>>> = {
  input: INPUT_EXAMPLES,
  parser: PARSER_EXAMPLES,
  filter: FILTER_EXAMPLES,
  output: OUTPUT_EXAMPLES,
  formatter: FORMATTER_EXAMPLES,
  buffer: BUFFER_EXAMPLES,
  storage: STORAGE_EXAMPLES,
  service_discovery: SERVICE_DISCOVERY_EXAMPLES,
};

/** A whole configuration around an example, so that it can be loaded. */
export function wholeConfig(kind: Kind, { config, tag = 'app' }: PluginExample): string {
  const show = '<match **>\n  @type stdout\n</match>\n';
  switch (kind) {
    case 'input':
    case 'filter':
      return `${config}\n${show}`;
    case 'output':
      return `${config}\n`;
    case 'parser':
      return `<filter ${tag}>\n@type parser\nkey_name text\n${config}\n</filter>\n${show}`;
    case 'formatter':
      return `<match **>\n@type stdout\n${config}\n</match>\n`;
    case 'buffer':
      return `<match **>\n@type stdout\n${config}\n</match>\n`;
    case 'storage':
      return `<source>\n@type sample\ntag ${tag}\nauto_increment_key n\n${config}\n</source>\n${show}`;
    case 'service_discovery':
      return `<match **>\n@type forward\n${config}\n</match>\n`;
  }
}
