/** One server: whether it is there, where it is, and its connections. */
import { lookup as lookupAddresses } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Clock, Logger } from '#logferry';
import type { Balanced } from './balancer.ts';
import { ForwardConnection } from './connection.ts';
import { FailureDetector } from './failure-detector.ts';
import { HandshakeError, shakeHands } from './handshake.ts';
import type { ClientTls } from './tls.ts';

/** A server as the configuration or a service discovery names it. */
export interface Service {
  readonly host: string;
  readonly port: number;
  readonly name?: string | undefined;
  readonly weight: number;
  readonly standby: boolean;
  readonly username: string;
  readonly password: string;
  readonly sharedKey?: string | undefined;
}

/** All addresses of a host name, best first. */
export type Lookup = (host: string) => Promise<readonly string[]>;

/** What all servers of one output share; times in milliseconds. */
export interface NodeSettings {
  readonly clock: Clock;
  readonly log: Logger;
  readonly heartbeat: 'transport' | 'udp' | 'none';
  readonly heartbeatIntervalMs: number;
  readonly recoverWaitMs: number;
  readonly hardTimeoutMs: number;
  /** Undefined: the detector is not used. */
  readonly phiThreshold: number | undefined;
  readonly connectTimeoutMs: number | undefined;
  readonly sendTimeoutMs: number;
  /** Undefined: kept until the server is lost; 0: not kept. */
  readonly dnsCacheMs: number | undefined;
  readonly dnsRoundRobin: boolean;
  readonly keepalive: boolean;
  readonly keepaliveTimeoutMs: number | undefined;
  /** Of `<security>`; undefined: no handshake. */
  readonly security: { readonly hostname: string; readonly sharedKey: string } | undefined;
  readonly tls: () => ClientTls | undefined;
  /** A server was lost or found again. */
  readonly onChange: () => void;
  readonly lookup?: Lookup;
}

const systemLookup: Lookup = async (host) => (await lookupAddresses(host, { all: true, order: 'verbatim' })).map(({ address }) => address);

interface Idle {
  readonly connection: ForwardConnection;
  readonly timer: NodeJS.Timeout | undefined;
}

export class ServerNode implements Balanced {
  readonly service: Service;
  /** For logs. */
  readonly label: string;
  readonly #settings: NodeSettings;
  readonly #detector: FailureDetector;
  readonly #idle: Idle[] = [];
  readonly #open = new Set<ForwardConnection>();
  #isLost = false;
  #isClosed = false;
  #address: { readonly text: string; readonly atMs: number } | undefined;

  constructor(service: Service, settings: NodeSettings) {
    this.service = service;
    this.label = service.name ?? `${service.host}:${service.port}`;
    this.#settings = settings;
    const { heartbeatIntervalMs, hardTimeoutMs } = settings;
    this.#detector = new FailureDetector({ intervalSec: heartbeatIntervalMs / 1000, hardTimeoutSec: hardTimeoutMs / 1000, nowSec: this.#now() });
  }

  get host(): string {
    return this.service.host;
  }

  get port(): number {
    return this.service.port;
  }

  get weight(): number {
    return this.service.weight;
  }

  get standby(): boolean {
    return this.service.standby;
  }

  /** Without heartbeats nobody would find a lost server again: then it is always tried. */
  get isAvailable(): boolean {
    return !this.#isLost || this.#settings.heartbeat === 'none';
  }

  /** Not used any more: it was taken out, or the agent ends. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Its address was found lately; for answers to heartbeats over UDP. */
  get lastAddress(): string | undefined {
    return this.#address?.text;
  }

  /** Not used until heartbeats have succeeded for a while. */
  disable(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#settings.onChange();
  }

  /** The server showed that it is there. `detect`: a lost server may be used again. */
  heartbeat(detect: boolean): void {
    const { heartbeat, recoverWaitMs, heartbeatIntervalMs, log, onChange } = this.#settings;
    if (heartbeat === 'none') return;
    this.#detector.add(this.#now());
    if (!detect || !this.#isLost || this.#detector.samples <= Math.floor(recoverWaitMs / heartbeatIntervalMs)) return;
    this.#isLost = false;
    log.warn(`recovered forwarding server '${this.label}'`, { host: this.host, port: this.port });
    onChange();
  }

  /** Looks whether the server is lost; after each heartbeat was sent. */
  tick(): void {
    const { log, phiThreshold, heartbeat } = this.#settings;
    if (heartbeat === 'none') return;
    const now = this.#now();
    const isTimedOut = this.#detector.isTimedOut(now);
    if (this.#isLost) {
      if (isTimedOut) this.#detector.clear();
      return;
    }
    const phi = phiThreshold === undefined || isTimedOut ? 0 : this.#detector.phi(now);
    if (!isTimedOut && !(phiThreshold !== undefined && phi > phiThreshold)) return;
    const why = isTimedOut ? { hard_timeout: true } : { phi, phi_threshold: phiThreshold };
    log.warn(`detached forwarding server '${this.label}'`, { host: this.host, port: this.port, ...why });
    this.#address = undefined;
    this.#detector.clear();
    this.disable();
  }

  /** Its address. Rejects if the name cannot be resolved. */
  async resolve(): Promise<string> {
    const { dnsCacheMs, dnsRoundRobin, clock, lookup = systemLookup } = this.#settings;
    if (isIP(this.host) !== 0) return (this.#address ??= { text: this.host, atMs: 0 }).text;
    const nowMs = clock.monotonic();
    const known = this.#address;
    if (known && dnsCacheMs !== 0 && (dnsCacheMs === undefined || nowMs - known.atMs < dnsCacheMs)) return known.text;
    let found;
    try {
      found = await lookup(this.host);
    } catch (cause) {
      throw new Error(`the host name '${this.host}' cannot be resolved`, { cause });
    }
    const text = found[dnsRoundRobin ? Math.floor(Math.random() * found.length) : 0];
    if (text === undefined) throw new Error(`the host name '${this.host}' has no address`);
    this.#address = { text, atMs: nowMs };
    return text;
  }

  /** A connection that is ready for messages: an idle one, or a new one after its handshake. */
  async connect(signal?: AbortSignal): Promise<ForwardConnection> {
    const idle = this.#takeIdle();
    if (idle) return idle;
    const { tls, connectTimeoutMs, sendTimeoutMs, security, hardTimeoutMs, log } = this.#settings;
    const { name, username, password, sharedKey } = this.service;
    const hostname = isIP(this.host) === 0 ? this.host : (name ?? this.host);
    const address = await this.resolve();
    const connection = await ForwardConnection.open({ address, port: this.port, hostname, tls: tls(), connectTimeoutMs, sendTimeoutMs }, signal);
    this.#open.add(connection);
    try {
      if (this.#isClosed) throw new Error('the agent is shutting down');
      const credentials = security && { hostname: security.hostname, sharedKey: sharedKey ?? security.sharedKey, username, password };
      if (credentials) await shakeHands(connection, credentials, hardTimeoutMs, signal);
      return connection;
    } catch (error) {
      this.discard(connection);
      if (security && !signal?.aborted) {
        if (error instanceof HandshakeError) log.warn(`connection refused to ${this.label}: ${error.message}`, { host: this.host, port: this.port });
        this.disable();
      }
      throw new Error(`failed to establish connection with node ${this.label}`, { cause: error });
    }
  }

  /** The connection is not needed any more: kept for the next chunk, or closed. */
  release(connection: ForwardConnection): void {
    const { keepalive, keepaliveTimeoutMs } = this.#settings;
    if (!keepalive || this.#isClosed || !connection.isUsable) {
      this.#open.delete(connection);
      connection.close();
      return;
    }
    const timer = keepaliveTimeoutMs === undefined ? undefined : setTimeout(() => {
      this.#idle.splice(this.#idle.findIndex((idle) => idle.connection === connection), 1);
      this.#open.delete(connection);
      connection.close();
    }, keepaliveTimeoutMs);
    timer?.unref();
    this.#idle.push({ connection, timer });
  }

  /** The connection is of no use: something went wrong on it. */
  discard(connection: ForwardConnection): void {
    this.#open.delete(connection);
    connection.destroy();
  }

  /** No server of this output any more: connections end with what is under way on them. */
  retire(): void {
    this.#isClosed = true;
    for (const { timer, connection } of this.#idle.splice(0)) {
      clearTimeout(timer);
      this.#open.delete(connection);
      connection.close();
    }
  }

  /** Cuts all connections. */
  close(): void {
    this.#isClosed = true;
    for (const { timer } of this.#idle.splice(0)) clearTimeout(timer);
    for (const connection of this.#open) connection.destroy(new Error('the agent is shutting down'));
    this.#open.clear();
  }

  #takeIdle(): ForwardConnection | undefined {
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) {
      clearTimeout(idle.timer);
      if (idle.connection.isUsable) return idle.connection;
      this.discard(idle.connection);
    }
    return undefined;
  }

  #now(): number {
    return this.#settings.clock.monotonic() / 1000;
  }
}
