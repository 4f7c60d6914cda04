/**
 * Cuts what a connection sends into messages.
 *
 * A message may arrive in any pieces: scanners keep their place from piece to piece, so each byte is looked at
 * once before the message is decoded. What waits is bounded: of a message that gets larger than allowed
 * the bytes are dropped while its end is still looked for.
 */
import { JsonScanner } from './json-scanner.ts';
import { MsgpackScanner } from './msgpack-scanner.ts';
import { ForwardError, type Scanner } from './scanner.ts';

export interface MessageStreamOptions {
  /** A message of more bytes is dropped; one of JSON also beyond 32 MiB. */
  readonly maxBytes: number;
}

/** One whole message, not decoded. */
export interface ReceivedMessage {
  readonly kind: 'message';
  readonly format: 'msgpack' | 'json';
  /** The message's own bytes; they may be part of a larger buffer. */
  readonly bytes: Buffer;
}

/** A message that was larger than allowed, and is gone. */
export interface OversizeMessage {
  readonly kind: 'oversize';
  readonly byteLength: number;
}

/** The connection carries something that is no message: nothing of it can be read from here on, close it. */
export interface UnreadableMessage {
  readonly kind: 'unreadable';
  readonly problem: string;
}

export type StreamPart = ReceivedMessage | OversizeMessage | UnreadableMessage;

/** Pieces smaller than this are copied together: a hostile sender of single bytes costs no object for each. */
const SMALL_PIECE = 2048;

/** JSON is parsed as a whole, and large messages are not written so by anyone. */
const MAX_JSON_BYTES = 32 * 1024 * 1024;

export class MessageStream {
  #maxBytes: number;
  #format: 'msgpack' | 'json' | undefined;
  #scanner: Scanner | undefined;
  /** Bytes of the message under way. */
  #pieces: Buffer[] = [];
  /** Last of the pieces if there is still room in it, and how much is used. */
  #block: Buffer | undefined;
  #blockUsed = 0;
  #kept = 0;
  #length = 0;
  #isUnreadable = false;

  constructor(options: MessageStreamOptions) {
    this.#maxBytes = options.maxBytes;
  }

  /** How the connection writes its messages; undefined before the first byte. */
  get format(): 'msgpack' | 'json' | undefined {
    return this.#format;
  }

  /** Bytes of a message that is not complete. */
  get pendingBytes(): number {
    return this.#kept;
  }

  /** From now on messages may be of so many bytes. */
  set maxBytes(bytes: number) {
    this.#maxBytes = bytes;
  }

  get #limit(): number {
    return this.#format === 'json' ? Math.min(this.#maxBytes, MAX_JSON_BYTES) : this.#maxBytes;
  }

  /** The messages that are complete with these bytes, in order. */
  push(bytes: Buffer): readonly StreamPart[] {
    if (bytes.length === 0 || this.#isUnreadable) return [];
    const parts: StreamPart[] = [];
    try {
      this.#cut(bytes, parts);
    } catch (error) {
      if (!(error instanceof ForwardError)) throw error;
      this.#isUnreadable = true;
      this.#forget();
      parts.push({ kind: 'unreadable', problem: error.message });
    }
    return parts;
  }

  #cut(bytes: Buffer, parts: StreamPart[]): void {
    const scanner = (this.#scanner ??= this.#begin(bytes[0]!));
    let at = 0;
    while (at < bytes.length) {
      if (this.#length === 0) at = scanner.between(bytes, at);
      if (at === bytes.length) return;
      const end = scanner.scan(bytes, at);
      if (end === -1) {
        this.#keep(bytes.subarray(at));
        return;
      }
      parts.push(this.#finish(bytes.subarray(at, end)));
      at = end;
    }
  }

  /** Fluentd decides by the first byte alone. */
  #begin(first: number): Scanner {
    const json = first === 0x7b || first === 0x5b;
    this.#format = json ? 'json' : 'msgpack';
    return json ? new JsonScanner() : new MsgpackScanner();
  }

  #keep(piece: Buffer): void {
    this.#length += piece.length;
    if (this.#length > this.#limit) {
      this.#forget();
      return;
    }
    this.#kept += piece.length;
    if (piece.length >= SMALL_PIECE) {
      this.#closeBlock();
      this.#pieces.push(piece);
      return;
    }
    let from = 0;
    while (from < piece.length) {
      this.#block ??= this.#openBlock();
      const copied = piece.copy(this.#block, this.#blockUsed, from);
      this.#blockUsed += copied;
      from += copied;
      if (this.#blockUsed === this.#block.length) this.#closeBlock();
    }
  }

  #openBlock(): Buffer {
    this.#blockUsed = 0;
    return Buffer.allocUnsafeSlow(2 * SMALL_PIECE);
  }

  #closeBlock(): void {
    if (this.#block) this.#pieces.push(this.#block.subarray(0, this.#blockUsed));
    this.#block = undefined;
  }

  #forget(): void {
    this.#pieces = [];
    this.#block = undefined;
    this.#kept = 0;
  }

  #finish(last: Buffer): StreamPart {
    const byteLength = this.#length + last.length;
    this.#closeBlock();
    const pieces = this.#pieces;
    this.#forget();
    this.#length = 0;
    if (byteLength > this.#limit) return { kind: 'oversize', byteLength };
    const bytes = pieces.length === 0 ? last : Buffer.concat([...pieces, last], byteLength);
    return { kind: 'message', format: this.#format!, bytes };
  }
}
