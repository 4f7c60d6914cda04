/** Error logs of Apache httpd. */
import { definePatternParser } from '#logferry';

export default definePatternParser({
  type: 'apache_error',
  doc: 'Reads error logs of Apache httpd.',
  source:
    '^\\[[^ ]* (?<time>[^\\]]*)\\] \\[(?<level>[^\\]]*)\\](?: \\[pid (?<pid>[^\\]]*)\\])?' +
    '( \\[client (?<client>[^\\]]*)\\])? (?<message>.*)$',
});
