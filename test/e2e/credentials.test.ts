/** Credentials that end, rotate or go away while the agent runs: nothing is lost, and nothing is sent twice. */
import { expect } from 'vitest';
import { messages, tail, until } from '../support/agent.ts';
import { awsEnvironment } from '../support/aws-environment.ts';
import { test } from '../support/e2e.ts';
import { startLocalPodIdentity } from '../support/local-pod-identity.ts';
import { startLocalSts } from '../support/local-sts.ts';

/** An output without credentials of its own. */
function output(url: string): string {
  return `
<match **>
  @type cloudwatch_logs
  region us-east-1
  endpoint ${url}
  log_group_name logs
  use_tag_as_stream true
  auto_create_stream true
  <buffer>
    flush_interval 0.05
    retry_type periodic
    retry_wait 0.1
    retry_forever true
  </buffer>
</match>
`;
}

const json = (n: number): string => JSON.stringify({ message: String(n) });

test('credentials that last a second are renewed on the way, and each line arrives once', async ({ place }) => {
  const agent = await startLocalPodIdentity();
  agent.issuer.lifetimeMs = 1500;
  place.write('token', 'pod-token');
  agent.token = 'pod-token';
  awsEnvironment({ AWS_CONTAINER_CREDENTIALS_FULL_URI: agent.url, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: place.at('token') });
  const endpoint = await place.endpoint({ credentials: agent.accepted });
  place.write('logs/app.log', '0\n');
  const running = await place.start(`${tail('logs/app.log', 'app')}${output(endpoint.url)}`);
  let written = 1;
  while (agent.issuer.count < 4) {
    place.append('logs/app.log', `${written++}\n`);
    await until(() => messages(endpoint, 'app').length === written, 5000, () => running.logged());
  }
  expect(messages(endpoint, 'app')).toEqual(Array.from({ length: written }, (_, n) => json(n)));
  expect(running.metric('buffer_lost_records_total')).toBe(0);
  expect(running.logged()).toEqual([]);
});

test('the service says that a token has expired: the role is assumed anew with the token of now, without a retry of the buffer', async ({ place }) => {
  const sts = await startLocalSts();
  place.write('token', 'first');
  sts.token = 'first';
  awsEnvironment({ AWS_WEB_IDENTITY_TOKEN_FILE: place.at('token'), AWS_ROLE_ARN: 'arn:aws:iam::111122223333:role/logs', AWS_ENDPOINT_URL_STS: sts.url });
  const endpoint = await place.endpoint({ credentials: sts.accepted });
  place.write('logs/app.log', '0\n1\n');
  const running = await place.start(`${tail('logs/app.log', 'app')}${output(endpoint.url)}`);
  await until(() => messages(endpoint, 'app').length === 2);
  place.write('token', 'second');
  sts.token = 'second';
  endpoint.setFaults([{ action: 'ExpiredTokenException', times: 1 }]);
  place.append('logs/app.log', '2\n');
  await until(() => messages(endpoint, 'app').length === 3);
  expect(messages(endpoint, 'app')).toEqual([0, 1, 2].map(json));
  expect(sts.requests.map(({ params }) => params['WebIdentityToken'])).toEqual(['first', 'second']);
  expect(running.metric('buffer_flush_failures_total')).toBe(0);
  expect(running.logged()).toEqual([]);
});

test('where credentials come from is away: the log says which place failed and why, and all arrives when it is back', async ({ place }) => {
  const sts = await startLocalSts();
  place.write('token', 'tok');
  sts.failWith = { code: 'AccessDenied', message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity' };
  awsEnvironment({ AWS_WEB_IDENTITY_TOKEN_FILE: place.at('token'), AWS_ROLE_ARN: 'arn:aws:iam::111122223333:role/logs', AWS_ENDPOINT_URL_STS: sts.url });
  const endpoint = await place.endpoint({ credentials: sts.accepted });
  place.write('logs/app.log', '0\n1\n');
  const running = await place.start(`${tail('logs/app.log', 'app')}${output(endpoint.url)}`);
  await until(() => running.metric('buffer_flush_failures_total') >= 2);
  expect(running.logged()[0]).toContain('web identity (IRSA): AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity');
  expect(place.positions()).toEqual([['logs/app.log', 0]]);
  sts.failWith = undefined;
  await until(() => messages(endpoint, 'app').length === 2);
  expect(messages(endpoint, 'app')).toEqual([0, 1].map(json));
  await running.stop();
  expect(place.positions()).toEqual([['logs/app.log', 4]]);
});

test('the input reads on when its credentials are refused and renewed', async ({ place }) => {
  const agent = await startLocalPodIdentity();
  awsEnvironment({ AWS_CONTAINER_CREDENTIALS_FULL_URI: agent.url });
  const endpoint = await place.endpoint({ credentials: agent.accepted, groups: { g: ['s'] } });
  const put = (n: number): void => {
    const { store } = endpoint;
    store.append(store.group('g'), store.stream('g', 's'), { timestamps: [Date.now()], messages: [json(n)], from: 0, to: 1, bytes: 0, ingestionTime: Date.now() });
  };
  put(0);
  const running = await place.start(`
    <source>
      @type cloudwatch_logs
      tag in
      region us-east-1
      endpoint ${endpoint.url}
      log_group_name g
      log_stream_name s
      fetch_interval 0.05
    </source>
    ${output(endpoint.url)}
  `);
  await until(() => messages(endpoint, 'in').length === 1, 3000, () => running.logged());
  agent.issuer.issue();
  put(1);
  await until(() => messages(endpoint, 'in').length === 2, 3000, () => running.logged());
  expect(messages(endpoint, 'in')).toEqual([0, 1].map(json));
  expect(running.logged()).toEqual([]);
});
