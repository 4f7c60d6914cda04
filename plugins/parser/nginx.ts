/** Access logs of nginx. */
import { definePatternParser } from '#logferry';

export default definePatternParser({
  type: 'nginx',
  doc: 'Reads access logs of nginx in the combined form; all fields are text.',
  source:
    '^(?<remote>[^ ]*) (?<host>[^ ]*) (?<user>[^ ]*) \\[(?<time>[^\\]]*)\\]' +
    ' "(?<method>\\S+)(?: +(?<path>[^\\"]*?)(?: +\\S*)?)?" (?<code>[^ ]*) (?<size>[^ ]*)' +
    '(?: "(?<referer>[^\\"]*)" "(?<agent>[^\\"]*)"(?:\\s+\\"?(?<http_x_forwarded_for>[^\\"]*)\\"?)?)?$',
  timeFormat: '%d/%b/%Y:%H:%M:%S %z',
});
