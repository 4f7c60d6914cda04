/** Named groups of a regular expression as the fields of an event: shared by all parsers that are patterns. */
import type { Value } from '../lib/value.ts';
import { isValidText } from '../lib/text.ts';
import type { Parsed } from '../plugin.ts';
import { fromByteText, groupText, isByteSensitive, toByteText, type CompiledRegexp } from '../regexp/index.ts';
import type { ParserConfig } from './fields.ts';
import type { FieldFinisher } from './shared.ts';

export interface RegexpMatcher {
  /** The event of the first match, and where that ends; undefined if there is no match. */
  match(text: string, asBytes: boolean): { readonly parsed: Parsed; readonly end: number } | undefined;
}

/** Makes events of a pattern's named groups; groups that took no part give no field. */
export function createRegexpMatcher(regexp: CompiledRegexp, config: ParserConfig, finisher: FieldFinisher): RegexpMatcher {
  const sensitive = isByteSensitive(regexp.source, regexp.options);
  const { groups } = regexp;
  const { time_key: timeKey, keep_time_key: keepTime } = config;

  return {
    match(text, asBytes) {
      if (!asBytes && !isValidText(text)) throw new Error('invalid byte sequence in UTF-8');
      const subject = asBytes && sensitive ? toByteText(text) : text;
      const found = regexp.exec(subject);
      if (!found) return undefined;
      const fields = new Map<string, Value>();
      let timeText: string | undefined;
      for (const group of groups) {
        let value = groupText(found, group);
        if (value === undefined) continue;
        if (subject !== text) value = fromByteText(value);
        if (group.name === timeKey) {
          timeText = value;
          if (!keepTime) continue;
        }
        fields.set(group.name, value);
      }
      const time = timeText === undefined ? finisher.estimatedTime() : finisher.timeParser.parse(timeText);
      finisher.convert(fields);
      const matchEnd = found.index + found[0].length;
      const end = subject === text ? matchEnd : fromByteText(subject.slice(0, matchEnd)).length;
      return { parsed: { time, record: fields }, end };
    },
  };
}
