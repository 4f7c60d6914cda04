/** The least permissions that the agent needs with a configuration, as an IAM policy. Pure. */
import { createHash } from 'node:crypto';
import type { IamReport, IamStatement } from './report.ts';

/** A plugin's type and typed parameters. */
export interface IamSubject {
  readonly kind: string;
  readonly type: string;
  readonly id?: string | undefined;
  readonly config: Readonly<Record<string, unknown>>;
}

/** To be replaced by the number of the account. */
const ACCOUNT = 'ACCOUNT';

/** `plugins`: all of the configuration. Calls that Logferry does not make, such as DescribeLogGroups before sending, are not in it. */
export function iamPolicy(plugins: readonly IamSubject[], environment: { readonly region?: string | undefined } = {}): IamReport {
  const notes = new Set<string>();
  const wanted: { readonly name: string; readonly actions: readonly string[]; readonly resources: readonly string[] }[] = [];
  for (const plugin of plugins) {
    const name = plugin.id ?? plugin.type;
    const region = text(plugin, 'region') ?? environment.region ?? 'REGION';
    const add = (what: string, actions: readonly string[], resources: readonly string[]) => void wanted.push({ name: `${what} ${name}`, actions, resources });
    const isLogs = plugin.type === 'cloudwatch_logs';
    if (isLogs && plugin.kind === 'output') ofOutput(plugin, region, name, add, notes);
    if (isLogs && plugin.kind === 'input') ofInput(plugin, region, add);
    if (isLogs && (plugin.kind === 'output' || plugin.kind === 'input')) ofCredentials(plugin, name, add, notes);
    if (plugin.type === 'http' && plugin.kind === 'output' && (plugin.config['auth'] as { method?: string } | undefined)?.method === 'aws_sigv4')
      notes.add(`${name} signs its requests with aws_sigv4: the service behind its endpoint needs permissions of its own, which are not in this policy`);
  }
  const statements = merged(wanted);
  if (statements.length > 0) {
    notes.add(`replace ${ACCOUNT} by the number of the AWS account${JSON.stringify(statements).includes(':REGION:') ? ', and REGION by the region' : ''}`);
    if (JSON.stringify(statements).includes('log-group:*')) notes.add('the names of some log groups depend on the events: `log-group:*` can be narrowed to what they begin with');
  }
  return { policy: { Version: '2012-10-17', Statement: statements }, notes: [...notes] };
}

type Add = (what: string, actions: readonly string[], resources: readonly string[]) => void;

function ofOutput(plugin: IamSubject, region: string, name: string, add: Add, notes: Set<string>): void {
  const group = groupArn(region, groupPattern(plugin));
  const creates = plugin.config['auto_create_stream'] === true;
  add('Send', ['logs:PutLogEvents', ...(creates ? ['logs:CreateLogStream'] : [])], [`${group}:*`]);
  if (!creates) return;
  const hasTags = (plugin.config['log_group_aws_tags'] as ReadonlyMap<string, unknown> | undefined)?.size || text(plugin, 'log_group_aws_tags_key') !== undefined;
  const retains = plugin.config['retention_in_days'] !== undefined || text(plugin, 'retention_in_days_key') !== undefined;
  add('Create', ['logs:CreateLogGroup', ...(retains ? ['logs:PutRetentionPolicy'] : []), ...(hasTags ? ['logs:TagResource'] : [])], [group, `${group}:*`]);
  const key = text(plugin, 'kms_key_id');
  if (key === undefined) return;
  add('Encrypt', ['kms:DescribeKey'], [key]);
  notes.add(`${name} makes log groups that are encrypted with ${key}: the policy of that key has to let logs.${region}.amazonaws.com use it (kms:Encrypt*, kms:Decrypt*, kms:ReEncrypt*, kms:GenerateDataKey*, kms:Describe*)`);
}

function ofInput(plugin: IamSubject, region: string, add: Add): void {
  const { use_log_group_name_prefix: byGroupPrefix, use_log_stream_name_prefix: byStreamPrefix, use_todays_log_stream: today } = plugin.config;
  const group = groupArn(region, `${text(plugin, 'log_group_name') ?? '*'}${byGroupPrefix === true ? '*' : ''}`);
  const lists = byStreamPrefix === true || today === true || text(plugin, 'log_stream_name') === undefined;
  add('Read', ['logs:GetLogEvents', ...(lists ? ['logs:DescribeLogStreams'] : [])], [group, `${group}:*`]);
  if (byGroupPrefix === true) add('List', ['logs:DescribeLogGroups'], [`arn:${partition(region)}:logs:${region}:${ACCOUNT}:log-group:*`]);
}

function ofCredentials(plugin: IamSubject, name: string, add: Add, notes: Set<string>): void {
  const role = text(plugin, 'aws_sts_role_arn');
  if (plugin.config['aws_use_sts'] === true && role !== undefined) {
    add('Assume', ['sts:AssumeRole'], [role]);
    notes.add(`${name} assumes ${role}: the statements about its log groups belong to that role, sts:AssumeRole to the role that the agent runs with`);
    return;
  }
  const web = plugin.config['web_identity_credentials'] as { role_arn?: string } | undefined;
  if (web?.role_arn !== undefined)
    notes.add(`${name} uses ${web.role_arn} by its web identity: give that role the policy, and trust the cluster's OIDC provider with sts:AssumeRoleWithWebIdentity`);
}

/** The name of the group with `*` for what depends on events. */
function groupPattern(plugin: IamSubject): string {
  const template = text(plugin, 'log_group_name');
  if (template === undefined) return '*';
  return template.replace(/\$\{[^}]*\}|%-?[A-Za-z]/g, '*').replace(/\*+/g, '*');
}

function groupArn(region: string, group: string): string {
  return `arn:${partition(region)}:logs:${region}:${ACCOUNT}:log-group:${group}`;
}

function partition(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/** Statements with the same actions become one. */
function merged(wanted: readonly { readonly name: string; readonly actions: readonly string[]; readonly resources: readonly string[] }[]): IamStatement[] {
  const byActions = new Map<string, { readonly name: string; readonly actions: readonly string[]; readonly resources: Set<string>; names: number }>();
  for (const { name, actions, resources } of wanted) {
    const key = `${name.split(' ', 1)[0]} ${actions.join()}`;
    const known = byActions.get(key);
    if (known) {
      for (const resource of resources) known.resources.add(resource);
      known.names++;
    } else byActions.set(key, { name, actions, resources: new Set(resources), names: 1 });
  }
  const used = new Set<string>();
  return [...byActions.values()].map(({ name, actions, resources, names }) => ({
    Sid: unique(sidOf(names > 1 ? name.split(' ', 1)[0]! : name), actions, used), Effect: 'Allow' as const, Action: [...actions], Resource: [...resources],
  }));
}

/** Letters and digits alone. */
function sidOf(name: string): string {
  return name.split(/[^A-Za-z0-9]+/).map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('');
}

function unique(sid: string, actions: readonly string[], used: Set<string>): string {
  const name = used.has(sid) ? `${sid}${createHash('sha256').update(actions.join()).digest('hex').slice(0, 6)}` : sid;
  used.add(name);
  return name;
}

function text({ config }: IamSubject, name: string): string | undefined {
  const value = config[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
