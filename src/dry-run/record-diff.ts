/** What changed from one record to the next, field by field; nested hashes by paths such as `kubernetes.pod_name`. */
import { generateJson } from '../lib/json.ts';
import { isHash, type LogRecord, type Value } from '../lib/value.ts';
import type { TraceStage } from './report.ts';

export type Change = TraceStage['changes'][number];

/** In the order of the newer record; what is gone comes first. */
export function diffRecords(before: LogRecord | undefined, after: LogRecord): Change[] {
  const changes: Change[] = [];
  compare(before ?? new Map<string, Value>(), after, '', changes);
  return changes;
}

function compare(before: ReadonlyMap<string, Value>, after: ReadonlyMap<string, Value>, path: string, changes: Change[]): void {
  for (const [key, value] of before) if (!after.has(key)) changes.push({ op: 'remove', field: path + key, before: generateJson(value), after: null });
  for (const [key, value] of after) {
    const field = path + key;
    const old = before.get(key);
    if (old === undefined) {
      if (isHash(value) && value.size > 0) compare(new Map(), value, `${field}.`, changes);
      else changes.push({ op: 'add', field, before: null, after: generateJson(value) });
    } else if (isHash(old) && isHash(value)) compare(old, value, `${field}.`, changes);
    else {
      const [was, is] = [generateJson(old), generateJson(value)];
      if (was !== is) changes.push({ op: 'change', field, before: was, after: is });
    }
  }
}
