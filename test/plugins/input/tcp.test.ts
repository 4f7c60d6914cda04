import { afterEach, describe, expect, it } from 'vitest';
import { BufferOverflowError } from '../../../src/errors.ts';
import { until } from '../../support/agent.ts';
import { testContext } from '../../support/context.ts';
import { connect, createInput, received, sendAll, startInput, type RunningInput } from '../../support/network-input.ts';

let input: RunningInput;
afterEach(() => input?.stop());

const source = (more = '', parse = '@type json') => `@type tcp\ntag t\nport 0\nbind 127.0.0.1\n${more}\n<parse>\n${parse}\n</parse>`;

describe('the tcp input', () => {
  it('makes an event of each line, from whatever pieces', async () => {
    input = await startInput(source());
    await sendAll(input.port, '{"a":1}\n{"a"', ':2}\r\n\n{"a":3}\n{"a":', '4}');
    expect(input.events()).toEqual(['t {"a":1}', 't {"a":2}', 't {"a":3}']);
    expect(input.metric('input_lines_total')).toBe(5);
    expect(input.metric('input_dropped_lines_total', { reason: 'unparsed' })).toBe(1);
    expect(input.metric('input_dropped_lines_total', { reason: 'incomplete' })).toBe(1);
  });

  it('adds where a message is from, and takes the tag from a field', async () => {
    input = await startInput(source('source_address_key from\nsource_hostname_key host\n<extract>\ntag_key to\n</extract>'));
    await sendAll(input.port, '{"a":1,"to":"x"}\n{"a":2}\n{"a":3,"to":"x"}\n');
    expect(input.events().map((line) => line.replace(/"host":"[^"]+"/, '"host":"H"'))).toEqual([
      'x {"a":1,"from":"127.0.0.1","host":"H"}', 'x {"a":3,"from":"127.0.0.1","host":"H"}', 't {"a":2,"from":"127.0.0.1","host":"H"}',
    ]);
  });

  it('keeps bytes that are no UTF-8', async () => {
    input = await startInput(source('delimiter "\\0"', '@type none'));
    await sendAll(input.port, Buffer.from([0x61, 0xff, 0x0a, 0x62, 0x00]));
    const [batch] = input.context.router.batches;
    expect(batch!.events[0]!.record.get('message')).toBe('a\udcff\nb');
  });

  it('drops messages beyond message_length_limit and goes on behind them', async () => {
    input = await startInput(source('message_length_limit 10', '@type none'));
    await sendAll(input.port, '0123456789\n0123456789a\n', 'x'.repeat(30), 'y\nfine\n');
    expect(input.events()).toEqual(['t {"message":"0123456789"}', 't {"message":"fine"}']);
    expect(input.metric('input_dropped_lines_total', { reason: 'too_long' })).toBe(2);
    expect(input.logged('info').filter((line) => line.includes('message_length_limit'))).toHaveLength(1);
  });

  it('lets only listed clients in', async () => {
    input = await startInput(source('<security>\n<client>\nnetwork 10.0.0.0/8\n</client>\n</security>'));
    await received(await connect(input.port));
    expect(input.logged('warn')).toEqual(["anonymous client '127.0.0.1' denied"]);
    await input.stop();
    input = await startInput(source('<security>\n<client>\nnetwork 10.0.0.0/8\n</client>\n<client>\nhost localhost\n</client>\n</security>'));
    await sendAll(input.port, '{"a":1}\n');
    expect(input.events()).toEqual(['t {"a":1}']);
  });

  it('keeps events while the buffer is full', async () => {
    const context = testContext({ kind: 'input' });
    input = await startInput(source(), context);
    context.router.fail = new BufferOverflowError('full');
    const socket = await connect(input.port);
    socket.write('{"a":1}\n');
    await until(() => context.log.lines.some(({ level }) => level === 'warn'));
    socket.end('{"a":2}\n');
    context.router.fail = undefined;
    await until(() => input.events().length === 2);
    expect(input.events()).toEqual(['t {"a":1}', 't {"a":2}']);
  });

  it('counts what it cannot give to anybody at the end', async () => {
    const context = testContext({ kind: 'input' });
    input = await startInput(source(), context);
    context.router.fail = new BufferOverflowError('full');
    const socket = await connect(input.port);
    socket.write('{"a":1}\n{"a":2}\n');
    await until(() => context.log.lines.some(({ level }) => level === 'warn'));
    await input.stop();
    expect(input.metric('input_dropped_lines_total', { reason: 'buffer_full' })).toBe(2);
    expect(input.logged('error')).toEqual(['events are lost: the agent ends and the buffer has no room']);
  });

  it('survives an output that throws', async () => {
    const context = testContext({ kind: 'input' });
    input = await startInput(source(), context);
    context.router.fail = new Error('broken');
    await sendAll(input.port, '{"a":1}\n');
    context.router.fail = undefined;
    await sendAll(input.port, '{"a":2}\n');
    expect(input.events()).toEqual(['t {"a":2}']);
    expect(input.metric('input_dropped_lines_total', { reason: 'emit_failed' })).toBe(1);
  });

  it.each([
    ['delimiter ""', 'delimiter: expected at least one character'],
    ['<security>\n<client>\nhost a\nnetwork 10.0.0.0/8\n</client>\n</security>', "both of 'host' and 'network' are specified for client"],
    ['<security>\n<client>\n</client>\n</security>', "Either of 'host' and 'network' must be specified for client"],
    ['<security>\n</security>', '<client>'],
    ['<transport tls>\n</transport>', "no valid cert options configured. specify either 'cert_path', 'ca_cert_path' or 'insecure'"],
    ['<transport udp>\n</transport>', 'udp'],
  ])('%j is a configuration error', async (more, message) => {
    await expect(createInput(source(more))).rejects.toThrow(message);
  });

  it('needs a <parse> section', async () => {
    await expect(createInput('@type tcp\ntag t')).rejects.toThrow('parse');
  });

  it('reads the format of old configurations', async () => {
    input = await startInput('@type tcp\ntag t\nport 0\nbind 127.0.0.1\nformat none');
    await sendAll(input.port, 'x\n');
    expect(input.events()).toEqual(['t {"message":"x"}']);
  });
});
