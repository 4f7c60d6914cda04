/** The parameters of the concat filter. */
import { param } from '#logferry';
import type { Infer } from '#logferry';

export const fields = {
  key: param.string('The field whose text is joined.'),
  separator: param.string('What stands between two joined texts.', { default: '\n' }),
  n_lines: param.integer('How many events make one.', { optional: true }),
  multiline_start_regexp: param.string('Matches the text that begins an event, as `/expression/`.', { optional: true }),
  multiline_end_regexp: param.string('Matches the text that ends an event, as `/expression/`.', { optional: true }),
  continuous_line_regexp: param.string(
    'Matches the texts that may continue an event, as `/expression/`; any other text ends the event and goes on by itself.',
    { optional: true },
  ),
  stream_identity_key: param.string('The field that tells the streams of one tag apart; each is joined for itself.', { optional: true }),
  flush_interval: param.time('An event that got no text for this long is given on as it is; 0 waits for ever.', { default: 60 }),
  timeout_label: param.string(
    'The label that gets what was given on by time, or held at the end. Without it those events are errors (`@ERROR`).',
    { optional: true },
  ),
  use_first_timestamp: param.bool('A joined event has the time of its first part, not of the event that completed it.', { default: false }),
  partial_key: param.string('The field that tells whether the next event continues this one.', { optional: true }),
  partial_value: param.string('The value of `partial_key` in an event that is continued by the next.', { optional: true }),
  keep_partial_key: param.bool('Keeps `partial_key` or `partial_cri_logtag_key` in joined events.', { default: false }),
  use_partial_metadata: param.bool("Joins by Docker's own fields for split messages.", { default: false }),
  partial_metadata_format: param.enum(
    ['docker-fluentd', 'docker-journald', 'docker-journald-lowercase'],
    "How Docker's fields are named: by its fluentd driver, by its journald driver, or the latter in small letters.",
    { default: 'docker-fluentd' },
  ),
  keep_partial_metadata: param.bool("Keeps Docker's fields in joined events.", { default: false }),
  use_partial_cri_logtag: param.bool('Joins by the `P` and `F` flags of CRI container runtimes.', { default: false }),
  partial_cri_logtag_key: param.string('The field that has the CRI flag.', { optional: true }),
  partial_cri_stream_key: param.string('The field that has the name of the CRI stream; it is taken out of joined events.', {
    default: 'stream',
  }),
  buffer_limit_size: param.size('How many bytes of text one event may hold before `buffer_overflow_method` applies.', { default: 512_000 }),
  buffer_overflow_method: param.enum(
    ['ignore', 'truncate', 'drop', 'new'],
    'For a text that exceeds the limit: `ignore` joins it all the same, `truncate` leaves it out and ends the event, `drop` '
      + 'drops it and the event, `new` ends the event and begins another with it.',
    { default: 'ignore' },
  ),
} as const;

export type ConcatConfig = Infer<typeof fields>;
