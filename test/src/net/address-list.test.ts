import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/errors.ts';
import { AddressList } from '../../../src/net/address-list.ts';

const network = (text: string) => new AddressList({ host: undefined, network: text });

describe('a network', () => {
  it.each([
    ['192.168.0.0/16', '192.168.255.1', true],
    ['192.168.0.0/16', '192.169.0.1', false],
    ['192.168.0.0/16', '::ffff:192.168.3.4', true],
    ['192.168.0.0/255.255.0.0', '192.168.3.4', true],
    ['10.1.2.3', '10.1.2.3', true],
    ['10.1.2.3', '10.1.2.4', false],
    ['0.0.0.0/0', '8.8.8.8', true],
    ['fd00::/8', 'fd12::1', true],
    ['fd00::/8', 'fe80::1', false],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['::1', '127.0.0.1', false],
    ['10.0.0.0/8', '', false],
  ])('%s and the address %j: %s', (text, address, expected) => {
    expect(network(text).includes(address)).toBe(expected);
  });

  it.each(['10.0.0.0/33', '10.0.0/8', 'somewhere', '10.0.0.0/255.0.255.0', '10.0.0.0/8/8', 'fd00::/129', ''])('%j is a configuration error', (text) => {
    expect(() => network(text)).toThrow(new ConfigError(`network '${text}' address format is invalid`, undefined, 'such as 192.168.0.0/16 or fd00::/8'));
  });
});

describe('a host', () => {
  it('that is an address is known at once', () => {
    expect(new AddressList({ host: '127.0.0.1', network: undefined }).includes('127.0.0.1')).toBe(true);
  });

  it('that is a name is nobody before it was looked up', async () => {
    const list = new AddressList({ host: 'localhost', network: undefined });
    expect(list.includes('127.0.0.1')).toBe(false);
    await list.resolve();
    expect(list.includes('127.0.0.1') || list.includes('::1')).toBe(true);
  });

  it('that cannot be resolved is a configuration error', async () => {
    await expect(new AddressList({ host: 'no-such-host.invalid', network: undefined }).resolve()).rejects.toThrow(
      "host 'no-such-host.invalid' cannot be resolved",
    );
  });
});

it('a client is a host or a network, not both and not neither', () => {
  expect(() => new AddressList({ host: 'a', network: '10.0.0.0/8' })).toThrow("both of 'host' and 'network' are specified for client");
  expect(() => new AddressList({ host: undefined, network: undefined })).toThrow("Either of 'host' and 'network' must be specified for client");
});
