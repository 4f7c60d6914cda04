/** Whether the API of Kubernetes answers, and whether the service account may read what kubernetes_metadata asks for. */
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import { errorText } from '../errors.ts';
import { callHttp } from './http-call.ts';
import { networkFailure } from './network-error.ts';
import type { Check } from './report.ts';

/** Parameters of the filter kubernetes_metadata. */
export interface ApiConfig {
  readonly kubernetes_url: string | undefined;
  readonly watch: boolean;
  readonly ca_file: string | undefined;
  readonly bearer_token_file: string | undefined;
  readonly client_cert: string | undefined;
  readonly client_key: string | undefined;
  readonly secret_dir: string;
  readonly verify_ssl: boolean;
  readonly skip_namespace_metadata: boolean;
}

const REVIEW = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
const REQUEST_MS = 5000;

/** `locate`: where a path of the configuration lies. */
export async function examineKubernetes(
  config: ApiConfig, subject: string, locate: (configured: string) => string, signal: AbortSignal,
): Promise<readonly Check[]> {
  const base = apiUrl(config);
  const id = 'kubernetes.api';
  if (base === undefined) {
    return [{
      id, subject, status: 'warning',
      message: 'this does not run in a pod (KUBERNETES_SERVICE_HOST is not set): records get no metadata from the API',
      hint: 'run it in a pod, or set kubernetes_url',
    }];
  }
  let access;
  try {
    access = await accessOf(config, base, locate);
  } catch (error) {
    return [{
      id, subject, status: 'problem', message: `the service account cannot be used: ${errorText(error)}`,
      hint: 'check automountServiceAccountToken and secret_dir',
    }];
  }
  const { agent, headers } = access;
  const ask = async (verb: string, resource: string): Promise<{ status: number; allowed: boolean; reason: string }> => {
    const body = JSON.stringify({
      apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes: { verb, resource } },
    });
    const answer = await callHttp(new URL(REVIEW, base), {
      method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body, agent, signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]),
    });
    if (answer.status >= 300) return { status: answer.status, allowed: false, reason: messageOf(answer.body) };
    const { status } = JSON.parse(answer.body) as { status?: { allowed?: boolean; reason?: string } };
    return { status: answer.status, allowed: status?.allowed === true, reason: status?.reason ?? '' };
  };
  const verbs = config.watch ? ['get', 'list', 'watch'] : ['get'];
  const resources = config.skip_namespace_metadata ? ['pods'] : ['pods', 'namespaces'];
  try {
    const answers = await Promise.all(resources.flatMap((resource) => verbs.map(async (verb) => ({ verb, resource, ...(await ask(verb, resource)) }))));
    const refused = answers.find(({ status }) => status >= 300);
    if (refused) {
      const message = `the API at ${base.host} answers ${refused.status}: ${refused.reason}`;
      return [{
        id, subject, status: 'problem', message,
        hint: refused.status === 401
          ? 'the token is not accepted: check the service account, and the audience and age of the token'
          : 'check kubernetes_url and the service account',
      }];
    }
    const denied = answers.filter(({ allowed }) => !allowed);
    return [
      { id, subject, status: 'ok', message: `the API at ${base.host} answers` },
      denied.length === 0
        ? {
          id: 'kubernetes.rbac', subject, status: 'ok',
          message: `the service account may ${verbs.join(', ')} ${resources.join(' and ')}`,
        }
        : {
            id: 'kubernetes.rbac', subject, status: 'problem', message: `the service account may not ${denied.map(({ verb, resource }) => `${verb} ${resource}`).join(', ')}`,
            details: denied.map(({ reason }) => reason).filter((reason, i, all) => reason !== '' && all.indexOf(reason) === i),
            hint: `give its ClusterRole the verbs ${verbs.join(', ')} on ${resources.join(', ')} (apiGroups: [""])`,
          },
    ];
  } catch (error) {
    const { stage, message } = networkFailure(error, false);
    return [{
      id, subject, status: 'problem', message: message.replace('the endpoint', `the API at ${base.host}`),
      hint: stage === 'certificate'
        ? 'check ca_file, or ca.crt of the service account'
        : 'check network policies, and that the API server is reachable from this node',
    }];
  } finally {
    agent.destroy();
  }
}

function apiUrl({ kubernetes_url: given }: ApiConfig): URL | undefined {
  if (given !== undefined && given !== '') return new URL(given);
  const host = process.env['KUBERNETES_SERVICE_HOST'];
  const port = process.env['KUBERNETES_SERVICE_PORT'];
  return host && port ? new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`) : undefined;
}

async function accessOf(config: ApiConfig, base: URL, locate: (configured: string) => string) {
  const given = async (file: string | undefined): Promise<string | undefined> => (file === undefined || file === '' ? undefined : readFile(locate(file), 'utf8'));
  const mounted = async (name: string): Promise<string | undefined> => readFile(path.join(locate(config.secret_dir), name), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  const token = ((await given(config.bearer_token_file)) ?? (await mounted('token')))?.trim();
  const headers: Record<string, string> = token === undefined || token === '' ? {} : { authorization: `Bearer ${token}` };
  if (base.protocol !== 'https:') return { agent: new http.Agent(), headers };
  const [ca, cert, key] = [
    (await given(config.ca_file)) ?? (await mounted('ca.crt')), await given(config.client_cert), await given(config.client_key),
  ];
  return { agent: new https.Agent({ ca, cert, key, rejectUnauthorized: config.verify_ssl }), headers };
}

/** Of a `Status` object; else the beginning of the answer. */
function messageOf(body: string): string {
  try {
    return (JSON.parse(body) as { message?: string }).message ?? '';
  } catch {
    return body.slice(0, 100);
  }
}
