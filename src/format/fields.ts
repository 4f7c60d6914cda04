/** What formatter plugins share: their parameters, the line break, and CSV. */
import { param, withoutEffect } from '../config/params.ts';
import type { PluginContext } from '../plugin.ts';
import type { EventTime } from '../event.ts';
import { timeContextOf } from '../parse/shared.ts';
import { timeFields, timeSettings, type TimeConfig } from '../time/fields.ts';
import { createTimeFormatter } from '../time/time-formatter.ts';

/** Fluentd's parameters of every `<format>` section. */
export const formatterFields = timeFields;

/** The same for forms that write no time. */
export const timelessFormatterFields = withoutEffect(formatterFields, 'this form has no time of its own; <inject> puts one into the record');

/** The parameter `newline` of formatters that write lines. */
export const newlineField = {
  newline: param.enum(['lf', 'crlf'], 'What ends a line.', { default: 'lf' }),
};

/** `add_newline` of formatters that can leave it out. */
export const addNewlineField = {
  add_newline: param.bool('Whether a line break ends each event.', { default: true }),
};

/** The text that ends an event. */
export function lineEnd(config: { readonly newline?: 'lf' | 'crlf'; readonly add_newline?: boolean }): string {
  if (config.add_newline === false) return '';
  return config.newline === 'crlf' ? '\r\n' : '\n';
}

/** A function from a time to its text, from the parameters of a `<format>` section. Throws ConfigError. */
export function createConfiguredTimeFormatter(config: TimeConfig, context: PluginContext): (time: EventTime) => string {
  const settings = timeSettings(config, context.element);
  return createTimeFormatter(settings, { at: context.place('timezone'), context: timeContextOf(context) });
}
