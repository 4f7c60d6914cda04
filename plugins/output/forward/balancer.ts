/** Spreads chunks over servers by their weights; lost servers are passed over, standby servers take their place. */
import type { Logger } from '#logferry';

/** What the balancer has to know of a server. */
export interface Balanced {
  readonly host: string;
  readonly port: number;
  readonly weight: number;
  readonly standby: boolean;
  readonly isAvailable: boolean;
}

/** No server can be tried. */
export class NoNodesAvailableError extends Error {
  override name = 'NoNodesAvailable';
  constructor() {
    super('no nodes are available');
  }
}

/** With few servers each is in the order several times: so often a chunk is tried. */
const TRIES_PER_SERVER = 6;

export class Balancer<N extends Balanced> {
  readonly #log: Logger;
  readonly #random: () => number;
  #order: readonly N[] = [];
  #next = 0;
  #standbys: ReadonlySet<N> = new Set();

  constructor(log: Logger, random: () => number = Math.random) {
    this.#log = log;
    this.#random = random;
  }

  /** Servers came or went, or were lost or found again. */
  rebuild(nodes: readonly N[]): void {
    const weighted = nodes.filter(({ weight }) => weight > 0);
    const used = weighted.filter(({ standby }) => !standby);
    let lostWeight = used.reduce((sum, { isAvailable, weight }) => (isAvailable ? sum : sum + weight), 0);
    const standbys = new Set<N>();
    for (const node of weighted) {
      if (lostWeight <= 0) break;
      if (!node.standby || !node.isAvailable) continue;
      used.push(node);
      standbys.add(node);
      lostWeight -= node.weight;
      if (!this.#standbys.has(node)) this.#log.warn(`using standby node ${node.host}:${node.port}`, { weight: node.weight });
    }
    this.#standbys = standbys;
    if (used.length === 0) this.#log.warn('No nodes are available');
    this.#order = shuffled(repeated(used), this.#random);
    this.#next = 0;
  }

  /** Tries servers in turn until `use` succeeds with one. Rejects with the last error, or NoNodesAvailableError. */
  async select<T>(use: (node: N) => Promise<T>, signal: AbortSignal): Promise<T> {
    let failure: unknown;
    for (let tries = this.#order.length; tries > 0 && this.#order.length > 0; tries--) {
      const node = this.#order[this.#next % this.#order.length]!;
      this.#next = (this.#next + 1) % this.#order.length;
      if (!node.isAvailable) continue;
      try {
        return await use(node);
      } catch (error) {
        failure = error;
        if (signal.aborted) throw error;
      }
    }
    throw failure ?? new NoNodesAvailableError();
  }
}

/** Each as often as its weight says, in smallest numbers. */
function repeated<N extends Balanced>(nodes: readonly N[]): N[] {
  const divisor = nodes.reduce((gcd, { weight }) => greatestDivisor(gcd, weight), 0);
  const once = nodes.flatMap((node) => Array.from({ length: node.weight / divisor }, () => node));
  const times = once.length === 0 ? 0 : Math.max(1, Math.floor((nodes.length * TRIES_PER_SERVER) / once.length));
  return Array.from({ length: times }, () => once).flat();
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

function shuffled<N>(nodes: N[], random: () => number): N[] {
  for (let i = nodes.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [nodes[i], nodes[j]] = [nodes[j]!, nodes[i]!];
  }
  return nodes;
}
