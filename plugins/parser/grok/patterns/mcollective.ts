/** Grok patterns: times and audit logs of MCollective. */
const raw = String.raw;

/** Pattern by name. */
export const MCOLLECTIVE_PATTERNS: Readonly<Record<string, string>> = {
  MCOLLECTIVE: raw`., \[%{TIMESTAMP_ISO8601:timestamp} #%{POSINT:pid}\]%{SPACE}%{LOGLEVEL:event_level}`,
  MCOLLECTIVEAUDIT: '%{TIMESTAMP_ISO8601:timestamp}:',
};
