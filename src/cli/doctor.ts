/** `logferry doctor`: whether this node has all that a configuration needs, and what to do where it has not. */
import { existsSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { doctorText, examineAll } from '../doctor/index.ts';
import { createEnvironment } from '../dry-run/index.ts';
import type { Registry } from '../registry.ts';
import { configFileType, ENVIRONMENT_HELP, ENVIRONMENT_OPTIONS, givenVariables } from './environment-options.ts';
import type { CommandIo } from './io.ts';
import { loadThirdParty } from './load-plugins.ts';

const HELP = `Usage: logferry doctor -c FILE [OPTIONS]

Looks at all that a configuration needs where it runs, best in the agent's own pod: AWS credentials
and why they are the ones, permissions for each log group, clock, endpoints, files and mounts, the
API of Kubernetes, limits, buffers and positions; and says what to do. It changes nothing on the
node or in AWS and shows no secrets. It does not disturb an agent that runs.

  -c, --config FILE        the configuration, as it is
      --config-file-type T v1, yaml or guess (default)
${ENVIRONMENT_HELP}
  -p, --plugin DIR         load the plugins in DIR; may be repeated
      --group NAME         ask about this log group, too, where groups depend on events; may be repeated
      --timeout SECONDS    how long each examination may take (default 10)
      --json FILE          the report as JSON; - is standard output, in place of the text
      --no-colour          as with NO_COLOR
      --help

Exit codes: 0 nothing wrong was found, 1 there are problems, 2 there are warnings alone.
`;

const OPTIONS = {
  config: { type: 'string', short: 'c' },
  'config-file-type': { type: 'string' },
  ...ENVIRONMENT_OPTIONS,
  plugin: { type: 'string', short: 'p', multiple: true },
  group: { type: 'string', multiple: true },
  timeout: { type: 'string' },
  json: { type: 'string' },
  'no-colour': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

const TIMEOUT_SEC = 10;

export async function run(argv: readonly string[], registry: Registry, io: CommandIo): Promise<number> {
  const { values } = parseArgs({ args: [...argv], options: OPTIONS, strict: true });
  if (values.help) {
    io.stdout.write(HELP);
    return 0;
  }
  if (values.config === undefined) throw new Error("-c FILE is needed: the configuration. See 'logferry doctor --help'.");
  if (!existsSync(values.config)) throw new Error(`-c: there is no file ${values.config}`);
  const seconds = Number(values.timeout ?? TIMEOUT_SEC);
  if (!(seconds > 0 && seconds <= 3600)) throw new Error(`--timeout: expected seconds, found '${values.timeout}'`);
  const type = configFileType(values['config-file-type']);
  for (const problem of await loadThirdParty({ folders: values.plugin, configFile: values.config }, registry)) io.stderr.write(`logferry doctor: ${problem}\n`);
  Object.assign(process.env, Object.fromEntries(givenVariables(values)));
  const environment = createEnvironment(process.env);
  const report = await examineAll({
    configFile: values.config, configFileType: type, registry,
    evaluate: environment.evaluate,
    groups: values.group ?? [],
    deadlineMs: seconds * 1000,
    missing: () => environment.missing(),
  });
  const json = `${JSON.stringify(report, undefined, 2)}\n`;
  if (values.json === '-') io.stdout.write(json);
  else {
    if (values.json !== undefined) writeFileSync(values.json, json);
    const colour = !values['no-colour'] && process.env['NO_COLOR'] === undefined && (io.stdout as { isTTY?: boolean }).isTTY === true;
    io.stdout.write(doctorText(report, colour));
  }
  return report.exitCode;
}
