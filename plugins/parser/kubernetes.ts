/** Lines of klog, which Kubernetes' own components write. The image of Fluentd for Kubernetes brings this parser along. */
import { definePatternParser } from '#logferry';

export default definePatternParser({
  type: 'kubernetes',
  doc: "Reads lines of Kubernetes' own components: severity, time without a year, pid, source and message.",
  source: '^(?<severity>\\w)(?<time>\\d{4} [^\\s]*)\\s+(?<pid>\\d+)\\s+(?<source>[^ \\]]+)\\] (?m:(?<message>.*))',
  timeFormat: '%m%d %H:%M:%S.%N',
});
