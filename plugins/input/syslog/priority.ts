/** The priority in front of a syslog message: `<13>` is facility 1 and severity 5 (RFC 5424, 6.2.1). */

const FACILITIES = [
  'kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news', 'uucp', 'cron', 'authpriv', 'ftp', 'ntp', 'audit', 'alert', 'at',
  'local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7',
] as const;
const SEVERITIES = ['emerg', 'alert', 'crit', 'err', 'warn', 'notice', 'info', 'debug'] as const;

/** Names of facility and severity; undefined for a facility that has none. */
export interface Priority {
  readonly facility: string | undefined;
  readonly severity: string;
}

/** The names by number; any number of digits is a priority. */
export function priorityOf(priority: number | bigint): Priority {
  const number = BigInt(priority);
  const facility = number >> 3n;
  return {
    facility: facility < FACILITIES.length ? FACILITIES[Number(facility)] : undefined,
    severity: SEVERITIES[Number(number & 7n)]!,
  };
}

/** A line that begins with a priority; what is behind it. */
const WITH_PRIORITY = /(?<![^\n])<([0-9]+)>([^\n]*)/;

/** Divides a message whose parser knows nothing of priorities; undefined if it has none. */
export function splitPriority(text: string): { readonly priority: number | bigint; readonly text: string } | undefined {
  const found = WITH_PRIORITY.exec(text);
  if (!found) return undefined;
  const digits = found[1]!;
  return { priority: digits.length < 16 ? Number(digits) : BigInt(digits), text: found[2]! };
}
