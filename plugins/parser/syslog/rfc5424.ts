/** `<165>1 2022-10-03T22:14:15.003Z host app 1234 ID47 [sd@1 a="b"] text` */
import { compileRegexp, type Value } from '#logferry';
import { chomp, readByPattern, setTime, takePriority, takeTime, type SyslogEvent, type SyslogOptions } from './header.ts';

const PRIORITY_AND_VERSION = /(?<![^\n])<(\d{1,3})>\d\d{0,2}\s/;
const BEHIND_TIME = compileRegexp(
  '(?<host>[!-~]{1,255}) (?<ident>[!-~]{1,48}) (?<pid>[!-~]{1,128}) (?<msgid>[!-~]{1,32})' +
    ' (?<extradata>(?:\\-|(?:\\[.*?(?<!\\\\)\\])))(?: (?<message>.+))?\\z',
  'm',
);

/** As the engine `regexp` reads it. Throws TimeParseError. */
export function readNewByPattern(text: string, options: SyslogOptions): SyslogEvent | undefined {
  const record = new Map<string, Value>();
  let from = 0;
  if (options.withPriority) {
    const found = PRIORITY_AND_VERSION.exec(text);
    if (!found) return undefined;
    record.set('pri', Number(found[1]));
    from = found.index + found[0].length;
  }
  return readByPattern(text, from, BEHIND_TIME, record, options);
}

/** As the engine `string` reads it: word by word. Throws TimeParseError. */
export function readNewByColumns(text: string, options: SyslogOptions): SyslogEvent | undefined {
  let at = 0;
  let priority: number | undefined;
  if (options.withPriority) {
    const found = takePriority(text);
    if (!found) return undefined;
    priority = found.priority;
    const versionEnd = text.indexOf(' ', found.next);
    if (versionEnd < 0) throw new Error('a syslog line ends behind its version');
    at = versionEnd + 1;
  }
  const { timeText, next } = takeTime(text, at, options.timeWords);
  at = next;
  const record = new Map<string, Value>();
  for (const name of ['host', 'ident', 'pid', 'msgid']) {
    const end = text.indexOf(' ', at);
    if (end < 0) return undefined;
    record.set(name, text.slice(at, end));
    at = end + 1;
  }
  if (priority !== undefined) record.set('pri', priority);
  const end = extraDataEnd(text, at);
  record.set('extradata', text[at] === '-' ? '-' : text.slice(at, end).replaceAll('\\', ''));
  if (end < text.length) record.set('message', chomp(text.slice(end + 1)));
  const time = options.parseTime(timeText);
  setTime(record, timeText, options);
  return { time, record };
}

function extraDataEnd(text: string, at: number): number {
  if (text[at] === '-') return at + 1;
  const end = text.indexOf('] ', at);
  return end < 0 ? text.length : end + 1;
}
