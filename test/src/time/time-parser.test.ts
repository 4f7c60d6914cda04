import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../../src/errors.ts';
import type { Value } from '../../../src/lib/value.ts';
import { Float } from '../../../src/lib/value.ts';
import {
  createTimeParser,
  fixedZone,
  namedZone,
  TimeParseError,
  type TimeContext,
  type TimeSettings,
} from '../../../src/time/index.ts';

const NOW = { sec: 1664755200, nsec: 0 };

function contextIn(zone: string): TimeContext {
  return { local: zone === 'UTC' ? fixedZone(0) : namedZone(zone)!, now: () => NOW };
}

function parse(value: Value, settings: TimeSettings, zone = 'UTC'): string {
  const { sec, nsec } = createTimeParser(settings, { context: contextIn(zone) }).parse(value);
  return String(BigInt(sec) * 1_000_000_000n + BigInt(nsec));
}

interface Recorded {
  name: string;
  zone: string;
  settings: Record<string, string>;
  lines: [text: string, nanoseconds: string | null][];
}

function readSettings(given: Record<string, string>): TimeSettings {
  const bool = (text: string | undefined): boolean | undefined => (text === undefined ? undefined : text === 'true');
  const fallbacks = given['time_format_fallbacks'];
  return {
    timeType: given['time_type'] as TimeSettings['timeType'],
    timeFormat: given['time_format'],
    timezone: given['timezone'],
    localtime: bool(given['localtime']),
    utc: bool(given['utc']),
    fallbacks: fallbacks?.startsWith('[') ? (JSON.parse(fallbacks) as string[]) : fallbacks?.split(','),
  };
}

const recorded = JSON.parse(readFileSync(new URL('recorded-times.json', import.meta.url), 'utf8')) as Recorded[];

describe.each(recorded)('times are read as Fluentd reads them: $name $settings', ({ zone, settings, lines }) => {
  test.each(lines)('%s', (text, expected) => {
    const parser = createTimeParser(readSettings(settings), { context: contextIn(zone) });
    if (expected === null) {
      expect(() => parser.parse(text)).toThrow(TimeParseError);
      return;
    }
    const { sec, nsec } = parser.parse(text);
    expect(String(BigInt(sec) * 1_000_000_000n + BigInt(nsec))).toBe(expected);
  });
});

describe('numbers as times', () => {
  test('a float keeps its digits', () => {
    expect(parse(1664755201.5, { timeType: 'float' })).toBe('1664755201500000000');
    expect(parse(1664755201.123456, { timeType: 'float' })).toBe('1664755201123456000');
    expect(parse(new Float(1664755201), { timeType: 'float' })).toBe('1664755201000000000');
    expect(parse(1664755201, { timeType: 'float' })).toBe('1664755201000000000');
  });

  test('unixtime drops the fraction', () => {
    expect(parse(1664755201.9, { timeType: 'unixtime' })).toBe('1664755201000000000');
  });

  test('what is neither text nor number is refused', () => {
    for (const value of [null, true, [], new Map()]) {
      expect(() => parse(value, { timeType: 'float' })).toThrow('value must be a string or a number');
      expect(() => parse(value, {})).toThrow('value must be string');
    }
    expect(() => parse(5, {})).toThrow('value must be string: 5');
  });
});

describe('a year, month or day that is missing comes from the clock', () => {
  test.each([
    ['%b %d %H:%M:%S', 'Oct  2 01:02:03', '1664672523000000000'],
    ['%H:%M:%S', '01:02:03', '1664758923000000000'],
    ['%H:%M:%S.%L', '01:02:03.5', '1664758923500000000'],
    ['%d %H', '7 8', '1665129600000000000'],
    ['%m/%d', '11/2', '1667347200000000000'],
    ['%a %d', 'Mon 7', '1665100800000000000'],
  ])('%s', (timeFormat, text, expected) => {
    expect(parse(text, { timeFormat })).toBe(expected);
  });
});

test('without a format, a number left behind a date is the hour, and one behind a time the day; it is read once only', () => {
  const any: TimeSettings = { timeType: 'string' } as TimeSettings;
  const at = (text: string) => new Date(Number(parse(text, any)) / 1e6).toISOString();
  expect(['12', '2022-10-04 5', '12:30 5', '12:30 15'].map(at)).toEqual([
    '2022-10-12T00:00:00.000Z', '2022-10-04T05:00:00.000Z', '2022-10-05T12:30:00.000Z', '2022-10-15T12:30:00.000Z',
  ]);
});

describe('directives beyond the recorded ones', () => {
  test.each([
    ['%G-W%V-%u', '1664755200000000000', '2022-W40-1'],
    ['%Y %U %w', '1664755200000000000', '2022 40 1'],
    ['%Y %W %a', '1664755200000000000', '2022 40 Mon'],
    ['%Q', '1664755200123000000', '1664755200123'],
    ['%s %Z', '1664755200000000000', '1664755200 EST'],
    ['%C%y-%m-%d %p', '1664755200000000000', '2022-10-03 am'],
    ['%c', '1664755200000000000', 'Mon Oct  3 00:00:00 2022'],
    ['%Od/%Om/%EY', '1664755200000000000', '03/10/2022'],
    ['%Y%m%dT%H%M%S%L', '1664755201500000000', '20221003T000001500'],
    ['%i', null, '1'],
  ])('%s', (timeFormat, expected, text) => {
    if (expected === null) expect(() => parse(text, { timeFormat })).toThrow(TimeParseError);
    else expect(parse(text, { timeFormat })).toBe(expected);
  });
});

describe('where the clocks change', () => {
  const timeFormat = '%Y-%m-%d %H:%M:%S';
  test('the first of two instants is taken', () => {
    expect(parse('2022-11-06 01:30:00', { timeFormat }, 'America/New_York')).toBe('1667712600000000000');
  });
  test('a time that is skipped is an hour later', () => {
    expect(parse('2022-03-13 02:30:00', { timeFormat }, 'America/New_York')).toBe('1647156600000000000');
  });
  test('times next to the change are right', () => {
    expect(parse('2022-03-13 01:59:59', { timeFormat }, 'America/New_York')).toBe('1647154799000000000');
    expect(parse('2022-03-13 03:00:00', { timeFormat }, 'America/New_York')).toBe('1647154800000000000');
    expect(parse('2022-11-06 02:00:00', { timeFormat }, 'America/New_York')).toBe('1667718000000000000');
  });
});

describe('settings that contradict each other are configuration errors', () => {
  test.each([
    [{ timezone: 'JST', timeFormat: '%s' }, "Unsupported timezone 'JST'"],
    [{ timezone: 'Asia/Nowhere', timeFormat: '%s' }, "Unsupported timezone 'Asia/Nowhere'"],
    [{ timezone: '+09:00' }, 'specifying timezone requires time format'],
    [{ utc: true }, 'specifying timezone requires time format'],
    [{ utc: true, localtime: true, timeFormat: '%s' }, 'both of utc and localtime are specified'],
    [{ timeType: 'mixed' as const }, 'time_type is :mixed but time_format and time_format_fallbacks is empty.'],
  ])('%o', (settings, message) => {
    const at = { file: 'fluent.conf', line: 3, column: 5 };
    expect(() => createTimeParser(settings, { at })).toThrow(ConfigError);
    expect(() => createTimeParser(settings, { at })).toThrow(`fluent.conf:3:5: ${message}`);
  });
});
