import { afterEach, expect, test } from 'vitest';
import { cloudWatch, messages, Place, tail, until } from '../../../support/agent.ts';

let place: Place;

afterEach(() => place.remove());

const lines = (name: string): Record<string, unknown>[] =>
  place.has(name) ? place.read(name).trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>) : [];

test.each(['', '@type file\n path DIR/buffer'])('a poisoned event goes to the dead letter file, its neighbours are delivered, the queue goes on (buffer %#)', async (buffer) => {
  place = new Place();
  const endpoint = await place.endpoint({ faults: [{ action: 'InvalidParameterException', containing: 'POISON' }] });
  place.write('x.log', 'one\nPOISON\nthree\n');
  const running = await place.start(tail('x.log', 'x') + cloudWatch(endpoint.url, { more: 'dead_letter_path DIR/dead.jsonl', buffer }));
  await until(() => messages(endpoint, 'x').length === 2);
  place.append('x.log', 'four\n');
  await until(() => messages(endpoint, 'x').length === 3);
  expect(messages(endpoint, 'x')).toEqual(['{"message":"one"}', '{"message":"three"}', '{"message":"four"}']);
  expect(lines('dead.jsonl').map(({ reason, group, stream, message }) => [reason, group, stream, message])).toEqual([['invalid', 'logs', 'x', '{"message":"POISON"}']]);
  // Counted when the answer is there.
  await until(() => running.metric('cloudwatch_delivered_events_total') === 3);
  expect(running.metric('cloudwatch_rejected_events_total')).toBe(1);
});

test('events that the service refuses reach the label @ERROR', async () => {
  place = new Place();
  const endpoint = await place.endpoint({ faults: [{ action: 'InvalidParameterException', containing: 'POISON' }] });
  place.write('x.log', 'one\nPOISON\n');
  await place.start(`
${tail('x.log', 'x')}
${cloudWatch(endpoint.url)}
<label @ERROR>
  ${cloudWatch(endpoint.url).replace('use_tag_as_stream true', 'log_stream_name errors').replace('<buffer>', 'oversized_events fluentd\n message_keys message\n <buffer>').replace('log_group_name logs', 'log_group_name errors')}
</label>
`);
  endpoint.setFaults([{ action: 'InvalidParameterException', containing: 'POISON', stream: 'x' }]);
  const errors = () => (endpoint.store.findGroup('errors')?.streams.has('errors') ? [...endpoint.store.events('errors', 'errors')] : []);
  await until(() => errors().length === 1 && messages(endpoint, 'x').length === 1);
  expect(errors().map(({ message }) => message)).toEqual(['POISON']);
});

test('a stream that is denied does not hold the others, and nothing is lost when it recovers', async () => {
  place = new Place();
  const endpoint = await place.endpoint({ faults: [{ action: 'AccessDeniedException', stream: 'bad' }] });
  place.write('bad.log', 'b1\n');
  place.write('good.log', 'g0\n');
  await place.start(tail('bad.log', 'bad') + tail('good.log', 'good', 'pos_file DIR/other.pos') + cloudWatch(endpoint.url));
  for (let i = 1; i < 6; i++) {
    place.append('good.log', `g${i}\n`);
    place.append('bad.log', `b${i + 1}\n`);
    await until(() => messages(endpoint, 'good').length === i + 1);
  }
  expect(messages(endpoint, 'bad')).toEqual([]);
  endpoint.setFaults([]);
  await until(() => messages(endpoint, 'bad').length === 6, 5000);
  expect(messages(endpoint, 'bad')).toEqual([1, 2, 3, 4, 5, 6].map((i) => `{"message":"b${i}"}`));
});

test('an end while a stream is denied delivers the rest and says what is left', async () => {
  place = new Place();
  const endpoint = await place.endpoint({ faults: [{ action: 'AccessDeniedException', stream: 'bad' }] });
  place.write('bad.log', 'b1\n');
  place.write('good.log', 'g1\n');
  const running = await place.start(tail('bad.log', 'bad') + tail('good.log', 'good', 'pos_file DIR/other.pos') + cloudWatch(endpoint.url));
  await until(() => messages(endpoint, 'good').length === 1);
  place.append('good.log', 'g2\n');
  await until(() => messages(endpoint, 'good').length === 2);
  await running.stop();
  expect(running.logged().some((line) => line.startsWith('warn: events could not be delivered before the end'))).toBe(true);
  expect(messages(endpoint, 'bad')).toEqual([]);
});
