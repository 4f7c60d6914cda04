/**
 * The patterns that grok knows by name, by the programs whose texts they are for. Names and what they match are those
 * of Logstash's legacy set.
 */
import { AWS_PATTERNS } from './aws.ts';
import { BACULA_PATTERNS } from './bacula.ts';
import { BIND_PATTERNS } from './bind.ts';
import { BRO_PATTERNS } from './bro.ts';
import { EXIM_PATTERNS } from './exim.ts';
import { FIREWALLS_PATTERNS } from './firewalls.ts';
import { GENERAL_PATTERNS } from './general.ts';
import { HAPROXY_PATTERNS } from './haproxy.ts';
import { HTTPD_PATTERNS } from './httpd.ts';
import { JAVA_PATTERNS } from './java.ts';
import { JUNOS_PATTERNS } from './junos.ts';
import { LINUX_SYSLOG_PATTERNS } from './linux-syslog.ts';
import { MAVEN_PATTERNS } from './maven.ts';
import { MCOLLECTIVE_PATTERNS } from './mcollective.ts';
import { MONGODB_PATTERNS } from './mongodb.ts';
import { NAGIOS_PATTERNS } from './nagios.ts';
import { POSTGRESQL_PATTERNS } from './postgresql.ts';
import { RAILS_PATTERNS } from './rails.ts';
import { REDIS_PATTERNS } from './redis.ts';
import { RUBY_PATTERNS } from './ruby.ts';
import { SQUID_PATTERNS } from './squid.ts';

/** Pattern by name; patterns may refer to others as `%{NAME}`. Of equal names the last counts. */
export const GROK_PATTERNS: ReadonlyMap<string, string> = new Map(
  [
    AWS_PATTERNS, BACULA_PATTERNS, BIND_PATTERNS, BRO_PATTERNS, EXIM_PATTERNS, FIREWALLS_PATTERNS, GENERAL_PATTERNS,
    HAPROXY_PATTERNS, HTTPD_PATTERNS, JAVA_PATTERNS, JUNOS_PATTERNS, LINUX_SYSLOG_PATTERNS, MAVEN_PATTERNS,
    MCOLLECTIVE_PATTERNS, MONGODB_PATTERNS, NAGIOS_PATTERNS, POSTGRESQL_PATTERNS, RAILS_PATTERNS, REDIS_PATTERNS,
    RUBY_PATTERNS, SQUID_PATTERNS,
  ].flatMap((patterns) => Object.entries(patterns)),
);
