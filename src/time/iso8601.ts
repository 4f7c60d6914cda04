/** Ruby's Time.iso8601, which Fluentd uses for the format `%iso8601`. */
import { instantFromFields, TimeParseError, type ParsedTime, type TimeContext } from './instant.ts';

const ISO8601 =
  /^\s*(-?\d+)-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(Z|[+-]\d\d(?::?\d\d)?)?\s*$/i;

/** The instant of a text such as `2022-10-03T00:00:01.5+02:00`; without a zone it is local. */
export function parseIso8601(text: string, context: TimeContext): ParsedTime {
  const found = ISO8601.exec(text);
  if (!found) throw new TimeParseError('the text is not an ISO 8601 time');
  const fields = {
    year: Number(found[1]),
    month: Number(found[2]),
    day: Number(found[3]),
    hour: Number(found[4]),
    min: Number(found[5]),
    sec: Number(found[6]),
    nsec: found[7] === undefined ? 0 : Number(found[7].slice(0, 9).padEnd(9, '0')),
    zone: found[8],
  };
  return instantFromFields(fields, context);
}
