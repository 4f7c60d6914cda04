/** Formatters: what a `<format>` makes. */
import type { EventTime, Tag } from '../event.ts';
import type { LogRecord } from '../lib/value.ts';
import type { Lifecycle } from './lifecycle.ts';

/** Writes one event as text or bytes (`<format>`). */
export interface Formatter extends Lifecycle {
  format(tag: Tag, time: EventTime, record: LogRecord): string | Uint8Array;
}
