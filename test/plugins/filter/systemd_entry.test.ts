import { describe, expect, it } from 'vitest';
import definition from '../../../plugins/filter/systemd_entry.ts';
import type { EventBatch } from '../../../src/event.ts';
import type { Filter } from '../../../src/plugin.ts';
import { event, lines, objectBatch } from '../../support/batches.ts';
import { createPlugin, testContext } from '../../support/context.ts';

const entry = event(1, { _BOOT_ID: 'b', PRIORITY: '6', _PID: '1', _COMM: 'c', MESSAGE: 'm' });

describe('the systemd_entry filter', () => {
  it('joins fields whose names become the same, the later first, and makes nil empty text', () => {
    const filter = createPlugin(definition, { fields_strip_underscores: true } as never, testContext()) as Filter;
    const given = event(1, { PID: '1', _PID: '2', __PID: '3', X: null });
    expect(lines((filter.filter(objectBatch('t', [given])) as EventBatch).events)).toEqual(['1 {"PID":"3 2 1","X":""}']);
  });

  it.each<[Record<string, unknown>, string]>([
    [{}, '{"_BOOT_ID":"b","PRIORITY":"6","_PID":"1","_COMM":"c","MESSAGE":"m"}'],
    [{ fields_strip_underscores: true, fields_lowercase: true }, '{"boot_id":"b","priority":"6","pid":"1","comm":"c","message":"m"}'],
    [{ field_map: new Map([['MESSAGE', 'log'], ['NOPE', 'x']]), field_map_strict: true }, '{"log":"m"}'],
    [
      { field_map: new Map<string, unknown>([['MESSAGE', 'log'], ['_PID', ['process', 'pid']], ['_COMM', 'process'], ['PRIORITY', 'log']]) },
      '{"log":"m 6","process":"1 c","pid":"1","_BOOT_ID":"b"}',
    ],
    [{ field_map: new Map([['_BOOT_ID', 'log_id'], ['MESSAGE', 'log']]), field_map_strict: true }, '{"log_id":"b","log":"b m"}'],
    [{ field_map: new Map([['_PID', 'priority']]), fields_lowercase: true }, '{"priority":"6 1","_boot_id":"b","_comm":"c","message":"m"}'],
  ])('renames with %j', (given, expected) => {
    const filter = createPlugin(definition, given as never, testContext()) as Filter;
    expect(lines((filter.filter(objectBatch('t', [entry])) as EventBatch).events)).toEqual([`1 ${expected}`]);
  });
});
