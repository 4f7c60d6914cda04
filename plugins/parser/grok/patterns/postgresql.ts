/** Grok patterns: logs of PostgreSQL. */

/** Pattern by name. */
export const POSTGRESQL_PATTERNS: Readonly<Record<string, string>> = {
  POSTGRESQL: '%{DATESTAMP:timestamp} %{TZ} %{DATA:user_id} %{GREEDYDATA:connection_id} %{POSINT:pid}',
};
