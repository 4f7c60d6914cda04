/** The AWS variables of the environment: none but those of the test. */
import { onTestFinished } from 'vitest';

/** Removes every variable that AWS's tools read, keeps them from the world outside, sets these, and puts everything back when the test is over. */
export function awsEnvironment(given: Readonly<Record<string, string>> = {}): void {
  const before = { ...process.env };
  for (const name of Object.keys(process.env)) if (/^(AWS|AMAZON)_/.test(name)) delete process.env[name];
  Object.assign(process.env, {
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent/credentials', AWS_CONFIG_FILE: '/nonexistent/config', AWS_EC2_METADATA_DISABLED: 'true', AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:9',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', ...given,
  });
  onTestFinished(() => {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  });
}
