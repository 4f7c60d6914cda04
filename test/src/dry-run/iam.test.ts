import { expect, test } from 'vitest';
import { iamPolicy, type IamSubject } from '../../../src/dry-run/iam.ts';

function output(config: Record<string, unknown>, id?: string): IamSubject {
  return { kind: 'output', type: 'cloudwatch_logs', id, config };
}

const GROUP = 'arn:aws:logs:eu-west-1:ACCOUNT:log-group:/app';

test('an output that makes nothing may send alone', () => {
  const { policy, notes } = iamPolicy([output({ region: 'eu-west-1', log_group_name: '/app' }, 'out')]);
  expect(policy).toEqual({ Version: '2012-10-17', Statement: [{ Sid: 'SendOut', Effect: 'Allow', Action: ['logs:PutLogEvents'], Resource: [`${GROUP}:*`] }] });
  expect(notes).toEqual(['replace ACCOUNT by the number of the AWS account']);
});

test('one that makes groups may do what its configuration asks for, and never describes', () => {
  const { policy } = iamPolicy([output({ region: 'eu-west-1', log_group_name: '/app', auto_create_stream: true, retention_in_days: 14, log_group_aws_tags: new Map([['a', 'b']]) })]);
  expect(policy.Statement.map(({ Action, Resource }) => [Action, Resource])).toEqual([
    [['logs:PutLogEvents', 'logs:CreateLogStream'], [`${GROUP}:*`]],
    [['logs:CreateLogGroup', 'logs:PutRetentionPolicy', 'logs:TagResource'], [GROUP, `${GROUP}:*`]],
  ]);
  expect(JSON.stringify(policy)).not.toContain('Describe');
});

test('outputs with the same needs share a statement', () => {
  const { policy } = iamPolicy([output({ region: 'eu-west-1', log_group_name: '/app' }, 'a'), output({ region: 'eu-west-1', log_group_name: '/host' }, 'b')]);
  expect(policy.Statement).toEqual([
    { Sid: 'Send', Effect: 'Allow', Action: ['logs:PutLogEvents'], Resource: [`${GROUP}:*`, 'arn:aws:logs:eu-west-1:ACCOUNT:log-group:/host:*'] },
  ]);
});

test.each([
  [{ region: 'cn-north-1', log_group_name: 'g' }, 'arn:aws-cn:logs:cn-north-1:ACCOUNT:log-group:g:*'],
  [{ region: 'us-gov-west-1', log_group_name: 'g' }, 'arn:aws-us-gov:logs:us-gov-west-1:ACCOUNT:log-group:g:*'],
  [{ log_group_name: '/app/${tag[1]}/%Y' }, 'arn:aws:logs:REGION:ACCOUNT:log-group:/app/*/*:*'],
  [{ log_group_name_key: 'group' }, 'arn:aws:logs:REGION:ACCOUNT:log-group:*:*'],
])('%j may send to %s', (config, resource) => {
  expect(iamPolicy([output(config)]).policy.Statement[0]!.Resource).toEqual([resource]);
});

test('a role to assume, and a key, need permissions of their own', () => {
  const { policy, notes } = iamPolicy([output({
    region: 'eu-west-1', log_group_name: '/app', auto_create_stream: true, kms_key_id: 'arn:aws:kms:eu-west-1:1:key/k', aws_use_sts: true, aws_sts_role_arn: 'arn:aws:iam::2:role/logs',
  }, 'out')]);
  expect(policy.Statement.slice(2)).toEqual([
    { Sid: 'EncryptOut', Effect: 'Allow', Action: ['kms:DescribeKey'], Resource: ['arn:aws:kms:eu-west-1:1:key/k'] },
    { Sid: 'AssumeOut', Effect: 'Allow', Action: ['sts:AssumeRole'], Resource: ['arn:aws:iam::2:role/logs'] },
  ]);
  expect(notes.join('\n')).toContain('belong to that role');
  expect(notes.join('\n')).toContain('logs.eu-west-1.amazonaws.com');
});

test('an input reads, and lists what it does not know by name', () => {
  const input = (config: Record<string, unknown>): readonly string[] => iamPolicy([{ kind: 'input', type: 'cloudwatch_logs', config }]).policy.Statement.flatMap(({ Action }) => Action);
  expect(input({ log_group_name: 'g', log_stream_name: 's' })).toEqual(['logs:GetLogEvents']);
  expect(input({ log_group_name: 'g', use_log_group_name_prefix: true })).toEqual(['logs:GetLogEvents', 'logs:DescribeLogStreams', 'logs:DescribeLogGroups']);
});

test('a configuration without AWS needs nothing', () => {
  expect(iamPolicy([{ kind: 'output', type: 'stdout', config: {} }])).toEqual({ policy: { Version: '2012-10-17', Statement: [] }, notes: [] });
});
