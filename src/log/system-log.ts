/** What `<system>` says about the agent's own log: level, form, file. */
import path from 'node:path';
import type { SystemConfig } from '../config/system.ts';
import { compileStrftime } from '../time/strftime.ts';
import { localZone } from '../time/zone.ts';
import type { AgentLogOptions } from './agent-log.ts';
import { openLogFile } from './log-file.ts';
import { LEVELS, type Level } from './logger.ts';

/** The level that is so many steps above; `-v` is -1, `-q` is +1. */
export function leveled(level: Level, steps = 0): Level {
  return LEVELS[Math.max(0, Math.min(LEVELS.length - 1, LEVELS.indexOf(level) + steps))]!;
}

/** Times of the log by a strftime format, in the local zone. */
export function logTime(format: string): AgentLogOptions['formatTime'] {
  return compileStrftime(format, localZone());
}

/** The settings of the log, but for where it goes. */
export function logSettings(system: SystemConfig, verbosity: number | undefined): Partial<AgentLogOptions> {
  const { log } = system;
  return {
    level: leveled(system.log_level, verbosity),
    format: log.format,
    formatTime: logTime(log.time_format),
    ignoreRepeatedMs: milliseconds(system.ignore_repeated_log_interval),
    ignoreSameMs: milliseconds(system.ignore_same_log_interval),
    suppressRepeatedStacks: system.suppress_repeated_stacktrace ?? true,
    stackLevel: log.forced_stacktrace_level === 'none' ? undefined : log.forced_stacktrace_level,
  };
}

/** Opens the file of `<log> path`; `place` says where it lies on this machine. undefined if there is none. */
export function openSystemLog(
  { log, workers }: SystemConfig, workerId: number, place: (file: string) => string, fallback: (line: string) => void,
): ((line: string) => void) | undefined {
  if (log.path === undefined) return undefined;
  const file = workers > 1 && (log.rotate_age !== undefined || log.rotate_size !== undefined) ? ownName(log.path, workerId) : log.path;
  return openLogFile({ path: place(file), rotateAge: log.rotate_age, rotateSize: log.rotate_size, fallback });
}

/** Two processes cannot rotate the same file: `x.log` is `x-1.log` for worker 1, as Fluentd has it. */
function ownName(file: string, workerId: number): string {
  const { dir, name, ext } = path.parse(file);
  return path.join(dir, `${name}-${workerId}${ext}`);
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}
