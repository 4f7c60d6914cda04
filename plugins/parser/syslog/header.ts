/** What both forms of syslog begin with: a priority, and a time of so many words. */
import { groupText, type CompiledRegexp, type EventTime, type Value } from '#logferry';

export interface SyslogOptions {
  readonly withPriority: boolean;
  readonly keepTime: boolean;
  /** Words that a time has; several spaces between them count as one. */
  readonly timeWords: number;
  /** Whether a time always has 15 characters. */
  readonly hasFixedTime: boolean;
  readonly identWithoutColon: boolean;
  /** Throws TimeParseError. */
  parseTime(text: string): EventTime;
}

export interface SyslogEvent {
  readonly time: EventTime | undefined;
  readonly record: ReadonlyMap<string, Value>;
}

/** Words in a text of this format. */
export function spaceCount(format: string): number {
  return format.replace(/ +/g, ' ').split(' ').length;
}

/** The time's text at an offset, runs of spaces made one, and the offset behind the space that follows it. */
export function takeTime(text: string, from: number, words: number): { timeText: string; next: number } {
  let at = from - 1;
  let squeeze = false;
  for (let i = 0; i < words; i++) {
    while (text[at + 1] === ' ') {
      squeeze = true;
      at++;
    }
    at = text.indexOf(' ', at + 1);
    if (at < 0) throw new Error('a syslog line ends within its time');
  }
  const timeText = text.slice(from, at);
  return { timeText: squeeze ? timeText.replace(/ +/g, ' ') : timeText, next: at + 1 };
}

/** Priority of `<n>` at the start, and the offset of the character behind it; undefined if there is none. */
export function takePriority(text: string): { priority: number; next: number } | undefined {
  if (!text.startsWith('<')) return undefined;
  const end = text.indexOf('>', 1);
  if (end < 2) return undefined;
  return { priority: Number.parseInt(text.slice(1, end), 10) || 0, next: end + 1 };
}

/** One line break at the end removed. */
export function chomp(text: string): string {
  return text.replace(/(?:\r\n|\n|\r)$/, '');
}

/** The last of the fields: only there if the time is kept. */
export function setTime(record: Map<string, Value>, timeText: string, options: SyslogOptions): void {
  if (options.keepTime) record.set('time', timeText);
}

/** The time at an offset, and the fields behind it that a pattern names; undefined if it does not fit. Throws TimeParseError. */
export function readByPattern(
  text: string, from: number, pattern: CompiledRegexp, record: Map<string, Value>, options: SyslogOptions,
): SyslogEvent | undefined {
  const { timeText, next } = takeTime(text, from, options.timeWords);
  const time = options.parseTime(timeText);
  setTime(record, timeText, options);
  const found = pattern.exec(text, next);
  if (!found) return undefined;
  for (const group of pattern.groups) {
    const value = groupText(found, group);
    if (value !== undefined) record.set(group.name, group.name === 'message' ? chomp(value) : value);
  }
  return { time, record };
}
