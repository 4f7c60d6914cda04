/**
 * Ruby's Time.parse, which Fluentd uses where no format is given: it takes what looks like a time
 * out of a text in whichever of many forms.
 *
 * The steps: other characters become spaces; a day name and a time of day are taken out; then the
 * date forms are tried in turn. Elements whose place does not tell are told apart by their length.
 */
import { instantFromFields, TimeParseError, type ParsedTime, type TimeContext, type TimeFields } from './instant.ts';

/** Longer texts are refused, as by Ruby. */
const MAX_LENGTH = 128;

const MONTH = 'jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec';
const MONTHS = MONTH.split('|');
const ERA = 'c(?:e|\\.e\\.)|b(?:ce|\\.c\\.e\\.)|a(?:d|\\.d\\.)|b(?:c|\\.c\\.)';

const DAY_NAME = /\b(?:sun|mon|tue|wed|thu|fri|sat)[^-/\d\s]*/i;
const TIME = new RegExp(
  '((?:\\d+\\s*:\\s*\\d+(?:\\s*:\\s*\\d+(?:[,.]\\d*)?)?|\\d+\\s*h(?:\\s*\\d+m?(?:\\s*\\d+s?)?)?)(?:\\s*[ap](?:m\\b|\\.m\\.))?' +
    '|\\d+\\s*[ap](?:m\\b|\\.m\\.))' +
    '(?:\\s*((?:gmt|utc?)?[-+]\\d+(?:[,.:]\\d+(?::\\d+)?)?' +
    '|[a-z.\\s]+(?:standard|daylight)\\stime\\b|[a-z]+(?:\\sdst)?\\b))?',
  'i',
);
const TIME_FIELDS = /^(\d+)\s*h?(?:\s*:?\s*(\d+)m?(?:\s*:?\s*(\d+)(?:[,.](\d*))?s?)?)?(?:\s*([ap])(?:m\b|\.m\.))?/i;

interface DateFields extends TimeFields {
  /** Set where the year's form says that it is complete: two digits mean the first century then. */
  yearIsComplete?: boolean;
}

/** Gives the text without what it read; undefined if it found nothing. */
type Form = (text: string, out: DateFields) => string | undefined;

/** The instant that a text names; TimeParseError if it names none, or one that does not exist. */
export function parseAnyTime(text: string, context: TimeContext): ParsedTime {
  if (text.length > MAX_LENGTH) throw new TimeParseError(`the text is longer than ${MAX_LENGTH} characters`);
  const out: DateFields = {};
  let rest = text.replace(/[^-+',./:@A-Za-z0-9\u0080-\uffff[\]]+/g, ' ');
  rest = rest.replace(DAY_NAME, ' ');
  rest = takeTime(rest, out);
  for (const form of FORMS) {
    const behind = form(rest, out);
    if (behind === undefined) continue;
    rest = behind;
    break;
  }
  takeLoneNumber(rest, out);
  if (out.year !== undefined && !out.yearIsComplete && out.year >= 0 && out.year <= 99) {
    out.year += out.year >= 69 ? 1900 : 2000;
  }
  return instantFromFields(out, context);
}

function takeTime(text: string, out: DateFields): string {
  const found = TIME.exec(text);
  if (!found) return text;
  const fields = TIME_FIELDS.exec(found[1]!)!;
  const [, hour, min, sec, fraction, meridian] = fields;
  out.hour = Number(hour);
  if (meridian !== undefined) out.hour = (out.hour % 12) + (meridian.toLowerCase() === 'p' ? 12 : 0);
  if (min !== undefined) out.min = Number(min);
  if (sec !== undefined) out.sec = Number(sec);
  if (fraction) out.nsec = nanoseconds(fraction);
  out.zone = found[2];
  return without(text, found);
}

function without(text: string, { 0: part, index }: RegExpExecArray): string {
  return `${text.slice(0, index)} ${text.slice(index + part.length)}`;
}

function nanoseconds(fraction: string): number {
  return Number(fraction.slice(0, 9).padEnd(9, '0'));
}

/** A form that is a pattern; `set` gets its groups. */
function form(pattern: RegExp, set: (out: DateFields, groups: readonly (string | undefined)[]) => void): Form {
  return (text, out) => {
    const found = pattern.exec(text);
    if (!found) return undefined;
    set(out, found);
    return without(text, found);
  };
}

function monthNumber(name: string): string {
  return String(MONTHS.indexOf(name.slice(0, 3).toLowerCase()) + 1);
}

function isBeforeChrist(era: string | undefined): boolean {
  return era !== undefined && era[0]!.toLowerCase() === 'b';
}

const FORMS: readonly Form[] = [
  // 3 Oct 2022, 03/Oct/2022
  form(
    new RegExp(`('?\\d+)[^-\\d\\s]*\\s*(${MONTH})[^-\\d\\s']*(?:\\s*(${ERA})?\\s*('?-?\\d+(?:(?:st|nd|rd|th)\\b)?))?`, 'i'),
    (out, [, day, month, era, year]) => assign(out, year, monthNumber(month!), day, isBeforeChrist(era)),
  ),
  // Oct 3, 2022
  form(
    new RegExp(`\\b(${MONTH})[^-\\d\\s']*\\s*('?\\d+)[^-\\d\\s']*(?:\\s*,?\\s*(${ERA})?\\s*('?-?\\d+))?`, 'i'),
    (out, [, month, day, era, year]) => assign(out, year, monthNumber(month!), day, isBeforeChrist(era)),
  ),
  // 2022-10-03
  form(/('?[-+]?\d+)-(\d+)-('?-?\d+)/, (out, [, year, month, day]) => assign(out, year, month, day)),
  // H31.04.30, years of Japanese eras
  form(/\b([mtshr])(\d+)\.(\d+)\.(\d+)/i, (out, [, era, year, month, day]) => {
    out.year = Number(year) + { m: 1867, t: 1911, s: 1925, h: 1988, r: 2018 }[era!.toLowerCase()]!;
    out.month = Number(month);
    out.day = Number(day);
  }),
  // 3-Oct-2022
  form(new RegExp(`('?-?\\d+)-(${MONTH})[^-/.]*-('?-?\\d+)`, 'i'), (out, [, day, month, year]) =>
    assign(out, year, monthNumber(month!), day),
  ),
  // Oct-3-2022
  form(new RegExp(`\\b(${MONTH})[^-/.]*-('?-?\\d+)(?:-('?-?\\d+))?`, 'i'), (out, [, month, day, year]) =>
    assign(out, year, monthNumber(month!), day),
  ),
  // 2022/10/03
  form(/('?-?\d+)\/\s*('?\d+)(?:\D\s*('?-?\d+))?/, (out, [, year, month, day]) => assign(out, year, month, day)),
  // 2022.10.03
  form(/('?-?\d+)\.\s*('?\d+)\.\s*('?-?\d+)/, (out, [, year, month, day]) => assign(out, year, month, day)),
  // 2022-276
  form(/\b(\d{2}|\d{4})-(\d{3})\b/, (out, [, year, yday]) => {
    out.year = Number(year);
    out.yday = Number(yday);
  }),
  // --10-03
  form(/--(\d{2})?-(\d{2})\b/, (out, [, month, day]) => {
    if (month !== undefined) out.month = Number(month);
    out.day = Number(day);
  }),
  // '22
  form(/'(\d+)\b/, (out, [, year]) => {
    out.year = Number(year);
  }),
  form(new RegExp(`\\b(${MONTH})\\S*`, 'i'), (out, [, month]) => {
    out.month = Number(monthNumber(month!));
  }),
  form(/(\d+)(?:st|nd|rd|th)\b/i, (out, [, day]) => {
    out.day = Number(day);
  }),
  // 20221003, 20221003T000013Z, 20221003000014
  form(/([-+]?)(\d{2,14})(?:\s*t?\s*(\d{2,6})?(?:[,.](\d*))?)?(z\b|[-+]\d{1,4}\b)?/i, setFromDigits),
];

/** Year, month and day where the length of the parts may say that they stand in another order. */
function assign(
  out: DateFields,
  yearPart: string | undefined,
  monthPart: string | undefined,
  dayPart: string | undefined,
  beforeChrist = false,
): void {
  let [year, month, day] = [yearPart, monthPart, dayPart];
  if (year !== undefined && month !== undefined && day === undefined) [year, month, day] = [day, year, month];
  if (year === undefined && day !== undefined && isYearText(day)) [year, day] = [day, undefined];
  // Digits with something behind them, such as 3rd, are a day.
  if (year !== undefined && /\d+\D/.test(year)) [year, day] = [day, /\d+/.exec(year)![0]];
  if (month !== undefined && isYearText(month)) [year, month, day] = [month, day, year];
  if (day !== undefined && isYearText(day)) [year, day] = [day, year];
  if (year !== undefined) {
    const found = /[-+]?\d+/.exec(year)![0];
    out.yearIsComplete = year.startsWith("'") ? false : /^[-+]/.test(found) || found.length > 2;
    out.year = beforeChrist ? 1 - Number(found) : Number(found);
  }
  if (month !== undefined) out.month = firstNumber(month);
  if (day !== undefined) out.day = firstNumber(day);
}

function isYearText(part: string): boolean {
  return part.startsWith("'") || part.length > 2;
}

function firstNumber(part: string): number {
  return Number(/\d+/.exec(part)![0]);
}

/** A run of digits is read by its length: date, then time; with a fraction but no `T` it ends in seconds. */
function setFromDigits(out: DateFields, [, sign, run, time, fraction, zone]: readonly (string | undefined)[]): void {
  const digits = run!;
  const part = (from: number, length: number): number => Number(digits.slice(from, from + length));
  if (time === undefined && fraction !== undefined) {
    setFromEnd(out, digits);
  } else if (digits.length >= 8 && digits.length % 2 === 0) {
    out.year = Number(sign! + digits.slice(0, 4));
    out.yearIsComplete = true;
    out.month = part(4, 2);
    out.day = part(6, 2);
    if (digits.length >= 10) out.hour = part(8, 2);
    if (digits.length >= 12) out.min = part(10, 2);
    if (digits.length >= 14) out.sec = part(12, 2);
  } else if (digits.length === 6) {
    out.year = Number(sign! + digits.slice(0, 2));
    out.month = part(2, 2);
    out.day = part(4, 2);
  } else if (digits.length === 4) {
    out.month = part(0, 2);
    out.day = part(2, 2);
  } else if (digits.length === 2) {
    out.day = part(0, 2);
  } else if (digits.length === 3 || digits.length === 5 || digits.length === 7) {
    const yearDigits = digits.length - 3;
    if (yearDigits > 0) out.year = Number(sign! + digits.slice(0, yearDigits));
    out.yday = part(yearDigits, 3);
  }
  if (time !== undefined) {
    const pairs = time.match(/\d\d/g)!.map(Number);
    if (time.length % 2 === 0) {
      if (fraction !== undefined) pairs.reverse();
      const [first, second, third] = pairs;
      if (fraction !== undefined) Object.assign(out, { sec: first, min: second, hour: third });
      else Object.assign(out, { hour: first, min: second, sec: third });
    }
  }
  if (fraction) out.nsec = nanoseconds(fraction);
  if (zone !== undefined) out.zone = zone;
}

function setFromEnd(out: DateFields, digits: string): void {
  const fromEnd = digits.match(/\d{1,2}(?=(?:\d\d)*$)/g)!.reverse().map(Number);
  const [sec, min, hour, day, month, year] = fromEnd;
  Object.assign(out, { sec, min, hour, day, month });
  if (digits.length === 12) out.year = year;
  if (digits.length === 14) {
    out.year = Number(digits.slice(0, 4));
    out.yearIsComplete = true;
  }
}

/** A number that stands alone beside a time is a day, and beside a day an hour. */
function takeLoneNumber(text: string, out: DateFields): void {
  const found = /^\s*(\d{1,2})\s*$/.exec(text);
  if (!found) return;
  const value = Number(found[1]);
  if (out.hour !== undefined && out.day === undefined && value >= 1 && value <= 31) out.day = value;
  else if (out.day !== undefined && out.hour === undefined && value <= 24) out.hour = value;
}
