/** The agent's own log lines as events: to `<label @FLUENT_LOG>`, else to the top level where it has a match for them. */
import { ObjectBatch } from '../event.ts';
import type { AgentLog } from '../log/agent-log.ts';
import { LEVELS } from '../log/logger.ts';
import type { Graph } from './build.ts';

export function routeOwnLog(log: AgentLog, { routers }: Pick<Graph, 'routers'>): void {
  const label = routers.get('@FLUENT_LOG');
  const router = label ?? routers.get('@ROOT')!;
  const wanted = new Set(LEVELS.filter((level) => label !== undefined || router.matches(`fluent.${level}`)));
  if (wanted.size === 0) {
    log.routeEvents(undefined);
    return;
  }
  let emitting = false;
  log.routeEvents((level, time, record) => {
    // What happens because of a log event is not logged as an event again: that would never end.
    if (emitting || !wanted.has(level)) return;
    setImmediate(() => {
      emitting = true;
      try {
        const result = router.emit(new ObjectBatch(`fluent.${level}`, [{ time, record }]));
        if (result) result.catch(() => {});
      } catch {
        // The line itself is in the log already.
      } finally {
        emitting = false;
      }
    });
  });
}
