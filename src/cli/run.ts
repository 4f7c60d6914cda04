/** `logferry -c FILE`: runs the agent as `fluentd -c FILE` does. */
import cluster from 'node:cluster';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { parseAdminEndpoint, workerAddress } from '../admin/endpoint.ts';
import type { AdminSettings } from '../admin/start.ts';
import { Agent, type AgentOptions } from '../app.ts';
import { sizeLiteral } from '../config/literal.ts';
import { ConfigError, problemText } from '../errors.ts';
import { openLogFile, parseRotateAge } from '../log/log-file.ts';
import type { Registry } from '../registry.ts';
import { loadThirdParty } from './load-plugins.ts';
import type { CommandIo } from './io.ts';
import { preferSmallHeap } from './small-heap.ts';
import { serve } from './serve.ts';
import { version } from './version.ts';
import { superviseWorkers, workerIdOf } from './workers.ts';

/** How long a shutdown may take if nobody says otherwise; Kubernetes' own grace period is 30 s. */
const SHUTDOWN_MS = 25_000;

/** Where a configuration is looked for when `-c` is not given. */
const DEFAULT_CONFIGS = ['/fluentd/etc/fluent.conf', '/etc/fluent/fluent.conf', '/etc/logferry/logferry.conf'];

export const RUN_OPTIONS = {
  config: { type: 'string', short: 'c' },
  'config-file-type': { type: 'string' },
  'inline-config': { type: 'string', short: 'i' },
  plugin: { type: 'string', short: 'p', multiple: true },
  require: { type: 'string', short: 'r', multiple: true },
  log: { type: 'string', short: 'o' },
  'log-rotate-age': { type: 'string' },
  'log-rotate-size': { type: 'string' },
  verbose: { type: 'boolean', short: 'v', multiple: true },
  quiet: { type: 'boolean', short: 'q', multiple: true },
  'dry-run': { type: 'boolean' },
  root: { type: 'string' },
  'suppress-config-dump': { type: 'boolean' },
  'without-source': { type: 'boolean' },
  'with-source-only': { type: 'boolean' },
  'strict-config-value': { type: 'boolean' },
  'shutdown-timeout': { type: 'string' },
  admin: { type: 'string' },
  'admin-stall-after': { type: 'string' },
  'use-v1-config': { type: 'boolean' },
  'use-shared-socket': { type: 'boolean' },
  'log-event-verbose': { type: 'boolean' },
  'no-supervisor': { type: 'boolean' },
  'under-supervisor': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const;

export async function run(argv: readonly string[], registry: Registry, io: CommandIo): Promise<number> {
  const { values } = parseArgs({ args: [...argv], options: RUN_OPTIONS, strict: true });
  if (values.version) {
    io.stdout.write(`logferry ${version()}\n`);
    return 0;
  }
  preferSmallHeap();
  const configFile = findConfig(values.config);
  const leftOut = await loadThirdParty({ folders: values.plugin, required: values.require, configFile }, registry);
  const write = values.log === undefined ? (line: string) => void io.stdout.write(line) : logFile(values.log, values['log-rotate-age'], values['log-rotate-size'], io);
  const type = values['config-file-type'];
  if (type !== undefined && type !== 'v1' && type !== 'yaml' && type !== 'guess') {
    io.stderr.write(`logferry: --config-file-type: expected v1, yaml or guess, found '${type}'\n`);
    return 1;
  }
  const options: AgentOptions = {
    configFile,
    registry,
    configFileType: type,
    inlineConfig: values['inline-config'],
    root: values.root,
    verbosity: (values.quiet?.length ?? 0) - (values.verbose?.length ?? 0),
    suppressConfigDump: values['suppress-config-dump'],
    withoutSource: values['without-source'],
    withSourceOnly: values['with-source-only'],
    strict: values['strict-config-value'],
    write,
    ownLogFile: values.log !== undefined || values['dry-run'] === true,
    colour: values.log === undefined && process.stdout.isTTY && process.env['NO_COLOR'] === undefined,
    workerId: workerIdOf(process.env),
  };
  const agent = new Agent(options);
  for (const problem of leftOut) agent.log.warn(`plugin package: ${problem}`);
  try {
    await agent.load();
  } catch (error) {
    reportConfigError(agent, configFile, error);
    return 1;
  }
  if (values['dry-run']) {
    agent.log.info('starting logferry in dry run mode: the configuration is fine, nothing is started');
    agent.log.info('finished dry run mode');
    return 0;
  }
  const admin = adminSettings(agent, values.admin, values['admin-stall-after']);
  const shutdownMs = Number(values['shutdown-timeout'] ?? SHUTDOWN_MS / 1000) * 1000;
  if (agent.system.workers > 1 && !cluster.isWorker) return superviseWorkers({ agent, options, shutdownMs, io });
  return serve(agent, { shutdownMs, io, admin });
}

/** What the option, the environment and `<system>` say, in this order; undefined: no admin server. Throws an Error for a text that is no address. */
export function adminSettings(agent: Agent, option: string | undefined, stallAfter: string | undefined, env: NodeJS.ProcessEnv = process.env): AdminSettings | undefined {
  const { system } = agent;
  const [text, from] = option !== undefined ? [option, '--admin'] : env['LOGFERRY_ADMIN'] ? [env['LOGFERRY_ADMIN'], 'LOGFERRY_ADMIN'] : [system.admin_endpoint, '<system> admin_endpoint'];
  if (text === undefined || text === '') return undefined;
  const seconds = stallAfter === undefined ? system.admin_stall_after : Number(stallAfter);
  if (!(seconds > 0)) throw new Error(`${stallAfter === undefined ? '<system> admin_stall_after' : '--admin-stall-after'}: expected seconds, found '${stallAfter ?? seconds}'`);
  const address = parseAdminEndpoint(text, from);
  workerAddress(address, system.workers - 1);
  return { address, token: env['LOGFERRY_ADMIN_TOKEN'] || undefined, stallAfterMs: seconds * 1000 };
}

/** Every problem on a line of its own: file, line, column, what and how to mend it. */
export function reportConfigError(agent: Agent, configFile: string, error: unknown): void {
  if (!(error instanceof ConfigError)) {
    agent.log.error('unexpected error while reading the configuration', { file: configFile, error });
    return;
  }
  for (const problem of error.problems) agent.log.error(`config error: ${problemText(problem)}`);
  agent.log.error(`config error: ${error.problems.length} problem${error.problems.length === 1 ? '' : 's'} in the configuration, not started`, { file: configFile });
}

function findConfig(given: string | undefined): string {
  if (given !== undefined) return given;
  const fromEnv = process.env['FLUENT_CONF'];
  if (fromEnv) return fromEnv;
  const inImage = process.env['FLUENTD_CONF'];
  if (inImage) return path.join('/fluentd/etc', inImage);
  return DEFAULT_CONFIGS.find((file) => existsSync(file)) ?? DEFAULT_CONFIGS[1]!;
}

function logFile(file: string, age: string | undefined, size: string | undefined, io: CommandIo): (line: string) => void {
  const rotateAge = age === undefined ? undefined : parseRotateAge(age);
  if (age !== undefined && rotateAge === undefined) throw new Error(`--log-rotate-age: expected a number, daily, weekly or monthly, found '${age}'`);
  const rotateSize = size === undefined ? undefined : sizeLiteral(size);
  return openLogFile({ path: file, rotateAge, rotateSize, fallback: (text) => void io.stderr.write(text) });
}
