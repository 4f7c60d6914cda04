/** The command line: which command is meant, and what happens when it fails. */
import { errorText } from '../errors.ts';
import type { Registry } from '../registry.ts';
import type { CommandIo } from './io.ts';

const HELP = `Usage: logferry [OPTIONS]            run with a Fluentd configuration
       logferry COMMAND [OPTIONS]    see 'logferry COMMAND --help'

Commands:
  check       what is wrong with a configuration, and what is doubtful
  demo        the Container Insights pipeline over a sample node, into a local endpoint
  cloudwatch  a CloudWatch Logs endpoint on this machine, for any AWS client
  compat      what of a Fluentd configuration works here, differs, or is missing
  create-plugin  a plugin to begin with, with its test and documentation
  doctor      what a configuration needs here: credentials, permissions, mounts, limits
  dry-run     what a configuration would do to a node's logs, without doing it
  explain     which way events with a tag take through a configuration, and why
  health      whether a running agent is well, for probes
  journal     prints entries of journal files as JSON, without systemd
  plugins     the reference: all plugins, or the parameters of one
  tap         shows events of a running agent as they pass
  test        example cases of a configuration: lines in, expected events out
  top         a running agent live: rates, buffers, backlog, errors

Options:
  -c, --config FILE            configuration (default: FLUENT_CONF, /fluentd/etc/fluent.conf,
                               /etc/fluent/fluent.conf)
      --config-file-type TYPE  v1, yaml or guess (by the file's name; default)
  -i, --inline-config TEXT     more configuration, as if it stood at the end of the file
      --dry-run                check the configuration, open nothing, end
      --root DIR               absolute paths in the configuration lie below DIR
  -p, --plugin DIR             load the plugins in DIR; may be repeated
  -r, --require MODULE         import a module first; may be repeated
  -o, --log FILE               write the log to FILE
      --log-rotate-age AGE     keep so many old ones, or begin a new one daily, weekly, monthly
      --log-rotate-size SIZE   size at which the log is rotated (with a number of old ones)
  -v, --verbose                more of the log; -vv for everything
  -q, --quiet                  less of the log; -qq for errors alone
      --suppress-config-dump   do not print the configuration at the start
      --strict-config-value    values that only nearly fit are errors
      --without-source         start no inputs: flush what the buffers hold
      --shutdown-timeout SEC   how long SIGTERM may take to deliver what is held (default 25)
      --admin HOST:PORT        live page, health and metrics (also LOGFERRY_ADMIN; default: none)
      --admin-stall-after SEC  health turns bad after so long without progress (default 300)
      --version, --help

Signals: TERM and INT end with a flush, USR1 flushes, a second TERM or INT ends at once.
Exit codes: 0 ended as asked, 1 configuration or start failed.
`;

type Command = (argv: readonly string[], registry: Registry, io: CommandIo) => Promise<number>;

const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  check: async () => (await import('./check.ts')).run,
  cloudwatch: async () => {
    const { run } = await import('./cloudwatch.ts');
    return (argv, _, io) => run([...argv], io);
  },
  compat: async () => (await import('./compat.ts')).run,
  'create-plugin': async () => (await import('./create-plugin.ts')).run,
  demo: async () => (await import('./demo.ts')).run,
  doctor: async () => (await import('./doctor.ts')).run,
  'dry-run': async () => (await import('./dry-run.ts')).run,
  explain: async () => (await import('./explain.ts')).run,
  health: async () => {
    const { run } = await import('./health.ts');
    return (argv, _, io) => run(argv, io);
  },
  journal: async () => (await import('./journal.ts')).run,
  plugins: async () => (await import('./plugins.ts')).run,
  tap: async () => {
    const { run } = await import('./tap.ts');
    return (argv, _, io) => run(argv, io);
  },
  test: async () => (await import('./test.ts')).run,
  top: async () => {
    const { run } = await import('./top.ts');
    return (argv, _, io) => run(argv, io);
  },
};

/** Gives the exit code; a failure is one clear sentence, not a stack. */
export async function mainCommand(argv: readonly string[], registry: Registry, io: CommandIo): Promise<number> {
  const [first] = argv;
  try {
    if (first !== undefined && Object.hasOwn(COMMANDS, first)) return await (await COMMANDS[first]!())(argv.slice(1), registry, io);
    if (first === 'help' || argv.includes('--help') || argv.includes('-h')) {
      io.stdout.write(HELP);
      return 0;
    }
    if (first !== undefined && !first.startsWith('-')) {
      io.stderr.write(`logferry: there is no command '${first}'; commands are ${Object.keys(COMMANDS).join(', ')}. See 'logferry --help'.\n`);
      return 1;
    }
    const { run } = await import('./run.ts');
    return await run(argv, registry, io);
  } catch (error) {
    const usage = (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') ? ". See 'logferry --help'." : '';
    io.stderr.write(`logferry: ${errorText(error)}${usage}\n`);
    return 1;
  }
}
