/** A regular expression parser's way for whole blocks of lines: bytes in, spans of bytes out. */
import type { Tag } from '../event.ts';
import type { PluginContext } from '../plugin.ts';
import { TextBatch, type Column, type LineBlock } from '../text-batch.ts';
import { compileByteTime } from '../time/byte-time.ts';
import { timeSettings } from '../time/fields.ts';
import { configuredZone } from '../time/settings.ts';
import type { ParserConfig } from './fields.ts';
import { compileLinePattern } from './line-pattern.ts';
import { timeContextOf } from './shared.ts';

/** Gives what the parser would give line by line, or undefined if this block needs that. */
export type LineReader = (lines: LineBlock, tag: Tag) => TextBatch | undefined;

/** undefined where the pattern or the parameters need texts. */
export function createLineReader(
  expression: { readonly source: string; readonly options: string },
  config: ParserConfig,
  context: PluginContext,
): LineReader | undefined {
  if (config.types || config.null_value_pattern || config.null_empty_string || config.time_key === undefined) return undefined;
  const settings = timeSettings(config, context.element);
  if ((settings.timeType ?? 'string') !== 'string' || settings.timeFormat === undefined) return undefined;
  const pattern = compileLinePattern(expression.source, expression.options);
  const timeIndex = pattern?.names.indexOf(config.time_key) ?? -1;
  if (!pattern || timeIndex === -1) return undefined;
  const timezone = configuredZone(settings, context.place('time_format'));
  const readTime = compileByteTime(settings.timeFormat, { timezone, context: timeContextOf(context) });
  if (!readTime) return undefined;
  const { names } = pattern;
  const keepTime = config.keep_time_key;

  return (lines, tag) => {
    const spans = pattern.match(lines);
    if (!spans) return undefined;
    const { bytes, count } = lines;
    const sec = new Float64Array(count);
    const nsec = new Int32Array(count);
    const { starts, ends } = spans[timeIndex]!;
    const time = { sec: 0, nsec: 0 };
    for (let row = 0; row < count; row++) {
      if (!readTime(bytes, starts[row]!, ends[row]!, time)) return undefined;
      sec[row] = time.sec;
      nsec[row] = time.nsec;
    }
    const columns: Column[] = [];
    names.forEach((key, i) => {
      if (i !== timeIndex || keepTime) columns.push({ kind: 'span', key, bytes, starts: spans[i]!.starts, ends: spans[i]!.ends });
    });
    return new TextBatch(tag, 0, count, { sec, nsec }, columns);
  };
}
