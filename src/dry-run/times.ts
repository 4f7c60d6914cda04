/** Times as the report writes them. */

/** ISO 8601 in UTC with milliseconds; null if it is no time. */
export function isoTime(ms: number): string | null {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
