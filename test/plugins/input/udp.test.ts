import { createSocket } from 'node:dgram';
import { afterEach, expect, it } from 'vitest';
import { until } from '../../support/agent.ts';
import { startInput, type RunningInput } from '../../support/network-input.ts';

let input: RunningInput;
afterEach(() => input?.stop());

const source = (more = '', parse = '@type none') => `@type udp\ntag u\nport 0\nbind 127.0.0.1\n${more}\n<parse>\n${parse}\n</parse>`;

async function send(...packets: readonly (string | Buffer)[]): Promise<void> {
  const socket = createSocket('udp4');
  for (const packet of packets) await new Promise((resolve) => socket.send(packet, input.port, '127.0.0.1', resolve));
  socket.close();
}

it('a packet is a message, without the line break at its end', async () => {
  input = await startInput(source());
  await send('one\n', 'two\r\n', 'three\r', 'four\n\n', 'fi\nve', '');
  await until(() => input.events().length === 6);
  expect(input.events()).toEqual(['one', 'two', 'three', 'four\\n', 'fi\\nve', ''].map((text) => `u {"message":"${text}"}`));
  expect(input.metric('input_lines_total')).toBe(6);
});

it('remove_newline false keeps it', async () => {
  input = await startInput(source('remove_newline false'));
  await send('one\n');
  await until(() => input.events().length === 1);
  expect(input.events()).toEqual(['u {"message":"one\\n"}']);
});

it.each(['message_length_limit 3', 'body_size_limit 3'])('%s cuts packets off', async (limit) => {
  input = await startInput(source(limit));
  await send('abcdef');
  await until(() => input.events().length === 1);
  expect(input.events()).toEqual(['u {"message":"abc"}']);
});

it('what does not fit is counted and logged once, whatever the bytes', async () => {
  input = await startInput(source('', '@type json'));
  await send('{', Buffer.from([0xff, 0x00, 0xfe]), '[]', '{"a":1}', '[{"b":1},2,{"b":3}]');
  await until(() => input.events().length === 3);
  expect(input.events()).toEqual(['u {"a":1}', 'u {"b":1}', 'u {"b":3}']);
  expect(input.metric('input_dropped_lines_total')).toBe(3);
  expect(input.metric('input_lines_total')).toBe(6);
  expect(input.logged('warn')).toEqual(['pattern not matched']);
});

it('MessagePack may come in packets', async () => {
  input = await startInput(source('source_address_key from\n<extract>\ntag_key to\nkeep_tag_key true\n</extract>', '@type msgpack'));
  await send(Buffer.from('82a161 01a2746fa178'.replaceAll(' ', ''), 'hex'));
  await until(() => input.events().length === 1);
  expect(input.events()).toEqual(['x {"a":1,"to":"x","from":"127.0.0.1"}']);
});

it('a time_key of <extract> has no effect, which is said', async () => {
  input = await startInput(source('<extract>\ntime_key at\n</extract>', '@type json'));
  await send('{"at":1}');
  await until(() => input.events().length === 1);
  expect(input.timed()).toEqual(['1664791200.000000000 u {"at":1}']);
  expect(input.logged('warn')[0]).toMatch('time_key has no effect');
});
