/** Parameters for who asks AWS, and where: those of every plugin with a client of CloudWatch Logs. */
import { param, section } from './params.ts';

/** Parameters of a client of CloudWatch Logs, see `createLogsService`. Names and defaults are those of fluent-plugin-cloudwatch-logs. */
export const awsFields = {
  aws_key_id: param.string('Access key, where no role gives credentials.', { optional: true, secret: true }),
  aws_sec_key: param.string('Secret key that belongs to aws_key_id.', { optional: true, secret: true }),
  aws_use_sts: param.bool('Assume the role aws_sts_role_arn.', { default: false }),
  aws_sts_role_arn: param.string('Role to assume.', { optional: true }),
  aws_sts_session_name: param.string('Name of the session.', { default: 'fluentd' }),
  aws_sts_external_id: param.string('External id that the role demands.', { optional: true }),
  aws_sts_policy: param.string('Policy, as JSON, that narrows the role.', { optional: true }),
  aws_sts_duration_seconds: param.time('How long the credentials last.', { optional: true }),
  aws_sts_endpoint_url: param.string('Endpoint of STS, such as a regional or private one.', { optional: true }),
  aws_ecs_authentication: param.bool('Take the credentials of the ECS task or EKS pod identity.', { default: false }),
  region: param.string('AWS region; the environment decides if absent.', { optional: true }),
  endpoint: param.string('URL of the service, such as a VPC endpoint or a local one.', { optional: true }),
  ssl_verify_peer: param.bool('Check the certificate of the endpoint.', { default: true }),
  http_proxy: param.string('URL of a proxy for HTTPS.', { optional: true }),
  web_identity_credentials: section('Credentials from a web identity token (IRSA).', {
    role_arn: param.string('Role to assume.'),
    role_session_name: param.string('Name of the session.'),
    web_identity_token_file: param.string('File of the token; AWS_WEB_IDENTITY_TOKEN_FILE if absent.', { optional: true }),
    policy: param.string('Policy, as JSON, that narrows the role.', { optional: true }),
    duration_seconds: param.time('How long the credentials last.', { optional: true }),
  }),
};
