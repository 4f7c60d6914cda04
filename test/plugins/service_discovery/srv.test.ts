import { createSocket, type Socket } from 'node:dgram';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import srv from '../../../plugins/service_discovery/srv.ts';
import { createPlugin, testContext } from '../../support/context.ts';

interface Record {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}

/** A DNS server that knows SRV records of any name, and the address 10.0.0.N of `hostN.test`. */
let dns: Socket;
let records: readonly Record[];
let asked: string[];
let context = testContext();

beforeEach(async () => {
  records = [];
  asked = [];
  context = testContext({ kind: 'service_discovery' });
  dns = createSocket('udp4');
  dns.on('message', (query, from) => dns.send(answer(query), from.port, from.address));
  await new Promise<void>((resolve) => dns.bind(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await context.close();
  dns.close();
});

function nameBytes(name: string): Buffer {
  return Buffer.concat([...name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])), Buffer.from([0])]);
}

function answer(query: Buffer): Buffer {
  let at = 12;
  const labels: string[] = [];
  while (query[at]! > 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + query[at]!));
    at += 1 + query[at]!;
  }
  const name = labels.join('.');
  const type = query.readUInt16BE(at + 1);
  asked.push(`${name} ${type}`);
  const data = type === 33 ? records.map(({ priority, weight, port, target }) => {
    const head = Buffer.alloc(6);
    head.writeUInt16BE(priority, 0);
    head.writeUInt16BE(weight, 2);
    head.writeUInt16BE(port, 4);
    return Buffer.concat([head, nameBytes(target)]);
  }) : type === 1 ? [Buffer.from([10, 0, 0, Number(/\d+/.exec(name)![0])])] : [];
  const header = Buffer.from([query[0]!, query[1]!, 0x84, 0, 0, 1, 0, data.length, 0, 0, 0, 0]);
  const question = query.subarray(12, at + 5);
  const answers = data.map((bytes) => {
    const head = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 1, 0, 0]);
    head.writeUInt16BE(bytes.length, 10);
    return Buffer.concat([head, bytes]);
  });
  return Buffer.concat([header, question, ...answers]);
}

async function start(more: { dns_lookup?: boolean; shared_key?: string } = {}) {
  const server = `127.0.0.1:${dns.address().port}`;
  const discovery = createPlugin(srv, { service: 'fluentd', hostname: 'example.test', dns_server_host: server, interval: 1, ...more }, context);
  await discovery.start!();
  return discovery;
}

it('servers come by priority, with the addresses of their names', async () => {
  records = [{ priority: 2, weight: 1, port: 11, target: 'host1.test' }, { priority: 1, weight: 7, port: 12, target: 'host2.test' }];
  const discovery = await start({ shared_key: 'k' });
  expect(asked[0]).toBe('_fluentd._tcp.example.test 33');
  const common = { standby: false, username: '', password: '', sharedKey: 'k' };
  expect(discovery.services()).toEqual([
    { host: '10.0.0.2', port: 12, name: 'host2.test', weight: 7, ...common },
    { host: '10.0.0.1', port: 11, name: 'host1.test', weight: 1, ...common },
  ]);
});

it('names stay names without dns_lookup, and weights of 0 everywhere are equal ones', async () => {
  records = [{ priority: 1, weight: 0, port: 1, target: 'host1.test' }, { priority: 1, weight: 0, port: 2, target: 'host2.test' }];
  const discovery = await start({ dns_lookup: false });
  expect(discovery.services().map(({ host, weight }) => [host, weight])).toEqual([['host1.test', 1], ['host2.test', 1]]);
});

it('changes are noticed, and answers without servers are not believed', async () => {
  records = [{ priority: 1, weight: 1, port: 1, target: 'host1.test' }];
  const discovery = await start();
  const changed = vi.fn<() => void>();
  discovery.onChange!(changed);
  records = [{ priority: 1, weight: 1, port: 1, target: 'host3.test' }];
  await vi.waitFor(() => expect(changed).toHaveBeenCalled(), { timeout: 3000 });
  records = [];
  const before = asked.length;
  await vi.waitFor(() => expect(asked.length).toBeGreaterThan(before), { timeout: 3000 });
  expect(discovery.services().map(({ host }) => host)).toEqual(['10.0.0.3']);
});

it('an interval below a second is a configuration error', () => {
  expect(() => createPlugin(srv, { service: 's', hostname: 'h', interval: 0 }, context)).toThrow('interval: expected 1 or more seconds, found 0');
});
