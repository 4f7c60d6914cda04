/** Ends a regular expression that runs for too long, as Fluentd's parse timeout does. */
import { createContext, Script } from 'node:vm';

/** A match took longer than it may. */
export class RegexpTimeout extends Error {
  override name = 'RegexpTimeout';
}

/** A script that only calls what it is given: the engine can end scripts, and nothing else. */
const script = new Script('run()', { filename: 'timeout' });
const sandbox: { run?: () => unknown } = {};
let context: ReturnType<typeof createContext> | undefined;

/**
 * Calls `run` and gives its result; throws {@link RegexpTimeout} when it takes longer than `limitMs`.
 * It costs about 50 microseconds, so it is for configured limits only.
 */
export function runWithin<T>(limitMs: number, run: () => T): T {
  context ??= createContext(sandbox);
  sandbox.run = run;
  try {
    return script.runInContext(context, { timeout: Math.max(1, Math.ceil(limitMs)) }) as T;
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new RegexpTimeout(`the match took longer than ${limitMs / 1000}s`);
  } finally {
    delete sandbox.run;
  }
}
