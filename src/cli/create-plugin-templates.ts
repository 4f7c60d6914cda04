/**
 * What `logferry create-plugin` starts a plugin with, for each kind. The text is JavaScript and, as all types follow from the
 * declarations, TypeScript alike. `NAME` stands for the @type, `PACKAGE` for the name that plugins import.
 */
import type { Kind } from '../plugin.ts';
import type { PluginTemplate } from './create-plugin-template.ts';
import { FILTER, INPUT, OUTPUT } from './create-plugin-templates-flow.ts';
import { BUFFER, SERVICE_DISCOVERY, STORAGE } from './create-plugin-templates-owned.ts';
import { FORMATTER, PARSER } from './create-plugin-templates-text.ts';

/** By kind, in the order in which the help names them. */
export const TEMPLATES: Readonly<Record<Kind, PluginTemplate>> = {
  input: INPUT,
  filter: FILTER,
  output: OUTPUT,
  parser: PARSER,
  formatter: FORMATTER,
  buffer: BUFFER,
  storage: STORAGE,
  service_discovery: SERVICE_DISCOVERY,
};
