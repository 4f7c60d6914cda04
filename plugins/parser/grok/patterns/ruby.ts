/** Grok patterns: lines of the logger of Ruby. */
const raw = String.raw;

/** Pattern by name. */
export const RUBY_PATTERNS: Readonly<Record<string, string>> = {
  RUBY_LOGLEVEL: '(?:DEBUG|FATAL|ERROR|WARN|INFO)',
  RUBY_LOGGER: raw`[DFEWI], \[%{TIMESTAMP_ISO8601:timestamp} #%{POSINT:pid}\] *%{RUBY_LOGLEVEL:loglevel} -- +%{DATA:progname}: %{GREEDYDATA:message}`,
};
