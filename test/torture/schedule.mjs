// What happens and when: a list that is made up front, so that it can be replayed and made smaller.
//
//   { "at": 12345, "action": "rotate", "args": { "file": "f03", "lateMs": 200 } }
//
// `at` is milliseconds since the writers began.
import { CHANGES } from './config.mjs';
import { KINDS } from './log-file.mjs';
import { Random } from './random.mjs';

/** Kinds of logs and their share of all files. */
const SHARES = [['cri', 0.3], ['docker', 0.15], ['trace', 0.15], ['plain', 0.2], ['small', 0.1], ['inode', 0.1]];

/** The action, how often a minute, and its arguments; `kinds`: for logs of these kinds. */
const ACTIONS = [
  { action: 'rotate', perMinute: 16, kinds: Object.keys(KINDS), args: (r) => ({ lateMs: r.chance(0.5) ? r.integer(20, 1200) : 0 }) },
  { action: 'chain', perMinute: 5, kinds: ['cri', 'docker', 'trace', 'plain', 'small'], args: (r) => ({ times: r.integer(2, 4), gapMs: r.integer(15, 90) }) },
  { action: 'compress', perMinute: 5, kinds: ['cri', 'trace', 'plain'], args: () => ({}) },
  { action: 'copytruncate', perMinute: 4, kinds: ['plain', 'small', 'docker'], args: (r) => ({ hot: r.chance(0.3) }) },
  { action: 'recreate', perMinute: 3, kinds: ['plain', 'small', 'inode', 'cri'], args: (r) => ({ pauseMs: r.integer(0, 800) }) },
  { action: 'swap', perMinute: 2, kinds: ['docker'], args: () => ({}) },
  { action: 'container', perMinute: 2, kinds: ['cri', 'docker', 'trace'], args: (r) => ({ unlinkMs: r.integer(500, 6000) }) },
  { action: 'forbid', perMinute: 2, kinds: ['cri', 'plain', 'small'], args: (r, scale) => ({ ms: r.integer(500, 5000 * scale), rotate: r.chance(0.5) }) },
  { action: 'burst', perMinute: 3, kinds: Object.keys(KINDS), args: (r) => ({ events: r.integer(200, 3000) }) },
  { action: 'kill', perMinute: 4, args: (r) => ({ downMs: r.chance(0.4) ? 0 : r.integer(100, 4000), rotate: r.chance(0.6) ? r.integer(1, 4) : 0 }) },
  { action: 'term', perMinute: 2, args: (r) => ({ downMs: r.chance(0.4) ? 0 : r.integer(100, 4000), rotate: r.chance(0.6) ? r.integer(1, 4) : 0 }) },
  { action: 'reuse', perMinute: 1, kinds: ['plain', 'small', 'docker'], args: (r) => ({ longer: r.chance(0.5) }) },
  { action: 'stop', perMinute: 2, args: (r, scale) => ({ ms: r.integer(300, 5000 * scale), rotate: r.integer(0, 3) }) },
  { action: 'reload', perMinute: 3, args: (r) => ({ change: r.pick(['nothing', ...CHANGES, ...CHANGES]), signal: r.pick(['SIGHUP', 'SIGUSR2']) }) },
  { action: 'flush', perMinute: 1, args: () => ({}) },
  { action: 'clock', perMinute: 1.5, args: (r, scale) => ({ seconds: r.pick([-3000, -600, -61, -5, -1, 1, 5, 61, 600, 3000]), ms: r.integer(500, 5000 * scale) }) },
  { action: 'fillDisk', perMinute: 1, args: (r, scale) => ({ ms: r.integer(1000, 6000 * scale) }) },
  { action: 'vanish', perMinute: 1, args: (r, scale) => ({ ms: r.integer(500, 8000 * scale), forget: r.chance(0.4) }) },
  ...['throttle', '5xx', 'reset', 'lose-answer', 'hang', 'garbage', 'delay', 'ServiceUnavailableException', 'InternalFailure', 'AccessDeniedException', 'refuse-streams'].map((kind) => ({
    action: 'fault', perMinute: 0.8, args: (r, scale) => ({ kind, ms: r.integer(1500, Math.max(2500, 6000 * scale)), probability: r.pick([0.1, 0.4, 1]), delayMs: r.integer(50, 2500), seed: r.integer(1, 1e9) }),
  })),
];

/** Names of all actions, for `--without`. */
export const ACTION_NAMES = [...new Set(ACTIONS.map(({ action }) => action))];

/** Files with their kinds and weights, and the actions in their order. */
export function makeSchedule({ seed, seconds, files: count, rate, without = [] }) {
  const random = new Random(seed);
  const files = [];
  for (let i = 0; i < count; i++) {
    const place = (i + 0.5) / count;
    let sum = 0;
    const [kind] = SHARES.find(([, share]) => (sum += share) >= place - 1e-9) ?? SHARES[0];
    // A few busy ones, and some that are quiet most of the time.
    files.push({ id: `f${String(i).padStart(2, '0')}`, kind, weight: random.pick([0.005, 0.05, 0.3, 1, 1, 3]) });
  }
  const ms = seconds * 1000;
  const scale = Math.min(6, Math.max(0.3, seconds / 60));
  const actions = [];
  for (const { action, perMinute, kinds, args } of ACTIONS) {
    const times = Math.max(1, Math.round((perMinute * seconds) / 60));
    for (let i = 0; i < times; i++) {
      const able = kinds && files.filter(({ kind }) => kinds.includes(kind));
      const at = random.integer(Math.min(1500, ms * 0.1), ms - 500);
      const chosen = { ...(able && { file: random.pick(able).id }), ...args(random, scale) };
      if (!without.includes(action)) actions.push({ at, action, args: chosen });
    }
  }
  actions.sort((a, b) => a.at - b.at);
  return { seed, seconds, rate, files, actions };
}
