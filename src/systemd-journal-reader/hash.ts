/**
 * The two hashes of journal files: lookup3 (files without the keyed-hash flag, and the xor hash of
 * cursors) and SipHash-2-4 keyed by the file id.
 */

/** A 64-bit hash as two unsigned 32-bit halves. */
export interface Hash64 {
  readonly high: number;
  readonly low: number;
}

/** Bob Jenkins's lookup3 `hashlittle2` with both seeds 0; the first result is the high half. */
export function jenkinsHash(bytes: Uint8Array): Hash64 {
  let left = bytes.length;
  let at = 0;
  let a = (0xdeadbeef + left) | 0;
  let b = a;
  let c = a;
  const word = (i: number): number => bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
  while (left > 12) {
    a = (a + word(at)) | 0;
    b = (b + word(at + 4)) | 0;
    c = (c + word(at + 8)) | 0;
    a = (a - c) ^ rotate(c, 4);
    c = (c + b) | 0;
    b = (b - a) ^ rotate(a, 6);
    a = (a + c) | 0;
    c = (c - b) ^ rotate(b, 8);
    b = (b + a) | 0;
    a = (a - c) ^ rotate(c, 16);
    c = (c + b) | 0;
    b = (b - a) ^ rotate(a, 19);
    a = (a + c) | 0;
    c = (c - b) ^ rotate(b, 4);
    b = (b + a) | 0;
    at += 12;
    left -= 12;
  }
  if (left === 0) return { high: c >>> 0, low: b >>> 0 };
  const tail = new Uint8Array(12);
  tail.set(bytes.subarray(at));
  const tailWord = (i: number): number => tail[i] | (tail[i + 1] << 8) | (tail[i + 2] << 16) | (tail[i + 3] << 24);
  a = (a + tailWord(0)) | 0;
  b = (b + tailWord(4)) | 0;
  c = (c + tailWord(8)) | 0;
  c = ((c ^ b) - rotate(b, 14)) | 0;
  a = ((a ^ c) - rotate(c, 11)) | 0;
  b = ((b ^ a) - rotate(a, 25)) | 0;
  c = ((c ^ b) - rotate(b, 16)) | 0;
  a = ((a ^ c) - rotate(c, 4)) | 0;
  b = ((b ^ a) - rotate(a, 14)) | 0;
  c = ((c ^ b) - rotate(b, 24)) | 0;
  return { high: c >>> 0, low: b >>> 0 };
}

function rotate(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}

/** SipHash-2-4 with the 16 bytes of the key. */
export function sipHash(bytes: Uint8Array, key: Uint8Array): Hash64 {
  const words = new DataView(key.buffer, key.byteOffset, 16);
  const [k0l, k0h, k1l, k1h] = [0, 4, 8, 12].map((at) => words.getUint32(at, true));
  const state = new Int32Array([
    k0l ^ 0x70736575, k0h ^ 0x736f6d65, k1l ^ 0x6e646f6d, k1h ^ 0x646f7261,
    k0l ^ 0x6e657261, k0h ^ 0x6c796765, k1l ^ 0x79746573, k1h ^ 0x74656462,
  ]);
  const whole = bytes.length & ~7;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < whole; at += 8) absorb(state, view.getInt32(at, true), view.getInt32(at + 4, true));
  const last = new Int32Array(2);
  for (let i = whole; i < bytes.length; i++) last[(i - whole) >> 2] |= bytes[i] << (((i - whole) & 3) * 8);
  absorb(state, last[0], last[1] | ((bytes.length & 0xff) << 24));
  state[4] ^= 0xff;
  rounds(state, 4);
  return {
    high: (state[1] ^ state[3] ^ state[5] ^ state[7]) >>> 0,
    low: (state[0] ^ state[2] ^ state[4] ^ state[6]) >>> 0,
  };
}

function absorb(state: Int32Array, low: number, high: number): void {
  state[6] ^= low;
  state[7] ^= high;
  rounds(state, 2);
  state[0] ^= low;
  state[1] ^= high;
}

/** SipRound `count` times; `state` holds v0..v3, low half first. */
function rounds(state: Int32Array, count: number): void {
  let v0l = state[0], v0h = state[1], v1l = state[2], v1h = state[3];
  let v2l = state[4], v2h = state[5], v3l = state[6], v3h = state[7];
  for (let i = 0; i < count; i++) {
    let sum = (v0l >>> 0) + (v1l >>> 0);
    v0h = (v0h + v1h + (sum > 0xffffffff ? 1 : 0)) | 0;
    v0l = sum | 0;
    let high = (v1h << 13) | (v1l >>> 19);
    let low = (v1l << 13) | (v1h >>> 19);
    v1h = high ^ v0h;
    v1l = low ^ v0l;
    high = v0l;
    v0l = v0h;
    v0h = high;

    sum = (v2l >>> 0) + (v3l >>> 0);
    v2h = (v2h + v3h + (sum > 0xffffffff ? 1 : 0)) | 0;
    v2l = sum | 0;
    high = (v3h << 16) | (v3l >>> 16);
    low = (v3l << 16) | (v3h >>> 16);
    v3h = high ^ v2h;
    v3l = low ^ v2l;

    sum = (v0l >>> 0) + (v3l >>> 0);
    v0h = (v0h + v3h + (sum > 0xffffffff ? 1 : 0)) | 0;
    v0l = sum | 0;
    high = (v3h << 21) | (v3l >>> 11);
    low = (v3l << 21) | (v3h >>> 11);
    v3h = high ^ v0h;
    v3l = low ^ v0l;

    sum = (v2l >>> 0) + (v1l >>> 0);
    v2h = (v2h + v1h + (sum > 0xffffffff ? 1 : 0)) | 0;
    v2l = sum | 0;
    high = (v1h << 17) | (v1l >>> 15);
    low = (v1l << 17) | (v1h >>> 15);
    v1h = high ^ v2h;
    v1l = low ^ v2l;
    high = v2l;
    v2l = v2h;
    v2h = high;
  }
  state[0] = v0l;
  state[1] = v0h;
  state[2] = v1l;
  state[3] = v1h;
  state[4] = v2l;
  state[5] = v2h;
  state[6] = v3l;
  state[7] = v3h;
}
