/** Writes what left into the expectations of a case (`logferry test --update`). */
import type { Document } from 'yaml';
import { Float, isHash, type Value } from '../lib/value.ts';
import type { TestCase } from './test-cases.ts';
import type { ActualEvent, ActualPlace, Outcome } from './test-run.ts';

/** Comments and the form of everything else stay. */
export function updateExpectations(document: Document, test: TestCase, { streams, tags, lost }: Outcome): void {
  const byTag = new Set(test.expect.filter(({ tag }) => tag !== undefined).flatMap(({ tag, output }) => tags.filter((place) => place.tag === tag && (output ?? place.output) === place.output)).map(({ output }) => output));
  const inStreams = new Set(streams.map(({ output }) => output));
  const places = [...streams.filter(({ output }) => !byTag.has(output)), ...tags.filter(({ output }) => byTag.has(output) || !inStreams.has(output))];
  const withTimes = test.expect.some(({ events }) => events.some(({ timeMs }) => timeMs !== undefined));
  document.setIn(['cases', test.index, 'expect'], document.createNode(places.map((place) => toPlain(place, places, withTimes))));
  if (lost.size > 0) document.setIn(['cases', test.index, 'lost'], document.createNode(Object.fromEntries([...lost].map(([id, { count }]) => [id, count]))));
  else document.deleteIn(['cases', test.index, 'lost']);
}

function toPlain({ group, stream, tag, output, events }: ActualPlace, all: readonly ActualPlace[], withTimes: boolean): unknown {
  const place = group === undefined ? { tag, ...(all.some((other) => other.tag === tag && other.output !== output) ? { output } : {}) } : { group, stream };
  return { ...place, events: events.map((event) => eventOf(event, withTimes)) };
}

function eventOf({ record, text, timeMs }: ActualEvent, withTimes: boolean): unknown {
  if (!record) return text ?? '';
  const fields = plain(record) as Map<string, unknown>;
  return withTimes ? new Map([...fields, ['$time', new Date(timeMs).toISOString()]]) : fields;
}

function plain(value: Value): unknown {
  if (isHash(value)) return new Map([...value].map(([key, inner]) => [key, plain(inner)]));
  if (Array.isArray(value)) return (value as Value[]).map(plain);
  return value instanceof Float ? value.value : value;
}
