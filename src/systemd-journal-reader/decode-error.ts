/** Compressed data that cannot be right. */
export class DecodeError extends Error {
  override name = 'DecodeError';
}
