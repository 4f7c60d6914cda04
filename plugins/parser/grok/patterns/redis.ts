/** Grok patterns: logs of Redis. */
const raw = String.raw;

/** Pattern by name. */
export const REDIS_PATTERNS: Readonly<Record<string, string>> = {
  REDISTIMESTAMP: '%{MONTHDAY} %{MONTH} %{TIME}',
  REDISLOG: raw`\[%{POSINT:pid}\] %{REDISTIMESTAMP:timestamp} \* `,
  REDISMONLOG: raw`%{NUMBER:timestamp} \[%{INT:database} %{IP:client}:%{NUMBER:port}\] "%{WORD:command}"\s?%{GREEDYDATA:params}`,
};
