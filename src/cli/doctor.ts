/** `logferry doctor`: whether this node has all that a configuration needs, and what to do where it has not. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { doctorText, examineAll } from '../doctor/index.ts';
import { createEnvironment, parseEnvironment, parseVariable } from '../dry-run/index.ts';
import { errorText } from '../errors.ts';
import type { Registry } from '../registry.ts';
import type { CommandIo } from './io.ts';
import { loadPluginFolder } from './plugin-folder.ts';

const HELP = `Usage: logferry doctor -c FILE [OPTIONS]

Looks at all that a configuration needs where it runs, best in the agent's own pod: AWS credentials
and why they are the ones, permissions for each log group, clock, endpoints, files and mounts, the
API of Kubernetes, limits, buffers and positions; and says what to do. It changes nothing on the
node or in AWS and shows no secrets. It does not disturb an agent that runs.

  -c, --config FILE        the configuration, as it is
      --config-file-type T v1, yaml or guess (default)
  -e, --env NAME=VALUE     an environment variable of the agent; may be repeated
      --env-file FILE      more of them, one on each line
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
  env: { type: 'string', short: 'e', multiple: true },
  'env-file': { type: 'string', multiple: true },
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
  const type = values['config-file-type'];
  if (type !== undefined && type !== 'v1' && type !== 'yaml' && type !== 'guess') throw new Error(`--config-file-type: expected v1, yaml or guess, found '${type}'`);
  for (const folder of values.plugin ?? []) await loadPluginFolder(folder, registry);
  for (const file of values['env-file'] ?? []) for (const [name, value] of parseEnvironment(readInput(file), file)) process.env[name] = value;
  for (const text of values.env ?? []) {
    const [name, value] = parseVariable(text, '--env');
    process.env[name] = value;
  }
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

function readInput(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`--env-file: ${errorText(error)}`, { cause: error });
  }
}
