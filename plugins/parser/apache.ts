/** Access logs of Apache httpd, all fields as text. */
import { definePatternParser } from '#logferry';

export default definePatternParser({
  type: 'apache',
  doc: 'Reads access logs of Apache httpd in the common and the combined form; all fields are text.',
  source:
    '^(?<host>[^ ]*) [^ ]* (?<user>[^ ]*) \\[(?<time>[^\\]]*)\\] "(?<method>\\S+)(?: +(?<path>[^ ]*) +\\S*)?"' +
    ' (?<code>[^ ]*) (?<size>[^ ]*)(?: "(?<referer>[^\\"]*)" "(?<agent>[^\\"]*)")?$',
  timeFormat: '%d/%b/%Y:%H:%M:%S %z',
});
