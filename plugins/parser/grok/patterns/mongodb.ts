/** Grok patterns: logs of MongoDB. */
const raw = String.raw;

/** Pattern by name. */
export const MONGODB_PATTERNS: Readonly<Record<string, string>> = {
  MONGO_LOG: raw`%{SYSLOGTIMESTAMP:timestamp} \[%{WORD:component}\] %{GREEDYDATA:message}`,
  MONGO_QUERY: raw`\{ (?<={ ).*(?= } ntoreturn:) \}`,
  MONGO_SLOWQUERY: raw`%{WORD} %{MONGO_WORDDASH:database}\.%{MONGO_WORDDASH:collection} %{WORD}: %{MONGO_QUERY:query} %{WORD}:%{NONNEGINT:ntoreturn} %{WORD}:%{NONNEGINT:ntoskip} %{WORD}:%{NONNEGINT:nscanned}.*nreturned:%{NONNEGINT:nreturned}..+ (?<duration>[0-9]+)ms`,
  MONGO_WORDDASH: raw`\b[\w-]+\b`,
  MONGO3_SEVERITY: raw`\w`,
  MONGO3_COMPONENT: '%{WORD}|-',
  MONGO3_LOG: raw`%{TIMESTAMP_ISO8601:timestamp} %{MONGO3_SEVERITY:severity} %{MONGO3_COMPONENT:component}%{SPACE}(?:\[%{DATA:context}\])? %{GREEDYDATA:message}`,
};
