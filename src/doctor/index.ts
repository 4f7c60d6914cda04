/**
 * The doctor: looks at everything that a configuration needs of the node, the network, AWS and Kubernetes, and says what is wrong and what
 * to do. It changes nothing and starts no plugin.
 */
import { hostname } from 'node:os';
import path from 'node:path';
import type { ConfigElement } from '../config/element.ts';
import { secretNames } from '../config/secrets.ts';
import { ConfigError, problemText } from '../errors.ts';
import type { ScanFound } from '../planning.ts';
import type { Registry } from '../registry.ts';
import { examineCredentials, examineEndpoint, examineRegion, findAccounts, type Account } from './aws-account.ts';
import { bufferFolder, examineBuffer } from './buffers.ts';
import { examine, type Examination } from './examination.ts';
import { examineKubernetes, type ApiConfig } from './kubernetes.ts';
import { examineFileLimits, memoryCheck } from './limits.ts';
import { findGroups } from './log-groups.ts';
import { examineGroup, examineReading, openGroupCheck } from './permissions.ts';
import { makeReport, type Check, type DoctorReport } from './report.ts';
import { hideSecrets, secretVariables } from './secrets.ts';
import { examinePositions, examineSource, findFiles, whyNotWritable } from './sources.ts';
import { findSubjects, type Subject, type Subjects, type SubjectsOptions } from './subjects.ts';

export * from './report.ts';
export { doctorText } from './text.ts';

export interface DoctorOptions extends SubjectsOptions {
  /** Groups to ask about where the configuration leaves them to the events. */
  readonly groups: readonly string[];
  /** How long each examination may take, milliseconds. */
  readonly deadlineMs: number;
  /** Variables that the configuration asks for and nobody set; asked when it has been read. */
  missing(): readonly { readonly name: string; readonly hasDefault: boolean; readonly at: { readonly file: string; readonly line: number } }[];
}

/** Never rejects for what is wrong with node, network or configuration: that is in the report. */
export async function examineAll(options: DoctorOptions): Promise<DoctorReport> {
  const head = { configFile: options.configFile, at: new Date().toISOString(), node: hostname() };
  let subjects: Subjects;
  try {
    subjects = await findSubjects(options);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const invalid = error.problems.map((problem): Check => ({
      id: 'config.valid', subject: options.configFile, status: 'problem', message: problemText(problem),
    }));
    return makeReport(head, hideSecrets([...variableChecks(options), ...invalid], secretVariables(process.env)));
  }
  const variables = variableChecks(options);
  // With made-up values the wrong things would be asked of the wrong places.
  const accounts = variables.length === 0 ? findAccounts(subjects) : [];
  const [sources, others] = await Promise.all([
    examineFiles(subjects, options.deadlineMs),
    examine(
      [
        ...awsExaminations(accounts, options.groups), ...kubernetesExaminations(subjects), ...bufferExaminations(subjects),
        ...storageExaminations(subjects),
      ],
      options.deadlineMs,
    ),
  ]);
  const { memory_limit: memoryLimit, workers } = subjects.agent.system;
  const valid: Check = {
    id: 'config.valid', subject: options.configFile, status: 'ok',
    message: `the configuration is valid: ${subjects.all.length} plugins`,
  };
  const checks = [valid, ...variables, ...others, ...sources, memoryCheck(memoryLimit, workers)];
  const secrets = [...secretVariables(process.env), ...(await configuredSecrets(options.registry, subjects.agent.view.config))];
  for (const account of accounts) {
    const service = await account.service().catch(() => undefined);
    const held = service?.credentials.held;
    if (held) secrets.push(held.secretAccessKey, held.sessionToken ?? '');
    service?.client.destroy();
  }
  return makeReport(head, hideSecrets(checks, secrets));
}

function variableChecks({ missing }: DoctorOptions): Check[] {
  return missing().filter(({ hasDefault }) => !hasDefault).map(({ name, at }) => ({
    id: 'config.environment', subject: name, status: 'problem', message: `the environment variable ${name} is not set; ${at.file}:${at.line} needs it`,
    hint: `set it in the pod, or give it with --env ${name}=VALUE; AWS is examined when all are set`,
  }));
}

function awsExaminations(accounts: readonly Account[], extra: readonly string[]): Examination[] {
  const { groups, open } = findGroups(accounts, extra);
  const all: Examination[] = [];
  for (const account of accounts) {
    // One for all plugins needs no name.
    const subject = accounts.length === 1 ? '' : account.users.map(({ name }) => name).join(', ');
    all.push(
      { id: 'aws.region', subject, run: () => examineRegion(account, subject) },
      { id: 'aws.endpoint', subject, run: (signal) => examineEndpoint(account, signal) },
      { id: 'aws.credentials', subject, run: (signal) => examineCredentials(account, subject, signal) },
    );
    for (const user of account.users) {
      if (user.view.kind !== 'input') continue;
      const config = user.checked.config as unknown as Parameters<typeof examineReading>[1];
      all.push({
        id: 'aws.get-log-events', subject: config.log_group_name,
        run: async (signal) => examineReading(await account.service(), config, user.name, signal),
      });
    }
  }
  for (const group of groups) all.push({ id: 'aws.put-log-events', subject: group.group, run: (signal) => examineGroup(group, signal) });
  for (const each of open) all.push({ id: 'aws.put-log-events', subject: each.user, run: async () => [openGroupCheck(each)] });
  return all;
}

function kubernetesExaminations({ of, agent }: Subjects): Examination[] {
  const seen = new Set<string>();
  const all: Examination[] = [];
  for (const { checked } of of('filter', 'kubernetes_metadata')) {
    const config = checked.config as unknown as ApiConfig;
    const key = JSON.stringify([
      config.kubernetes_url, config.ca_file, config.bearer_token_file, config.client_cert, config.secret_dir, config.watch,
      config.skip_namespace_metadata,
    ]);
    if (seen.has(key)) continue;
    seen.add(key);
    all.push({ id: 'kubernetes.api', subject: '', run: (signal) => examineKubernetes(config, '', (file) => agent.path(file), signal) });
  }
  return all;
}

function bufferExaminations({ all, agent }: Subjects): Examination[] {
  return all.flatMap((subject): Examination[] => {
    const folder = bufferFolder(subject, agent.system.root_dir);
    if (!folder) return [];
    return [{
      id: 'buffer.disk', subject: subject.name,
      run: () => examineBuffer(subject, folder.path, agent.path(folder.path), folder.limit),
    }];
  });
}

/** Files in which plugins keep positions by `<storage>`. */
function storageExaminations({ all, agent }: Subjects): Examination[] {
  return all.flatMap((subject): Examination[] => {
    const storage = (subject.checked.config as { storage?: { config?: { path?: unknown; persistent?: unknown } } }).storage?.config;
    const file = storage?.path;
    if (typeof file !== 'string') return [];
    const { name } = subject;
    return [{
      id: 'files.storage', subject: name,
      run: async () => {
        const reason = await whyNotWritable(agent.path(file));
        return [reason === undefined
          ? { id: 'files.storage', subject: name, status: 'ok', message: `the storage ${file} can be written` }
          : {
            id: 'files.storage', subject: name, status: 'problem', message: `the storage ${file} cannot be written: ${reason}`,
            hint: 'mount a folder of the node that the agent may write to',
          }];
      },
    }];
  });
}

/** What the inputs read, and then whether the system's limits allow that. */
async function examineFiles({ all, agent }: Subjects, deadlineMs: number): Promise<Check[]> {
  const found = new Map<Subject, ScanFound>();
  const readers = all.filter(({ view }) => view.kind === 'input' && (view.plugin as { scan?: unknown }).scan !== undefined);
  const checks = await examine(readers.map((subject) => ({
    id: subject.view.type === 'systemd' ? 'files.journal' : 'files.readable',
    subject: subject.name,
    run: async () => {
      const files = await findFiles(subject);
      if (!files) return [];
      found.set(subject, files);
      const pos = (subject.checked.config as { pos_file?: unknown }).pos_file;
      const positions = typeof pos === 'string' ? await examinePositions(subject, pos, files.files, (file) => agent.path(file)) : [];
      return [...(await examineSource(subject, files)), ...positions];
    },
  })), deadlineMs);
  const files = new Set([...found].flatMap(([{ view }, { files: each }]) => (view.type === 'systemd' ? [] : each)));
  const folders = new Set([...files].map((file) => path.dirname(file)));
  const limits = await examine(
    [{ id: 'limits.open-files', subject: '', run: () => examineFileLimits(files.size, folders.size) }], deadlineMs,
  );
  return [...checks, ...limits];
}

async function configuredSecrets(registry: Registry, root: ConfigElement): Promise<string[]> {
  const names = await secretNames(registry, root);
  const values: string[] = [];
  const collect = (element: ConfigElement): void => {
    for (const [name, { text }] of element.params) if (names.has(name)) values.push(text);
    const proxy = element.params.get('http_proxy')?.text;
    const password = proxy === undefined ? undefined : /\/\/[^/@]*:([^/@]+)@/.exec(proxy)?.[1];
    if (password !== undefined) values.push(password, decodeURIComponent(password));
    for (const child of element.elements) collect(child);
  };
  collect(root);
  return values;
}
