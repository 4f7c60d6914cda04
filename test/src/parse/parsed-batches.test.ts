import { expect, it } from 'vitest';
import type { Value } from '../../../src/lib/value.ts';
import { compileExtract } from '../../../src/parse/extract.ts';
import { compileParsedBatches } from '../../../src/parse/parsed-batches.ts';
import { lines } from '../../support/batches.ts';
import { testContext } from '../../support/context.ts';

it('leaves the field of a time alone where the parser has found a time', () => {
  const extract = compileExtract({
    tag_key: undefined, keep_tag_key: false, time_key: 'at', keep_time_key: false, time_type: 'unixtime', time_format: undefined, localtime: true, utc: false, timezone: undefined,
  }, testContext());
  const batches = compileParsedBatches({ tag: 't', extract, now: () => ({ sec: 9, nsec: 0 }), drop: () => expect.unreachable() });
  const found = [{ time: { sec: 1, nsec: 0 }, record: new Map<string, Value>([['at', 'no time']]) }, { time: undefined, record: new Map<string, Value>([['at', 5]]) }];
  expect(batches(found).flatMap((batch) => lines(batch.events))).toEqual(['1 {"at":"no time"}', '5 {}']);
});
