/** Grok patterns: access logs of Squid. */
const raw = String.raw;

/** Pattern by name. */
export const SQUID_PATTERNS: Readonly<Record<string, string>> = {
  SQUID3: raw`%{NUMBER:timestamp}\s+%{NUMBER:duration}\s%{IP:client_address}\s%{WORD:cache_result}/%{NONNEGINT:status_code}\s%{NUMBER:bytes}\s%{WORD:request_method}\s%{NOTSPACE:url}\s(%{NOTSPACE:user}|-)\s%{WORD:hierarchy_code}/(%{IPORHOST:server}|-)\s%{NOTSPACE:content_type}`,
};
