import { afterEach, expect, test } from 'vitest';
import { cloudWatch, messages, Place, tail, until } from '../support/agent.ts';

let place: Place;
afterEach(() => place.remove());

const MIB = 1024 * 1024;
const line = (name: string, n: number): string => `${name}${n} ${'x'.repeat(1000)}\n`;

test('a stream that is denied for long holds neither lines, memory nor positions of another one, and comes in order afterwards', async () => {
  place = new Place();
  const endpoint = await place.endpoint({ faults: [{ action: 'AccessDeniedException', stream: 'denied' }] });
  const inputs = `${tail('denied.log', 'denied')}${tail('well.log', 'well').replace('tail.pos', 'well.pos')}`;
  const running = await place.start(`${inputs}${cloudWatch(endpoint.url, { buffer: 'chunk_limit_size 1m' })}`);
  let written = 0;
  let most = 0;
  // Of each several times as much as an output holds before its inputs have to wait.
  for (let round = 0; round < 12; round++) {
    const next = Array.from({ length: 2000 }, () => written++);
    place.append('denied.log', next.map((n) => line('denied', n)).join(''));
    place.append('well.log', next.map((n) => line('well', n)).join(''));
    await until(() => messages(endpoint, 'well').length === written);
    most = Math.max(most, running.metric('buffer_memory_bytes') ?? 0);
  }
  expect(most).toBeLessThan(16 * MIB);
  const bytes = written * 1006;
  const position = () => Number.parseInt(place.read('well.pos').split('\t')[1]!, 16);
  await until(() => position() > bytes);
  expect(Number.parseInt(place.read('tail.pos').split('\t')[1]!, 16)).toBe(0);
  endpoint.setFaults([]);
  await until(() => messages(endpoint, 'denied').length === written, 60_000);
  await running.stop();
  for (const name of ['denied', 'well']) {
    expect(messages(endpoint, name).map((text) => (JSON.parse(text) as { message: string }).message.split(' ')[0])).toEqual(Array.from({ length: written }, (_, n) => `${name}${n}`));
  }
  expect(running.agent.ledger().imbalances).toEqual([]);
}, 120_000);
