/** Gives batches of events to several outputs in turn. */
import { ConfigError, defineOutput, owned, type Output } from '#logferry';

/** The weight of a store that has none. */
const DEFAULT_WEIGHT = 1;

export default defineOutput({
  type: 'roundrobin',
  handsOn: true,
  doc: 'Gives each batch of events to the next `<store>`; one with `weight 2` gets two turns where others get one.',
  config: {
    store: owned('output', 'An output; `weight` is how many turns it gets in a round.', { multi: true, required: true, outer: ['weight'] }),
  },

  create(config, context) {
    const weights = config.store.map(({ element }) => {
      const weight = element.params.get('weight');
      if (!weight) return DEFAULT_WEIGHT;
      if (!/^[1-9]\d*$/.test(weight.text.trim())) {
        throw new ConfigError(`'weight' parameter: expected a whole number of 1 or more, found '${weight.text}'`, weight.at);
      }
      return Number(weight.text);
    });
    const outputs = config.store.map((plugin) => context.createOutput(plugin));
    const turns = takeTurns(weights).map((index) => outputs[index]);
    let turn = -1;
    const next = (): Output => {
      turn = (turn + 1) % turns.length;
      return turns[turn];
    };
    return { emit: (batch) => next().emit(batch) };
  },
});

/** The order of one round, in which the turns of a store are spread evenly; equal weights give 0, 1, 2 ... */
export function takeTurns(weights: readonly number[]): number[] {
  const unit = weights.reduce(greatestCommonDivisor, 0);
  const shares = weights.map((weight) => weight / unit);
  const total = shares.reduce((sum, share) => sum + share, 0);
  const credit = shares.map(() => 0);
  return Array.from({ length: total }, () => {
    for (const [i, share] of shares.entries()) credit[i] += share;
    const best = credit.indexOf(Math.max(...credit));
    credit[best] -= total;
    return best;
  });
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
