/** One connection: the handshake if there is a key, then messages in their order. */
import {
  createPong, encodeAs, MessageStream, readMessage, readValues, type ByteAllowance, type Connection, type ConnectionHandler, type Counter,
  type EventRules, type EventsMessage, type LogEvent, type LogFields, type ReceivedMessage, type StreamPart,
} from '#logferry';
import type { Complain } from './complaints.ts';
import type { Challenge, Doorkeeper } from './doorkeeper.ts';

/** What the connections of one input share. */
export interface SessionSettings {
  readonly rules: EventRules;
  readonly maxBytes: number;
  readonly warnBytes: number | undefined;
  readonly denyKeepalive: boolean;
  readonly doorkeeper: Doorkeeper | undefined;
  readonly allowance: ByteAllowance;
  readonly complain: Complain;
  readonly warn: (sentence: string, fields: LogFields) => void;
  readonly counts: SessionCounts;
  /** Pending while nothing more should be taken, from any connection. */
  readonly pressure: () => Promise<void> | undefined;
  /** The events of a message as they are emitted, and the tag. Events may be left out. */
  readonly accept: (message: EventsMessage, connection: Connection) => { readonly tag: string; readonly events: readonly LogEvent[] };
  /**
   * Emits events; `answer` is called once, when they are acknowledged, and not at all if they were not taken. The
   * promise is for back-pressure; it never rejects.
   */
  readonly emit: (tag: string, events: readonly LogEvent[], connection: Connection, answer: (() => void) | undefined) => void | Promise<void>;
}

export interface SessionCounts {
  readonly bytes: Counter;
  readonly broken: Counter;
  readonly tooLong: Counter;
  readonly refused: Counter;
}

/** Events of messages that follow each other with the same tag. */
interface Group {
  readonly tag: string;
  readonly events: LogEvent[];
  readonly acks: Buffer[];
}

/** A PING is small; who is not known yet gets no more memory. */
const MAX_PING_BYTES = 64 * 1024;
/** A client that does not send its PING within this time is closed. */
const HANDSHAKE_MS = 60_000;
/** Answers that a client does not read are at most about so many bytes: then its messages wait. */
const MAX_UNREAD_ANSWERS = 256 * 1024;

export class Session implements ConnectionHandler {
  readonly #connection: Connection;
  readonly #settings: SessionSettings;
  readonly #stream: MessageStream;
  /** Until the PING was accepted. */
  #challenge: Challenge | undefined;
  #handshakeTimer: NodeJS.Timeout | undefined;
  /** The client was refused, or sent what cannot be read: nothing of it is taken any more. */
  #isOver = false;
  /** With deny_keepalive: messages came, and the connection ends when they are answered. */
  #isLast = false;
  #unanswered = 0;
  /** Bytes that this connection has of the common allowance. */
  #reserved = 0;

  constructor(connection: Connection, settings: SessionSettings) {
    this.#connection = connection;
    this.#settings = settings;
    const { doorkeeper } = settings;
    this.#stream = new MessageStream({ maxBytes: doorkeeper ? MAX_PING_BYTES : settings.maxBytes });
    if (!doorkeeper) return;
    this.#challenge = doorkeeper.challenge();
    connection.write(doorkeeper.helo(this.#challenge));
    this.#handshakeTimer = setTimeout(() => this.#giveUp('A client sent no PING in time', {}), HANDSHAKE_MS);
    this.#handshakeTimer.unref();
  }

  data(bytes: Buffer): void | Promise<void> {
    this.#settings.counts.bytes.add(bytes.length);
    if (this.#isOver) return undefined;
    const parts = this.#stream.push(bytes);
    this.#reserve();
    if (parts.length === 0) return undefined;
    return this.#settings.pressure() || this.#hasUnreadAnswers() ? this.#handleLater(parts) : this.#handle(parts);
  }

  close(): void {
    clearTimeout(this.#handshakeTimer);
    this.#isOver = true;
    this.#settings.allowance.change(-this.#reserved);
    this.#reserved = 0;
  }

  async #handleLater(parts: readonly StreamPart[]): Promise<void> {
    for (let wait = this.#settings.pressure(); wait; wait = this.#settings.pressure()) await wait;
    if (this.#hasUnreadAnswers()) await this.#answersRead();
    await this.#handle(parts);
  }

  /** Handles what one reading gave; messages of the same tag go on as one batch. */
  #handle(parts: readonly StreamPart[]): void | Promise<void> {
    let group: Group | undefined;
    let waiting: Promise<void> | undefined;
    const flush = (): void => {
      if (group) waiting = this.#emitAfter(waiting, group);
      group = undefined;
    };
    for (const part of parts) {
      if (this.#isOver) break;
      const message = this.#open(part);
      if (!message) continue;
      if (message.rest) {
        flush();
        waiting = this.#emitSlices(waiting, message);
        continue;
      }
      const { tag, events } = this.#settings.accept(message, this.#connection);
      if (group?.tag !== tag) flush();
      group ??= { tag, events: [], acks: [] };
      if (group.events.length === 0) group = { ...group, events: events as LogEvent[] };
      else for (const event of events) group.events.push(event);
      if (message.ack) group.acks.push(message.ack);
    }
    flush();
    if (!this.#settings.denyKeepalive || this.#challenge) return waiting;
    this.#isLast = true;
    if (!waiting) return this.#closeIfDone();
    return waiting.then(() => this.#closeIfDone());
  }

  #emitAfter(waiting: Promise<void> | undefined, group: Group): Promise<void> | undefined {
    if (waiting) return waiting.then(() => this.#emit(group));
    return this.#emit(group) ?? undefined;
  }

  /** The slices of a large message, each when there is room for it; answered when all of them are safe. */
  async #emitSlices(waiting: Promise<void> | undefined, first: EventsMessage): Promise<void> {
    await waiting;
    let unsafe = 1;
    const answer = this.#answerWith(first.ack ? [first.ack] : []);
    const isSafe = answer && (() => {
      if (--unsafe === 0) answer();
    });
    for (let message: EventsMessage | undefined = first; message; message = message.rest?.()) {
      const { tag, events } = this.#settings.accept(message, this.#connection);
      if (events.length === 0) continue;
      unsafe++;
      await this.#settings.emit(tag, events, this.#connection, isSafe);
      // Other connections have their turn.
      await new Promise((resolve) => setImmediate(resolve));
    }
    isSafe?.();
  }

  #emit({ tag, events, acks }: Group): void | Promise<void> {
    const answer = this.#answerWith(acks);
    if (events.length > 0) return this.#settings.emit(tag, events, this.#connection, answer);
    answer?.();
    return undefined;
  }

  /** What sends the acknowledgements; undefined if nobody wants any. */
  #answerWith(acks: readonly Buffer[]): (() => void) | undefined {
    if (acks.length === 0) return undefined;
    this.#unanswered++;
    return () => {
      for (const ack of acks) this.#connection.write(ack);
      this.#unanswered--;
      this.#closeIfDone();
    };
  }

  #closeIfDone(): void {
    if (this.#isLast && this.#unanswered === 0) this.#connection.close();
  }

  /** The events of a message; undefined if it has none to hand on. */
  #open(part: StreamPart): EventsMessage | undefined {
    if (part.kind === 'unreadable') {
      this.#settings.counts.broken.add();
      this.#giveUp('incoming data cannot be read: the connection is closed', { problem: part.problem });
      return undefined;
    }
    if (this.#challenge) {
      this.#shakeHands(part, this.#challenge);
      return undefined;
    }
    const { counts, complain, warn, maxBytes, warnBytes, rules } = this.#settings;
    const host = this.#connection.remoteHost;
    if (part.kind === 'oversize') {
      counts.tooLong.add();
      warn("Input chunk size is larger than 'chunk_size_limit', dropped:", { host, limit: maxBytes, size: part.byteLength });
      return undefined;
    }
    if (warnBytes !== undefined && part.bytes.length > warnBytes)
      warn("Input chunk size is larger than 'chunk_size_warn_limit':", { host, limit: warnBytes, size: part.bytes.length });
    const message = readMessage(part, rules);
    if (message.kind === 'events') return message;
    if (message.kind === 'nothing') return undefined;
    counts.broken.add();
    if (message.fatal) this.#giveUp('incoming chunk is broken: the connection is closed', { problem: message.problem });
    else complain('incoming chunk is broken:', host, { problem: message.problem });
    return undefined;
  }

  #shakeHands(part: Exclude<StreamPart, { kind: 'unreadable' }>, challenge: Challenge): void {
    const { doorkeeper, counts, maxBytes } = this.#settings;
    const connection = this.#connection;
    const { pong, refusal, fields } = doorkeeper!.judge(part.kind === 'message' ? valuesOf(part) : null, challenge, connection.remoteAddress);
    connection.write(encodeAs(createPong(pong), part.kind === 'message' ? part.format : 'msgpack'));
    if (refusal !== undefined) {
      counts.refused.add();
      this.#giveUp(refusal, { address: connection.remoteAddress, ...fields });
      return;
    }
    clearTimeout(this.#handshakeTimer);
    this.#challenge = undefined;
    this.#stream.maxBytes = maxBytes;
  }

  #giveUp(sentence: string, fields: LogFields): void {
    this.#isOver = true;
    this.#settings.complain(sentence, this.#connection.remoteHost, fields);
    this.#connection.close();
  }

  /** Unfinished messages of all connections together have a limit. */
  #reserve(): void {
    const { pendingBytes } = this.#stream;
    const { allowance, counts } = this.#settings;
    if (allowance.change(pendingBytes - this.#reserved)) {
      this.#reserved = pendingBytes;
      return;
    }
    counts.tooLong.add();
    this.#giveUp('unfinished messages of all connections take too much memory: the connection is closed', { limit: allowance.limit });
  }

  #hasUnreadAnswers(): boolean {
    return this.#connection.socket.writableLength > MAX_UNREAD_ANSWERS;
  }

  #answersRead(): Promise<void> {
    const { socket } = this.#connection;
    return new Promise((resolve) => {
      const done = (): void => {
        socket.off('drain', done).off('close', done);
        resolve();
      };
      socket.on('drain', done).on('close', done);
    });
  }
}

function valuesOf(message: ReceivedMessage): ReturnType<typeof readValues> {
  try {
    return readValues(message);
  } catch {
    return null;
  }
}
