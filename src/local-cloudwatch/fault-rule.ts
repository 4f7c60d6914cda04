/**
 * Rules for faults on request, and their short form for command lines:
 *
 *   throttle                                 every call is throttled
 *   throttle,times=3                         the first three PutLogEvents are
 *   ServiceUnavailableException,every=10     every tenth fails
 *   lose-answer,probability=0.05,seed=7      five in a hundred, the same ones in each run
 *   delay,delayMs=250,operation=*            all operations take a quarter of a second longer
 *   reset,skip=2,times=1,group=/my/group     the third call on that group is cut off
 *
 * A rule that starts with { is JSON, for names that contain commas.
 */

/** What happens instead of an orderly answer. */
export interface FaultRule {
  /**
   * - `throttle`: ThrottlingException
   * - `5xx`: an answer that is not the service's own, as of a proxy, with `status` (503) and `body`
   * - `reset`: the connection is cut before the request is handled
   * - `lose-answer`: the request is handled, then the connection is cut
   * - `hang`: there is never an answer
   * - `garbage`: status 200 and a body that is not JSON
   * - `delay`: the request is handled in order, after `delayMs`
   * - the name of any error, such as `ResourceNotFoundException`
   */
  readonly action: string;
  /** Name of the operation; `*`: any. Default: PutLogEvents. */
  readonly operation?: string | undefined;
  /** Log group; `*` stands for any characters. Default: any. */
  readonly group?: string | undefined;
  /** Log stream; `*` stands for any characters. Default: any. */
  readonly stream?: string | undefined;
  /** Only requests with an event whose message has this text. */
  readonly containing?: string | undefined;
  /** How many calls that fit pass first. */
  readonly skip?: number | undefined;
  /** After how many faults the rule ends. */
  readonly times?: number | undefined;
  /** Pause before the fault, in milliseconds. */
  readonly delayMs?: number | undefined;
  /** Only every n-th call that fits. */
  readonly every?: number | undefined;
  /** Only this share of the calls that fit, 0 to 1. */
  readonly probability?: number | undefined;
  /** Makes `probability` repeatable; default 1. */
  readonly seed?: number | undefined;
  /** HTTP status of `5xx` and of named errors. */
  readonly status?: number | undefined;
  /** Message of `throttle` and of named errors. */
  readonly message?: string | undefined;
  /** Body of `5xx` and `garbage`. */
  readonly body?: string | undefined;
}

/** The actions that are not the name of an error. */
export const FAULT_ACTIONS: readonly string[] = ['throttle', '5xx', 'reset', 'lose-answer', 'hang', 'garbage', 'delay'];

const ERROR_NAME = /^[A-Z][A-Za-z]{2,}$/;
const TEXTS = ['operation', 'group', 'stream', 'containing', 'message', 'body'] as const;
/** Numbers with their least and greatest value, and whether they are integers. */
const NUMBERS: ReadonlyMap<string, { min: number; max: number; integer: boolean }> = new Map([
  ['skip', { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true }],
  ['times', { min: 1, max: Number.MAX_SAFE_INTEGER, integer: true }],
  ['delayMs', { min: 0, max: 86_400_000, integer: true }],
  ['every', { min: 1, max: Number.MAX_SAFE_INTEGER, integer: true }],
  ['probability', { min: 0, max: 1, integer: false }],
  ['seed', { min: 0, max: 0xffffffff, integer: true }],
  ['status', { min: 200, max: 599, integer: true }],
]);

/** Reads the short form or the JSON form of a rule. Throws an Error that says what is wrong with it. */
export function parseFaultRule(text: string): FaultRule {
  if (text.trimStart().startsWith('{')) {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw new Error(`fault rule '${text}' is no JSON`, { cause: error });
    }
    return checkFaultRule(value);
  }
  const [action, ...settings] = text.split(',').map((part) => part.trim());
  const rule = new Map<string, unknown>([['action', action]]);
  for (const setting of settings) {
    const at = setting.indexOf('=');
    if (at < 1) throw new Error(`fault rule '${text}': expected KEY=VALUE after the action, found '${setting}'`);
    const key = setting.slice(0, at);
    const value = setting.slice(at + 1);
    if (rule.has(key)) throw new Error(`fault rule '${text}': '${key}' is given twice`);
    rule.set(key, NUMBERS.has(key) && value !== '' ? Number(value) : value);
  }
  return checkFaultRule(Object.fromEntries(rule));
}

/** Checks a rule that came as JSON. Throws an Error that says what is wrong with it. */
export function checkFaultRule(value: unknown): FaultRule {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const found = JSON.stringify(value);
    throw new Error(`a fault rule has to be an object such as {"action":"throttle","times":3}, found ${found}`);
  }
  const where = `fault rule ${JSON.stringify(value)}`;
  const { action } = value as { action?: unknown };
  if (typeof action !== 'string' || !(FAULT_ACTIONS.includes(action) || ERROR_NAME.test(action))) {
    throw new Error(
      `${where}: 'action' has to be ${FAULT_ACTIONS.join(', ')} or the name of an error such as `
      + `ServiceUnavailableException, found ${JSON.stringify(action)}`,
    );
  }
  for (const [key, setting] of Object.entries(value)) {
    if (key === 'action' || setting === undefined) continue;
    const number = NUMBERS.get(key);
    if (number) {
      const { min, max, integer } = number;
      const inRange = typeof setting === 'number' && setting >= min && setting <= max;
      if (inRange && (!integer || Number.isInteger(setting))) continue;
      const kind = integer ? 'an integer' : 'a number';
      const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
      throw new Error(`${where}: '${key}' has to be ${kind} ${range}, found ${JSON.stringify(setting)}`);
    }
    if (!(TEXTS as readonly string[]).includes(key)) {
      throw new Error(`${where}: unknown key '${key}'; there are action, ${[...TEXTS, ...NUMBERS.keys()].join(', ')}`);
    }
    if (typeof setting !== 'string') {
      throw new Error(`${where}: '${key}' has to be a text, found ${JSON.stringify(setting)}`);
    }
  }
  return value as FaultRule;
}
