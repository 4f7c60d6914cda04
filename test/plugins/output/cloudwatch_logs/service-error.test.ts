import { describe as group, expect, it } from 'vitest';
import { describe } from '../../../../plugins/output/cloudwatch_logs/service-error.ts';

function credentialsError(message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, cause === undefined ? {} : { cause }), { name: 'CredentialsProviderError' });
}

group('an error of credentials', () => {
  it('says how to give some where there are none', () => {
    expect(describe(credentialsError('environment: AWS_ACCESS_KEY_ID is not set'))).toBe(
      'CredentialsProviderError: environment: AWS_ACCESS_KEY_ID is not set (no AWS credentials were found: give the pod a role by IRSA or EKS Pod Identity, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)',
    );
  });

  it('says that what was to give them failed where STS refused the role', () => {
    const refused = new Error('AccessDenied: not authorized to perform sts:AssumeRole');
    expect(describe(credentialsError('aws_use_sts (arn:aws:iam::1:role/r): AccessDenied: not authorized to perform sts:AssumeRole', refused))).toMatch(
      / \(what was to give AWS credentials failed: check the role, who may assume it, and the way to STS or the metadata service\)$/,
    );
  });
});
