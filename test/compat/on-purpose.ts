/**
 * Differences from the reference implementation that are wanted: plugin -> place -> reason. Each must be a difference
 * indeed. A place that ends in `*` stands for all that begin so.
 */
const NO_CHUNKS = 'hands events on at once: the reference takes the section from its base class and never uses it';

export const ON_PURPOSE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'input/syslog': {
    '<parse> with_priority': 'the reference declares the parameter in the section, and its parser takes the default from there',
  },
  'input/systemd': {
    '<entry> init': 'an absent section has the defaults of a written one, in both',
  },
  'output/cloudwatch_logs': {
    '<format> @type': 'without the section messages are JSON as json_handler says, without a formatter in between',
  },
  'output/detect_exceptions': { '<buffer>': NO_CHUNKS, '<secondary>': NO_CHUNKS },
  'output/forward': {
    '<transport>': 'the reference takes the section from its server code, where outputs never look; here it is told as not used',
  },
  'output/tcp': { '<inject>': 'the reference takes the section from its base class and never uses it; here it is told as not used' },
  'output/unix': { '<inject>': 'the reference takes the section from its base class and never uses it; here it is told as not used' },
  'output/prometheus': {
    '<buffer>': 'the reference takes the section from its base class and refuses it, as we do', '<secondary>': NO_CHUNKS,
  },
  'output/record_modifier': { '<buffer>': NO_CHUNKS, '<secondary>': NO_CHUNKS },
  'output/relabel': { '<buffer>': NO_CHUNKS, '<secondary>': NO_CHUNKS },
  'output/rewrite_tag_filter': { '<buffer>': NO_CHUNKS, '<secondary>': NO_CHUNKS },
  'parser/cri': {
    '<parse>': 'the reference reads the section without declaring it',
  },
  'parser/multiline': {
    time_key: 'the reference has this default in the regexp parser that it makes of the formats',
    'format*': 'the reference reads format1 to format20 without declaring them',
  },
  'metrics/local': {
    default_labels: 'the name of the agent and of the host are not configured',
  },
};
