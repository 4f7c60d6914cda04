/** Warnings about senders: each kind once for an address, so that a hostile one cannot fill the log. */
import type { LogFields, PluginContext } from '#logferry';

/** Addresses that are remembered; with more all are forgotten, and told of again. */
const MAX_KNOWN = 4096;

/** Logs the sentence, unless it was logged for this host before. */
export type Complain = (sentence: string, host: string, fields?: LogFields) => void;

/** One memory for all connections of an input. */
export function createComplaints({ log }: Pick<PluginContext, 'log'>): Complain {
  const known = new Set<string>();
  return (sentence, host, fields = {}) => {
    const key = `${host} ${sentence}`;
    if (known.has(key)) return;
    if (known.size >= MAX_KNOWN) known.clear();
    known.add(key);
    log.warn(sentence, { host, ...fields, hint: 'not told again for this host' });
  };
}
