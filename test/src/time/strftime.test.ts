import { describe, expect, test } from 'vitest';
import { compileStrftime, createTimeFormatter, fixedZone, namedZone, strftime, UTC } from '../../../src/time/index.ts';

const TIME = { sec: 1664755201, nsec: 123456789 };

describe('directives', () => {
  test.each([
    ['%Y-%m-%dT%H:%M:%S.%N%z', '2022-10-03T05:30:01.123456789+0530'],
    ['%y %C %b %h %B %^b %^B', '22 20 Oct Oct October OCT OCTOBER'],
    ['%d %e %-d %_d %-m %j %-j', '03  3 3  3 10 276 276'],
    ['%H %k %I %l %p %P %#p', '05  5 05  5 AM am am'],
    ['%M %S %L %3N %6N %9N %12N %1L', '30 01 123 123 123456 123456789 123456789000 1'],
    ['%z %:z %::z %:::z %Z', '+0530 +05:30 +05:30:00 +05:30 IST'],
    ['%a %A %^a %u %w', 'Mon Monday MON 1 1'],
    ['%G %g %V %U %W', '2022 22 40 40 40'],
    ['%s %F %T %D %R %x %X', '1664755201 2022-10-03 05:30:01 10/03/22 05:30 10/03/22 05:30:01'],
    ['%c|%r|%v|%+', 'Mon Oct  3 05:30:01 2022|05:30:01 AM| 3-OCT-2022|Mon Oct  3 05:30:01 IST 2022'],
    ['%10Y %010d %_5m %8a %-10H', '0000002022 0000000003    10      Mon 5'],
    ['%% %n%t| %i %', '% \n\t| %i %'],
    ['%%Y %Ey %Od', '%Y 22 03'],
    ['%10F', '2022-10-03'],
    ['%12F', '  2022-10-03'],
    ['%10z %_10z', '+000000530       +530'],
  ])('%s', (format, expected) => {
    expect(strftime(format, TIME, 19_800, 'IST')).toBe(expected);
  });

  test('years beyond four digits and before year 0', () => {
    expect(strftime('%Y', { sec: 253402300800, nsec: 0 }, 0)).toBe('10000');
    expect(strftime('%F', { sec: -62167219201, nsec: 0 }, 0)).toBe('-0001-12-31');
    expect(strftime('%F %j %a', { sec: -1, nsec: 0 }, 0)).toBe('1969-12-31 365 Wed');
  });

  test('weeks at the turn of the year', () => {
    const at = (sec: number): string => strftime('%F %G-%V %U %W', { sec, nsec: 0 }, 0);
    expect(at(1640995200)).toBe('2022-01-01 2021-52 00 00');
    expect(at(1735516800)).toBe('2024-12-30 2025-01 52 53');
  });
});

test('a compiled format follows the seconds, the fraction and the zone', () => {
  const format = compileStrftime('%H:%M:%S.%L %z', namedZone('Europe/Berlin')!);
  const at = (sec: number, nsec: number): string => format({ sec, nsec });
  expect(at(1648342799, 5_000_000)).toBe('01:59:59.005 +0100');
  expect(at(1648342799, 6_000_000)).toBe('01:59:59.006 +0100');
  expect(at(1648342800, 0)).toBe('03:00:00.000 +0200');
  expect(at(1648342799, 0)).toBe('01:59:59.000 +0100');
});

test('UTC has a name, other zones that are configured have none', () => {
  expect(compileStrftime('%Z %:z', UTC)(TIME)).toBe('UTC +00:00');
  expect(compileStrftime('%Z %:z', fixedZone(0))(TIME)).toBe(' +00:00');
});

describe('time parameters of formatters', () => {
  const context = { local: fixedZone(19_800), now: () => TIME };
  test.each([
    [{}, '2022-10-03T05:30:01+05:30'],
    [{ utc: true }, '2022-10-03T00:00:01Z'],
    [{ localtime: false }, '2022-10-03T00:00:01Z'],
    [{ localtime: true }, '2022-10-03T05:30:01+05:30'],
    [{ utc: false }, '2022-10-03T05:30:01+05:30'],
    [{ timezone: 'Asia/Tokyo' }, '2022-10-03T09:00:01+09:00'],
    [{ timezone: '-03:30', timeFormat: '%I:%M%p %:z %j' }, '08:30PM -03:30 275'],
    [{ timeType: 'unixtime' as const }, '1664755201'],
    [{ timeType: 'float' as const }, '1664755201.123456789'],
    [{ timeFormat: '%d/%b/%Y:%H:%M:%S.%3N %z' }, '03/Oct/2022:05:30:01.123 +0530'],
  ])('%o', (settings, expected) => {
    expect(createTimeFormatter(settings, { context })(TIME)).toBe(expected);
  });
});
