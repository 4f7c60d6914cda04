import { createSocket } from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../../support/agent.ts';
import { createInput, sendAll, startInput, type RunningInput } from '../../support/network-input.ts';

let input: RunningInput;
afterEach(() => input?.stop());

const source = (more = '') => `@type syslog\ntag s\nport 0\nbind 127.0.0.1\n${more}`;
const TCP = '<transport tcp>\n</transport>\n';

async function send(...packets: readonly (string | Buffer)[]): Promise<void> {
  const socket = createSocket('udp4');
  for (const packet of packets) await new Promise((resolve) => socket.send(packet, input.port, '127.0.0.1', resolve));
  socket.close();
}

describe('the syslog input', () => {
  it('makes tags of priorities, also of those without a name', async () => {
    input = await startInput(source('severity_key severity\nfacility_key facility'));
    await send('<13>Feb  5 17:32:18 h a[1]: x\n', '<0>Feb  5 17:32:18 h a: y', '<191>Feb  5 17:32:18 h a: z\r\n', '<999>Feb  5 17:32:18 h a: w');
    await until(() => input.events().length === 4);
    expect(input.events()).toEqual([
      's.user.notice {"host":"h","ident":"a","pid":"1","message":"x","severity":"notice","facility":"user"}',
      's.kern.emerg {"host":"h","ident":"a","message":"y","severity":"emerg","facility":"kern"}',
      's.local7.debug {"host":"h","ident":"a","message":"z","severity":"debug","facility":"local7"}',
      's..debug {"host":"h","ident":"a","message":"w","severity":"debug","facility":null}',
    ]);
  });

  it('finds priorities itself if the parser does not', async () => {
    input = await startInput(source('emit_unmatched_lines true\n<parse>\n@type none\n</parse>'));
    await send('<30>text', 'no priority', 'first\n<31>second line\nthird', `<${'9'.repeat(40)}>huge`);
    await until(() => input.events().length === 4);
    expect(input.events()).toEqual([
      's.daemon.info {"message":"text"}', 's.unmatched {"unmatched_line":"no priority"}', 's.daemon.debug {"message":"second line"}', 's..debug {"message":"huge"}',
    ]);
    expect(input.logged('warn')).toEqual(['invalid syslog message']);
  });

  it('drops what cannot be read, counts it, and says so once', async () => {
    input = await startInput(source());
    await send('garbage', Buffer.from([0xff, 0xfe]), '<13>Foo 99 99:99:99 h a: x', '<13>Feb  5 17:32:18 h a: ok');
    await until(() => input.events().length === 1);
    expect(input.metric('input_dropped_lines_total', { reason: 'unparsed' })).toBe(3);
    expect(input.metric('input_lines_total')).toBe(4);
    expect(input.logged('warn')).toHaveLength(1);
  });

  it('divides what comes over TCP by a delimiter', async () => {
    input = await startInput(source(`${TCP}delimiter "||"\n<parse>\nmessage_format auto\n</parse>`));
    await sendAll(input.port, '<14>1 2024-01-01T00:00:01Z h a 1 - - one|', '|<13>Feb  5 17:32:18 h a: two||<13>Feb  5 17:32:18 h a: lost');
    expect(input.events()).toEqual([
      's.user.info {"host":"h","ident":"a","pid":"1","msgid":"-","extradata":"-","message":"one"}', 's.user.notice {"host":"h","ident":"a","message":"two"}',
    ]);
    expect(input.metric('input_dropped_lines_total', { reason: 'incomplete' })).toBe(1);
  });

  it('closes a connection whose counts are wrong, and takes what came before', async () => {
    input = await startInput(source(`${TCP}frame_type octet_count`));
    await sendAll(input.port, '27 <13>Feb  5 17:32:18 h a: ok', 'nonsense 5 hello');
    await sendAll(input.port, '27 <13>Feb  5 17:32:18 h a: ok');
    expect(input.events()).toHaveLength(2);
    expect(input.logged('error')).toEqual(['unexpected error on reading data']);
  });

  it('adds where a message is from, to lines that cannot be read too', async () => {
    input = await startInput(source('include_source_host true\nemit_unmatched_lines true'));
    await send('x');
    await until(() => input.events().length === 1);
    expect(input.events()).toEqual(['s.unmatched {"unmatched_line":"x","source_host":"127.0.0.1"}']);
  });

  it('takes the old protocol_type', async () => {
    input = await startInput(source('protocol_type tcp'));
    await sendAll(input.port, '<13>Feb  5 17:32:18 h a: ok\n');
    expect(input.events()).toHaveLength(1);
    expect(input.logged('info')[0]).toBe(`listening syslog socket on 127.0.0.1:${input.port} with tcp`);
  });

  it.each([
    ['include_source_host true\nsource_address_key a', 'specify either source_address_key or include_source_host'],
    ['source_hostname_key a\nresolve_hostname false', 'resolve_hostname must be true with source_hostname_key'],
    ['send_keepalive_packet true', 'send_keepalive_packet is available for tcp/tls'],
    ['<transport tls>\n</transport>', 'no valid cert options configured'],
    ['delimiter ""', 'delimiter: expected at least one character'],
  ])('%j is a configuration error', async (more, message) => {
    await expect(createInput(source(more))).rejects.toThrow(message);
  });
});
