/** `<34>Oct  3 22:14:15 host app[123]: text` */
import { compileRegexp, type Value } from '#logferry';
import { chomp, readByPattern, setTime, takePriority, takeTime, type SyslogEvent, type SyslogOptions } from './header.ts';

const PRIORITY = /(?<![^\n])<([0-9]{1,3})>/;
const BEHIND_TIME = compileRegexp(
  '(?<host>[^ ]*) (?<ident>[^ :\\[]*)(?:\\[(?<pid>[0-9]+)\\])?(?:[^\\:]*\\:)? *(?<message>.*)$',
);
/** `Mmm dd hh:mm:ss` */
const TIME_LENGTH = 15;

/** As the engine `regexp` reads it. Throws TimeParseError. */
export function readOldByPattern(text: string, options: SyslogOptions): SyslogEvent | undefined {
  const record = new Map<string, Value>();
  let from = 0;
  if (options.withPriority) {
    if (!PRIORITY.test(text)) return undefined;
    from = text.indexOf('>') + 1;
    record.set('pri', Number.parseInt(text.slice(1, from), 10) || 0);
  }
  return readByPattern(text, from, BEHIND_TIME, record, options);
}

/** As the engine `string` reads it: by columns. Throws TimeParseError. */
export function readOldByColumns(text: string, options: SyslogOptions): SyslogEvent | undefined {
  let at = 0;
  let priority: number | undefined;
  if (options.withPriority) {
    const found = takePriority(text);
    if (!found) return undefined;
    priority = found.priority;
    at = found.next;
  }
  const time = timeByColumns(text, at, options);
  if (!time) return undefined;
  const { timeText, next } = time;
  const hostEnd = text.indexOf(' ', next);
  if (hostEnd < 0) return undefined;
  const record = new Map<string, Value>([['host', text.slice(next, hostEnd)]]);
  if (priority !== undefined) record.set('pri', priority);
  record.set('message', chomp(takeIdent(text, hostEnd + 1, record, options)));
  const eventTime = options.parseTime(timeText);
  setTime(record, timeText, options);
  return { time: eventTime, record };
}

function timeByColumns(text: string, at: number, options: SyslogOptions): { timeText: string; next: number } | undefined {
  if (!options.hasFixedTime) return takeTime(text, at, options.timeWords);
  const behind = text[at + TIME_LENGTH];
  if (behind === ' ') return { timeText: text.slice(at, at + TIME_LENGTH), next: at + TIME_LENGTH + 1 };
  if (behind !== '.') return undefined;
  const end = text.indexOf(' ', at + TIME_LENGTH);
  return end < 0 ? undefined : { timeText: text.slice(at, end), next: end + 1 };
}

/** Sets ident and pid if there are any; the rest is the message. */
function takeIdent(text: string, at: number, record: Map<string, Value>, options: SyslogOptions): string {
  const end = text.indexOf(' ', at);
  if (end < 0) return text.slice(at);
  const hasColon = text[end - 1] === ':';
  if (!hasColon && !options.identWithoutColon) return text.slice(at);
  const identEnd = hasColon ? end - 1 : end;
  const bracket = text[identEnd - 1] === ']' ? text.indexOf('[', at) : -1;
  if (bracket >= 0 && bracket < identEnd) {
    record.set('ident', text.slice(at, bracket));
    record.set('pid', text.slice(bracket + 1, identEnd - 1));
  } else {
    record.set('ident', text.slice(at, identEnd));
  }
  return text.slice(end + 1);
}
