/** The time formatter that formatter plugins and `<inject>` share. */
import type { EventTime } from '../event.ts';
import { effectiveZone, type TimeOptions, type TimeSettings } from './settings.ts';
import { compileStrftime } from './strftime.ts';

/** Makes the function from a time to its text that time parameters describe. Throws ConfigError. */
export function createTimeFormatter(settings: TimeSettings, options: TimeOptions = {}): (time: EventTime) => string {
  const zone = effectiveZone(settings, options);
  switch (settings.timeType ?? 'string') {
    case 'unixtime':
      return (time) => String(time.sec);
    case 'float':
      // Eight digits at least, as Fluentd pads them: .05 s is .50000000 there, too.
      return (time) => `${time.sec}.${String(time.nsec).padStart(8, '0')}`;
    case 'string':
    case 'mixed':
      return compileStrftime(settings.timeFormat ?? (zone.isUtc ? '%Y-%m-%dT%H:%M:%SZ' : '%Y-%m-%dT%H:%M:%S%:z'), zone);
  }
}
