/**
 * The loss ledger: where every line that was read has gone. It is computed from running totals when somebody looks, at
 * the end of the agent above all, and it balances: what went into a place came out of it, or is named here.
 */
import type { Sample } from './metrics.ts';

/** Totals of one input, filter or output, in records (see `topology/steps.ts`). */
export interface StepTotals {
  readonly kind: 'input' | 'filter' | 'output';
  readonly type: string;
  readonly id: string;
  readonly label: string;
  /** Undefined for the output of a `<store>`. */
  readonly pattern: string | undefined;
  /** Of the output of a `<store>`: what it is a store of. */
  readonly owner: StepTotals | undefined;
  readonly received: number;
  readonly passed: number;
  readonly emitted: number;
  readonly failed: number;
}

/** Totals of one label, in records. */
export interface LabelTotals {
  readonly name: string;
  readonly entered: number;
  readonly unmatched: number;
  /** Error events that went into the log. */
  readonly dumped: number;
  /** Refused by an output, and given to `@ERROR`. */
  readonly refused: number;
}

export interface InputAccount {
  readonly id: string;
  readonly type: string;
  readonly lines: number;
  readonly bytes: number;
  /** Lines that never became events, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Lines that became part of an event together with others. */
  readonly joined: number;
  /** Events beyond the first of lines that hold several. */
  readonly split: number;
  readonly emitted: number;
  /** Read, and neither emitted nor dropped: held for more lines, or given back unread at the end. */
  readonly held: number;
  /** Bytes of files that went away unread, by reason. */
  readonly abandonedBytes: Readonly<Record<string, number>>;
}

export interface FilterAccount {
  readonly id: string;
  readonly type: string;
  readonly label: string;
  readonly received: number;
  readonly passed: number;
  /** Handed on later, by a way of its own. */
  readonly emitted: number;
  readonly failed: number;
  /** Dropped on purpose, or joined to others (`concat`); 0 where events are both handed on and given to `@ERROR` (`prometheus`). */
  readonly removed: number;
}

export interface OutputAccount {
  readonly id: string;
  readonly type: string;
  readonly received: number;
  /** Found in the buffer at the start. */
  readonly resumed: number;
  /** Of outputs without a buffer: all that was received and not handed on. */
  readonly delivered: number;
  /** Given to another label, tag or `<store>`. */
  readonly handedOn: number;
  /** By outputs that hand on (`rewrite_tag_filter`): what they kept from going on. */
  readonly removed: number;
  /** Refused by the destination, by reason; these are part of `delivered`, as nothing waits for them any more. */
  readonly rejected: Readonly<Record<string, number>>;
  readonly backedUp: number;
  readonly lost: number;
  readonly failed: number;
  /** In the buffer: in a file, or to be read again. */
  readonly waiting: number;
}

export interface Ledger {
  readonly inputs: readonly InputAccount[];
  readonly filters: readonly FilterAccount[];
  readonly outputs: readonly OutputAccount[];
  /** Events that no `<match>` took. */
  readonly unmatched: number;
  /** Error events that went into the log. */
  readonly dumped: number;
  /** Lines of the agent's own log that were routed as events. */
  readonly ownLog: number;
  /** What does not add up, as sentences; empty if the ledger balances. */
  readonly imbalances: readonly string[];
}

export function computeLedger(steps: readonly StepTotals[], labels: readonly LabelTotals[], samples: Iterable<Sample>): Ledger {
  const book = new Samples(samples);
  const inputs = steps.filter(({ kind }) => kind === 'input').map((step) => inputAccount(step, book));
  const filters = steps.filter(({ kind }) => kind === 'filter').map(filterAccount);
  const owners = new Set(steps.map(({ owner }) => owner?.id));
  const outputs = steps.filter(({ kind }) => kind === 'output').map((step) => outputAccount(step, owners.has(step.id), book));
  return {
    inputs,
    filters,
    outputs,
    unmatched: sum(labels, ({ unmatched }) => unmatched),
    dumped: sum(labels, ({ dumped }) => dumped),
    ownLog: ownEvents(steps, labels),
    imbalances: [...labelImbalances(steps, labels), ...inputImbalances(inputs), ...outputImbalances(outputs)],
  };
}

/** One line for the log: what was read, where it went, and whether it adds up. */
export function ledgerText(ledger: Ledger): string {
  const { inputs, filters, outputs } = ledger;
  const parts = [
    `read ${sum(inputs, (input) => input.lines)} lines (${sum(inputs, (input) => input.bytes)} bytes)`,
    `emitted ${sum(inputs, (input) => input.emitted)} events`,
    some('own log', ledger.ownLog),
    listed('dropped by inputs', merged(inputs.map((input) => input.dropped))),
    some('joined', sum(inputs, (input) => input.joined)),
    some('split off', sum(inputs, (input) => input.split)),
    some('held', sum(inputs, (input) => input.held)),
    listed('removed by filters', merged(filters.map((filter) => ({ [filter.type]: filter.removed })))),
    some('unmatched', ledger.unmatched),
    listed('delivered', merged(outputs.map((output) => ({ [output.type]: output.delivered - total(output.rejected) })))) ?? 'delivered 0',
    listed('removed by outputs', merged(outputs.map((output) => ({ [output.type]: output.removed })))),
    listed('rejected', merged(outputs.map((output) => output.rejected))),
    some('in backup', sum(outputs, (output) => output.backedUp)),
    some('lost', sum(outputs, (output) => output.lost)),
    some('errors in the log', ledger.dumped),
    some('waiting', sum(outputs, (output) => output.waiting)),
    listed('abandoned unread bytes', merged(inputs.map((input) => input.abandonedBytes))),
    ledger.imbalances.length === 0 ? 'balanced' : `NOT balanced: ${ledger.imbalances.join('; ')}`,
  ];
  return `ledger: ${parts.filter((part) => part !== undefined).join(', ')}`;
}

/** What came into labels from no input, filter or output. */
function ownEvents(steps: readonly StepTotals[], labels: readonly LabelTotals[]): number {
  const toErrorLabel = sum(steps, ({ failed }) => failed) - sum(labels, ({ dumped }) => dumped) + sum(labels, ({ refused }) => refused);
  return sum(labels, ({ entered }) => entered) - sum(steps, ({ emitted }) => emitted) - toErrorLabel;
}

function inputAccount({ id, type, emitted }: StepTotals, book: Samples): InputAccount {
  const dropped = book.by('input_dropped_lines_total', id, 'reason');
  const joined = book.sum('input_joined_lines_total', id);
  const split = book.sum('input_split_events_total', id);
  // An input without lines of its own (sample, forward) emits what it gets.
  const lines = book.has('input_lines_total', id) ? book.sum('input_lines_total', id) : emitted;
  return {
    id, type, lines, dropped, joined, split, emitted,
    bytes: book.sum('input_bytes_total', id),
    held: lines + split - total(dropped) - joined - emitted,
    abandonedBytes: book.by('input_abandoned_bytes_total', id, 'reason'),
  };
}

function filterAccount({ id, type, label, received, passed, emitted, failed }: StepTotals): FilterAccount {
  return { id, type, label, received, passed, emitted, failed, removed: Math.max(0, received - passed - emitted - failed) };
}

function outputAccount({ id, type, received, emitted, failed }: StepTotals, hasStores: boolean, book: Samples): OutputAccount {
  const buffered = book.has('buffer_delivered_records_total', id);
  const resumed = book.sum('buffer_resumed_records_total', id);
  const backedUp = book.sum('buffer_backed_up_records_total', id);
  const lost = book.sum('buffer_lost_records_total', id) + book.sum('buffer_discarded_records_total', id);
  const rejected = book.by('cloudwatch_rejected_events_total', id, 'reason');
  const facts = { id, type, received, resumed, rejected, backedUp, lost, failed };
  if (buffered) {
    const delivered = book.sum('buffer_delivered_records_total', id);
    // A reload gave these to another output, or to the same one again, where they are among the resumed ones.
    const left = book.sum('buffer_left_records_total', id);
    return { ...facts, delivered, handedOn: 0, removed: 0, waiting: received + resumed - delivered - backedUp - lost - failed - left };
  }
  if (hasStores) return { ...facts, delivered: 0, handedOn: received, removed: 0, waiting: 0 };
  if (emitted > 0) return { ...facts, delivered: 0, handedOn: emitted, removed: Math.max(0, received - emitted - failed), waiting: 0 };
  return { ...facts, delivered: received - failed, handedOn: 0, removed: 0, waiting: 0 };
}

/** What was emitted into a label reached its filters and outputs, or is unmatched. */
function* labelImbalances(steps: readonly StepTotals[], labels: readonly LabelTotals[]): Generator<string> {
  for (const { name, entered, unmatched, refused } of labels) {
    const here = steps.filter(({ label, pattern }) => label === name && pattern !== undefined);
    const removed = sum(here.filter(({ kind }) => kind === 'filter'), ({ received, passed }) => received - passed);
    const received = sum(here.filter(({ kind }) => kind === 'output'), (output) => output.received);
    const missing = entered - unmatched - refused - removed - received;
    if (missing !== 0) yield `${missing} of ${entered} events in ${name} are not accounted for`;
  }
}

function* inputImbalances(inputs: readonly InputAccount[]): Generator<string> {
  for (const { id, held, lines } of inputs) if (held < 0) yield `input ${id} emitted ${-held} events more than the ${lines} lines that it read`;
}

function* outputImbalances(outputs: readonly OutputAccount[]): Generator<string> {
  for (const { id, waiting } of outputs) if (waiting < 0) yield `output ${id} accounts for ${-waiting} events more than it received`;
}

/** Samples by name and plugin. */
class Samples {
  readonly #known = new Map<string, Sample[]>();

  constructor(samples: Iterable<Sample>) {
    for (const sample of samples) {
      const key = `${sample.name} ${sample.labels['plugin_id']}`;
      const same = this.#known.get(key);
      if (same) same.push(sample);
      else this.#known.set(key, [sample]);
    }
  }

  has(name: string, id: string): boolean {
    return this.#known.has(`${name} ${id}`);
  }

  sum(name: string, id: string): number {
    return sum(this.#known.get(`${name} ${id}`) ?? [], ({ value }) => value);
  }

  by(name: string, id: string, label: string): Record<string, number> {
    return merged((this.#known.get(`${name} ${id}`) ?? []).map(({ labels, value }) => ({ [labels[label] ?? 'other']: value })));
  }
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((before, item) => before + value(item), 0);
}

function total(counts: Readonly<Record<string, number>>): number {
  return sum(Object.values(counts), (value) => value);
}

function merged(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const out = new Map<string, number>();
  for (const counts of all) for (const [key, value] of Object.entries(counts)) if (value !== 0) out.set(key, (out.get(key) ?? 0) + value);
  return Object.fromEntries(out);
}

function some(what: string, count: number): string | undefined {
  return count === 0 ? undefined : `${what} ${count}`;
}

function listed(what: string, counts: Readonly<Record<string, number>>): string | undefined {
  const all = Object.entries(counts);
  if (all.length === 0) return undefined;
  return `${what} ${total(counts)} (${all.map(([key, value]) => `${key} ${value}`).join(', ')})`;
}
