/** IP addresses with a prefix length, as Ruby's IPAddr has them. */
import { rubyError } from './ruby-error.ts';
import { RubyIp } from './values.ts';

/** Reads `10.0.0.1`, `10.0.0.0/8`, `fd00::1`, `[fd00::1]`, `fe80::/10`. Throws IPAddr::InvalidAddressError. */
export function parseIp(text: string): RubyIp {
  const [whole, prefixText] = text.split('/', 2);
  const address = whole.startsWith('[') && whole.endsWith(']') ? whole.slice(1, -1) : whole;
  const four = parseIp4(address);
  const six = four === undefined ? parseIp6(address.replace(/%\w+$/, '')) : undefined;
  const value = four ?? six;
  if (value === undefined) throw rubyError('IPAddr::InvalidAddressError', `invalid address: ${text}`);
  const bits = four === undefined ? 128 : 32;
  const prefix = prefixText === undefined ? bits : parsePrefix(prefixText, bits, text);
  return new RubyIp(masked(value, bits, prefix), bits, prefix);
}

function parseIp4(text: string): bigint | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1);
  if (!parts || parts.some((p) => Number(p) > 255 || (p.length > 1 && p.startsWith('0')))) return undefined;
  return parts.reduce((value, part) => value * 256n + BigInt(part), 0n);
}

function parseIp6(text: string): bigint | undefined {
  if (!text.includes(':')) return undefined;
  let source = text;
  const tail = /:([\d.]+)$/.exec(source)?.[1];
  if (tail?.includes('.')) {
    const four = parseIp4(tail);
    if (four === undefined) return undefined;
    source = source.slice(0, -tail.length) + (four >> 16n).toString(16) + ':' + (four & 0xffffn).toString(16);
  }
  const halves = source.split('::');
  if (halves.length > 2) return undefined;
  const [left, right] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - left.length - (right?.length ?? 0);
  if (right ? missing < 1 : missing !== 0) return undefined;
  const groups = [...left, ...Array<string>(right ? missing : 0).fill('0'), ...(right ?? [])];
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  return groups.reduce((value, group) => value * 65536n + BigInt(`0x${group}`), 0n);
}

function parsePrefix(text: string, bits: 32 | 128, whole: string): number {
  if (/^\d+$/.test(text) && Number(text) <= bits) return Number(text);
  const mask = bits === 32 ? parseIp4(text) : parseIp6(text);
  if (mask !== undefined) {
    const ones = mask.toString(2).padStart(bits, '0');
    if (/^1*0*$/.test(ones)) return ones.indexOf('0') < 0 ? bits : ones.indexOf('0');
  }
  throw rubyError('IPAddr::InvalidPrefixError', `invalid length: ${whole}`);
}

/** The address with all bits after the prefix cleared. */
export function masked(value: bigint, bits: 32 | 128, prefix: number): bigint {
  const rest = BigInt(bits - prefix);
  return (value >> rest) << rest;
}

/** `10.0.0.1`, `fd00::1`: without the prefix, the longest run of zeros shortened. */
export function ipText(ip: RubyIp): string {
  return ip.bits === 32 ? ip4Text(ip.address) : shortened(ip6Groups(ip.address).map((group) => group.replace(/^0+(?=.)/, '')));
}

function ip4Text(address: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (address >> shift) & 255n).join('.');
}

function ip6Groups(address: bigint): string[] {
  return address.toString(16).padStart(32, '0').match(/.{4}/g)!;
}

/** All digits: `fd00:0000:...`. */
export function ipFullText(ip: RubyIp): string {
  return ip.bits === 32 ? ip4Text(ip.address) : ip6Groups(ip.address).join(':');
}

function shortened(groups: readonly string[]): string {
  let best = { start: 0, length: 0 };
  for (let i = 0; i < groups.length; i++) {
    let length = 0;
    while (groups[i + length] === '0') length++;
    if (length > best.length) best = { start: i, length };
  }
  if (best.length < 2) return groups.join(':');
  return groups.slice(0, best.start).join(':') + '::' + groups.slice(best.start + best.length).join(':');
}

/** Whether `other` lies within the network. */
export function ipIncludes(network: RubyIp, other: RubyIp): boolean {
  if (network.bits !== other.bits || other.prefix < network.prefix) return false;
  return masked(other.address, network.bits, network.prefix) === network.address;
}
