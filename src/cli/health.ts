/** `logferry health`: a probe's question to a running agent. It loads next to nothing, as it is asked every few seconds. */
import { parseArgs } from 'node:util';
import { ask, findTarget, type Target } from '../admin/client.ts';
import type { Health } from '../admin/health.ts';
import type { CommandIo } from './io.ts';

const HELP = `Usage: logferry health [--startup | --ready] [--url HOST:PORT] [--timeout SEC]

Asks a running agent whether it is well; with several workers each of them. Ends with 0 or 1, and says why.

  (neither)        alive: it answers and is not stuck. Deliveries that fail at the destination and are tried again are
                   told, and are no failure: a new start would not help. For liveness probes
      --startup    it has started. For startup probes
      --ready      it has started, does not end, and data that wait are delivered. For readiness probes
      --url ADDR   the agent's admin server (default: LOGFERRY_ADMIN, or 127.0.0.1:24230)
      --timeout S  how long to wait for the answer (default 4)

LOGFERRY_ADMIN_TOKEN is sent if it is set.
`;

type Question = 'alive' | 'startup' | 'ready';

const PATHS: Readonly<Record<Question, string>> = { alive: '/healthz?bearing=destination', startup: '/readyz', ready: '/readyz' };

export async function run(argv: readonly string[], io: CommandIo): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: { startup: { type: 'boolean' }, ready: { type: 'boolean' }, url: { type: 'string' }, timeout: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    io.stdout.write(HELP);
    return 0;
  }
  if (values.startup && values.ready) throw new Error('expected --startup or --ready, found both');
  const timeoutMs = Number(values.timeout ?? 4) * 1000;
  if (!(timeoutMs > 0)) throw new Error(`--timeout: expected seconds, found '${values.timeout}'`);
  const question: Question = values.startup ? 'startup' : values.ready ? 'ready' : 'alive';
  try {
    const { ok, sentence } = await answer(findTarget(values.url), question, timeoutMs);
    (ok ? io.stdout : io.stderr).write(`logferry: ${sentence}\n`);
    return ok ? 0 : 1;
  } catch (error) {
    io.stderr.write(`logferry: ${(error as Error).message}\n`);
    return 1;
  }
}

/** Of the first worker and, as it tells how many there are, of all others. */
async function answer(target: Target, question: Question, timeoutMs: number): Promise<{ ok: boolean; sentence: string }> {
  const first = await askOne(target, question, timeoutMs);
  const others = await Promise.all(
    Array.from({ length: first.workers - 1 }, (_, index) => askOne({ ...target, port: target.port + index + 1 }, question, timeoutMs)),
  );
  const all = [first, ...others];
  const wrong = all.flatMap((health) => reasons(health, question).map((reason) => (all.length > 1 ? `worker ${health.worker}: ${reason}` : reason)));
  if (wrong.length > 0) return { ok: false, sentence: wrong.join('; ') };
  const notes = question === 'alive' ? all.flatMap(({ stalls }) => stalls.map(({ message }) => message)) : [];
  const well = { alive: 'alive', startup: 'started', ready: 'ready' }[question];
  return { ok: true, sentence: notes.length > 0 ? `${well}, but ${notes.join('; ')}` : well };
}

function reasons({ ok, reasons: given, started, phase }: Health, question: Question): readonly string[] {
  if (question === 'startup') return started ? [] : [`the agent is ${phase}`];
  return ok ? [] : given;
}

async function askOne(target: Target, question: Question, timeoutMs: number): Promise<Health> {
  const { status, body } = await ask(target, PATHS[question], timeoutMs);
  let parsed: Partial<Health> & { error?: string };
  try {
    parsed = JSON.parse(body) as typeof parsed;
  } catch {
    throw new Error(`expected JSON from ${target.host}:${target.port}, found ${JSON.stringify(body.slice(0, 80))}: is this Logferry's address?`);
  }
  if (!Array.isArray(parsed.reasons)) throw new Error(parsed.error ?? `the admin server answered with status ${status}`);
  return parsed as Health;
}
