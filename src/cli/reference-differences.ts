/**
 * Where a plugin does something else than Fluentd's, by plugin and parameter: for the reference, and for the report of
 * `logferry compat`. Everything else is the same, or an oversight.
 */

export interface Difference {
  /** It matters only where one of these is written (in the section or in one below it); absent: always. */
  readonly parameters?: readonly string[];
  /** It matters only where a parameter has this value. */
  readonly value?: string;
  readonly fluentd: string;
  readonly here: string;
  /** Somebody should look at it before going over: what arrives may be another thing. */
  readonly attention?: true;
}

/** Of every plugin that has Ruby in its parameters, and of `"#{...}"`. */
export const RUBY_DIFFERENCE: Difference = {
  fluentd: 'Embedded Ruby is evaluated as Ruby.',
  here: 'It is a closed subset; what is outside of it is an error of the configuration, with its place.',
};

/** Of every buffered output. */
export const BUFFER_DIFFERENCES: readonly Difference[] = [
  {
    parameters: ['flush_thread_interval', 'flush_thread_burst_interval'],
    fluentd: 'They pace flushes.',
    here: 'They are accepted: a chunk is flushed as soon as it is queued and a thread is free.',
  },
  {
    fluentd: '`flush_at_shutdown` waits for retries without end.',
    here: 'At the end pauses become short and a deadline ends them; what was not delivered is in the file buffer, or is read again at the next start.',
  },
  {
    fluentd: 'An event that is larger than a chunk fails its batch.',
    here: 'It alone goes to `@ERROR`.',
  },
];

/** Of every output whose chunks lie in memory. */
export const MEMORY_BUFFER_DIFFERENCES: readonly Difference[] = [
  {
    fluentd: 'The buffer grows to `total_limit_size` while the destination is slow.',
    here: 'Inputs that can wait are slowed long before: the lines wait in their files.',
  },
];

/** `kind/type` -> differences. */
export const DIFFERENCES: Readonly<Record<string, readonly Difference[]>> = {
  'input/tail': [
    {
      fluentd: 'A position is saved once an event is in the buffer.',
      here: 'It is saved once the event is delivered or in a file: a crash repeats lines, and loses none.',
    },
    {
      fluentd: 'New files are found after `refresh_interval`.',
      here: 'They are found within a second.',
    },
    {
      fluentd: 'The last line of a file is dropped, or joined to the next one, if it has no end when its file goes.',
      here: 'It is emitted as it is.',
    },
    {
      fluentd: 'Only `follow_inodes` finds a file that was rotated while the agent was down.',
      here: 'It is found beside its old name, and read first.',
    },
    { fluentd: 'Lines may have any length.', here: 'Those beyond 64 MiB are left out, with a warning and a counter.' },
  ],
  'input/systemd': [
    { fluentd: 'The journal is read by the libsystemd of the image.', here: 'It is read by our own reader, of every format; after a gap it goes on behind the last position.' },
  ],
  'input/debug_agent': [{ fluentd: 'It serves a Ruby debugger.', here: 'It does nothing: remove it.', attention: true }],
  'input/gc_stat': [{ fluentd: "It emits statistics of Ruby's garbage collector.", here: 'There is no Ruby: memory is told by the metrics of the agent.', attention: true }],
  'input/object_space': [{ fluentd: 'It emits counts of Ruby objects.', here: 'There are none: it emits nothing. Remove it.', attention: true }],
  'filter/kubernetes_metadata': [
    {
      fluentd: 'Each filter asks the API for each pod, and does not start without the API.',
      here: 'One request for each pod serves all filters; waits are bounded, failures are repeated with pauses, and logs never wait for it.',
    },
  ],
  'filter/record_transformer': [
    RUBY_DIFFERENCE,
    { parameters: ['enable_ruby'], fluentd: 'An unknown name in `${...}` is an error of each event.', here: 'It is an error at the start.' },
  ],
  'filter/record_modifier': [RUBY_DIFFERENCE],
  'output/record_modifier': [RUBY_DIFFERENCE],
  'output/cloudwatch_logs': [
    {
      fluentd: 'DescribeLogGroups and DescribeLogStreams are called before sending.',
      here: 'A stream is made before its first request, a group when the service says that it is missing: no calls that are throttled for the whole account. The role may do without these two permissions.',
    },
    { fluentd: 'A chunk that is tried again is sent as a whole.', here: 'Requests of it that went through are not repeated.' },
    { fluentd: 'One event that is too large fails its chunk.', here: 'It alone goes to `@ERROR`, or into the log, and is counted.' },
    { parameters: ['concurrency'], fluentd: 'That many threads send each chunk.', here: 'That many requests of a chunk are under way at once.' },
  ],
  'output/http': [
    { fluentd: 'Without timeouts a server that is silent holds a chunk for ever.', here: '60 s for the connection and for silence; 0 is no limit.' },
    { fluentd: 'A filled-in URL with blanks or letters beyond ASCII fails until the retries end.', here: 'They are percent-encoded.' },
    { fluentd: 'HTTP_PROXY is used for every host.', here: 'Not for those in NO_PROXY.' },
    { parameters: ['tls_version'], fluentd: 'The default is TLS 1.2 alone.', here: 'The default is 1.2 or newer.' },
  ],
  'output/roundrobin': [{ parameters: ['weight'], fluentd: 'Weights are shuffled.', here: 'Unequal weights are spread evenly, in a fixed order.' }],
  'output/exec': [{ fluentd: 'Commands run in the environment of the image, with its Ruby and its shell.', here: 'The image of Logferry has no shell and no Ruby: commands need an image that has what they call.', attention: true }],
  'output/exec_filter': [{ fluentd: 'Commands run in the environment of the image, with its Ruby and its shell.', here: 'The image of Logferry has no shell and no Ruby: commands need an image that has what they call.', attention: true }],
  'input/exec': [{ fluentd: 'Commands run in the environment of the image, with its Ruby and its shell.', here: 'The image of Logferry has no shell and no Ruby: commands need an image that has what they call.', attention: true }],
  'output/rewrite_tag_filter': [
    { parameters: ['hostname_command'], fluentd: 'It runs in a shell.', here: 'The program is run without one.' },
  ],
  'buffer/file': [
    {
      fluentd: 'Any tag or field may be part of a path.',
      here: 'One that leads out of the folder with `..` is refused: the chunk goes to the secondary or to the backup folder.',
    },
  ],
  'output/file': [
    {
      fluentd: 'Any tag or field may be part of a path.',
      here: 'One that leads out of the folder with `..` is refused: the chunk goes to the secondary or to the backup folder.',
    },
  ],
  'formatter/msgpack': [{ fluentd: 'An integer beyond 64 bits fails the chunk.', here: 'It is written as decimal text.' }],
};

/** Of `<system>`. */
export const SYSTEM_DIFFERENCES: readonly Difference[] = [
  { parameters: ['enable_jit', 'enable_msgpack_time_support'], fluentd: 'They are about Ruby.', here: 'They are accepted and have no effect.' },
  { parameters: ['counter_server', 'counter_client'], fluentd: 'Counters can be kept in a server.', here: 'The sections are accepted; there is no counter server.', attention: true },
];
