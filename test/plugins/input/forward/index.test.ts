import { createSocket } from 'node:dgram';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { BufferOverflowError } from '../../../../src/errors.ts';
import { encodeValue, MsgpackWriter } from '../../../../src/lib/msgpack.ts';
import type { Value } from '../../../../src/lib/value.ts';
import { connect, createInput, received, sendAll, startInput, type RunningInput } from '../../../support/network-input.ts';

let input: RunningInput | undefined;
afterEach(async () => {
  await input?.stop();
  input = undefined;
});

const start = async (more = ''): Promise<RunningInput> => (input = await startInput(`@type forward\nbind 127.0.0.1\nport 0\n${more}`));
const record = (fields: Record<string, Value>) => new Map(Object.entries(fields));
const message = (tag: Value, fields: Record<string, Value>, option: Record<string, Value> = {}) => encodeValue([tag, 7, record(fields), record(option)]);

/** Sends, and resolves with so many bytes of what comes back. */
async function ask(port: number, bytes: Buffer, length: number): Promise<{ answer: Buffer; close: () => void }> {
  const socket = await connect(port);
  let answer = Buffer.alloc(0);
  socket.on('data', (more: Buffer) => (answer = Buffer.concat([answer, more])));
  socket.write(bytes);
  await vi.waitFor(() => expect(answer.length).toBeGreaterThanOrEqual(length));
  return { answer, close: () => socket.destroy() };
}

describe('events', () => {
  it('of one reading with the same tag are one batch', async () => {
    const { port, events, context } = await start();
    await sendAll(port, Buffer.concat([message('a', { n: 1 }), message('a', { n: 2 }), message('b', { n: 3 }), message('a', { n: 4 })]));
    expect(events()).toEqual(['a {"n":1}', 'a {"n":2}', 'b {"n":3}', 'a {"n":4}']);
    expect(context.router.batches.map(({ size }) => size)).toEqual([2, 1, 1]);
    expect(input!.metric('input_lines_total')).toBe(4);
  });

  it('come from a client that sends JSON', async () => {
    const { port, events } = await start();
    await sendAll(port, '["a",7,{"n":1}]\n["b",[[7,{"n":2}]]]');
    expect(events()).toEqual(['a {"n":1}', 'b {"n":2}']);
  });

  it('get another tag, or a prefix', async () => {
    const { port, events } = await start('tag fixed\nadd_tag_prefix pre');
    await sendAll(port, Buffer.concat([message('a', { n: 1 }), message(null, { n: 2 })]));
    expect(events()).toEqual(['pre.fixed {"n":1}', 'pre.fixed {"n":2}']);
  });

  it('have the address of their sender, and its name', async () => {
    const { port, context } = await start('source_address_key addr\nsource_hostname_key host');
    await sendAll(port, message('a', { n: 1, addr: 'x' }));
    const fields = context.router.batches[0]!.events[0]!.record;
    expect([...fields.keys()]).toEqual(['n', 'addr', 'host']);
    expect(fields.get('addr')).toBe('127.0.0.1');
    expect(fields.get('host')).toEqual(expect.any(String));
  });

  it('that are none are counted, and told of once for a host', async () => {
    const { port, events, logged, metric } = await start();
    await sendAll(port, Buffer.concat([encodeValue(['a', 1.5, record({})]), message('a', { n: 1 }), message(12, { n: 2 })]));
    await sendAll(port, encodeValue(['a', 7, 'text']));
    expect(events()).toEqual(['a {"n":1}']);
    expect(metric('input_dropped_lines_total', { reason: 'invalid' })).toBe(3);
    expect(logged('warn')).toEqual(['skip invalid event:']);
  });

  it('have a tag made of anything without skip_invalid_event', async () => {
    const { port, events } = await start('skip_invalid_event false');
    await sendAll(port, Buffer.concat([message(12, { n: 2 }), encodeValue(['a', null, record({ n: 3 })]), encodeValue(['a', 7, null])]));
    expect(events()).toEqual(['12 {"n":2}', 'a {"n":3}']);
  });
});

describe('acknowledgements', () => {
  it('are sent when the events were taken, in the order of the messages', async () => {
    const { port } = await start();
    const expected = Buffer.concat([encodeValue(record({ ack: 'one' })), encodeValue(record({ ack: 'two' }))]);
    const { answer, close } = await ask(port, Buffer.concat([message('a', {}, { chunk: 'one' }), message('b', {}, { chunk: 'two' })]), expected.length);
    expect(answer).toEqual(expected);
    close();
  });

  it('are sent for an invalid event: a retry would not help', async () => {
    const { port } = await start();
    const { answer, close } = await ask(port, encodeValue(['a', 1.5, record({}), record({ chunk: 'x' })]), 7);
    expect(answer).toEqual(encodeValue(record({ ack: 'x' })));
    close();
  });

  it('reach a client that has ended its side', async () => {
    const { port } = await start();
    const socket = await connect(port);
    socket.end(message('a', {}, { chunk: 'x' }));
    expect(Buffer.from(await received(socket), 'latin1')).toEqual(encodeValue(record({ ack: 'x' })));
  });

  it('wait for the delivery with ack_on delivery', async () => {
    const { port, context } = await start('ack_on delivery');
    context.router.hold = true;
    const socket = await connect(port);
    let answer = '';
    socket.on('data', (bytes: Buffer) => (answer += bytes.toString('latin1')));
    socket.write(message('a', {}, { chunk: 'x' }));
    await vi.waitFor(() => expect(context.router.batches).toHaveLength(1));
    socket.end();
    expect(answer).toBe('');
    context.router.batches[0]!.ack!.settle();
    await vi.waitFor(() => expect(answer).toBe(encodeValue(record({ ack: 'x' })).toString('latin1')));
  });

  it.each(['emit', 'delivery'])('wait for all slices of a large message with ack_on %s', async (when) => {
    const { port, context } = await start(`ack_on ${when}`);
    context.router.hold = when === 'delivery';
    const list = Array.from({ length: 300 }, (_, n): Value => [7, record({ n, text: 'x'.repeat(10_000) })]);
    const socket = await connect(port);
    let answer = '';
    socket.on('data', (bytes: Buffer) => (answer += bytes.toString('latin1')));
    socket.write(encodeValue(['a', list, record({ chunk: 'x' })]));
    await vi.waitFor(() => expect(context.router.batches.map(({ size }) => size)).toEqual([104, 104, 92]));
    for (const batch of when === 'delivery' ? context.router.batches : []) {
      expect(answer).toBe('');
      batch.ack!.settle();
    }
    await vi.waitFor(() => expect(answer).toBe(encodeValue(record({ ack: 'x' })).toString('latin1')));
    socket.destroy();
  });

  it('are not sent while a full buffer takes nothing, and no other connection is read', async () => {
    const { port, context, events } = await start();
    context.router.fail = new BufferOverflowError('full');
    const first = await connect(port);
    let answer = '';
    first.on('data', (bytes: Buffer) => (answer += bytes.toString('latin1')));
    first.write(message('a', { n: 1 }, { chunk: 'x' }));
    await vi.waitFor(() => expect(context.log.lines.some(({ level }) => level === 'warn')).toBe(true));
    const second = await connect(port);
    second.write(message('b', { n: 2 }));
    expect(answer).toBe('');
    context.router.fail = undefined;
    await vi.waitFor(() => expect(events()).toEqual(['a {"n":1}', 'b {"n":2}']));
    await vi.waitFor(() => expect(answer).not.toBe(''));
    first.destroy();
    second.destroy();
  });

  it('are not sent if the agent ends before the buffer has room', async () => {
    const { port, context, stop, logged, metric } = await start();
    context.router.fail = new BufferOverflowError('full');
    const socket = await connect(port);
    socket.write(message('a', { n: 1 }, { chunk: 'x' }));
    await vi.waitFor(() => expect(logged('warn')).toHaveLength(1));
    const answer = received(socket);
    await stop();
    expect(await answer).toBe('');
    expect(logged('error')).toEqual(['events were not taken; their sender will send them again']);
    expect(metric('input_dropped_lines_total', { reason: 'not_taken' })).toBe(1);
  });
});

describe('connections', () => {
  it('end after a message with deny_keepalive, but not before its answer', async () => {
    const { port, events } = await start('deny_keepalive true');
    const socket = await connect(port);
    socket.write(message('a', { n: 1 }));
    expect(await received(socket)).toBe('');
    const other = await connect(port);
    other.write(message('a', { n: 2 }, { chunk: 'x' }));
    expect(Buffer.from(await received(other), 'latin1')).toEqual(encodeValue(record({ ack: 'x' })));
    expect(events()).toEqual(['a {"n":1}', 'a {"n":2}']);
  });

  it('go on behind a message that is too large', async () => {
    const { port, events, logged, metric } = await start('chunk_size_limit 1k\nchunk_size_warn_limit 500');
    await sendAll(port, Buffer.concat([message('a', { t: 'x'.repeat(2000) }), message('a', { t: 'x'.repeat(700) }), message('a', { n: 1 })]));
    expect(events()).toHaveLength(2);
    expect(logged('warn')).toEqual(["Input chunk size is larger than 'chunk_size_limit', dropped:", "Input chunk size is larger than 'chunk_size_warn_limit':"]);
    expect(metric('input_dropped_lines_total', { reason: 'too_long' })).toBe(1);
  });

  it.each([
    ['garbage', Buffer.from([0xc1, 0xc1])],
    ['nesting without end', Buffer.alloc(3000, 0x91)],
    ['a bomb', new MsgpackWriter().arrayHeader(3).text('a').binary(gzipSync(Buffer.alloc(3_000_000))).value(record({ compressed: 'gzip', chunk: 'x' })).take()],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n\xff')],
  ])('end with %s, without harm to others', async (_name, bytes) => {
    const { port, events, logged } = await start('decompression_size_limit 1m');
    const other = await connect(port);
    const socket = await connect(port);
    const answer = received(socket);
    socket.end(Buffer.concat([message('a', { n: 1 }), bytes]));
    expect(await answer).toBe('');
    other.end(message('b', { n: 2 }));
    await vi.waitFor(() => expect(events()).toEqual(['a {"n":1}', 'b {"n":2}']));
    expect(logged('error')).toEqual([]);
  });

  it('answer heartbeats over UDP', async () => {
    const { port } = await start();
    const socket = createSocket('udp4');
    const answer = new Promise<Buffer>((resolve) => socket.once('message', resolve));
    socket.send(Buffer.from([0]), port, '127.0.0.1');
    expect(await answer).toEqual(Buffer.from([0]));
    socket.close();
  });
});

it.each([
  ['source_hostname_key h\nresolve_hostname false', 'resolve_hostname must be true with source_hostname_key'],
  ['tag ""', "'tag' parameter must not be empty"],
  ['add_tag_prefix ""', "'add_tag_prefix' parameter must not be empty"],
  ['send_keepalive_packet true\ndeny_keepalive true', "both 'send_keepalive_packet' and 'deny_keepalive' cannot be set to true"],
])('%j is a configuration error', async (more, problem) => {
  await expect(createInput(`@type forward\n${more}`)).rejects.toThrow(problem);
});
