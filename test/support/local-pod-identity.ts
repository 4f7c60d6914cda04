/** A stand-in of the agent of EKS Pod Identity (and of the ECS agent): credentials for whoever has the right token. */
import { Issuer, serveUntilDone, type Issued } from './issued-credentials.ts';

export interface LocalPodIdentity {
  readonly url: string;
  readonly port: number;
  /** Path and Authorization of each request, in order. */
  readonly requests: { readonly path: string; readonly authorization: string | undefined }[];
  readonly issuer: Issuer;
  readonly accepted: Issued;
  /** Only this Authorization is taken, if it is given. */
  token: string | undefined;
  stop(): Promise<void>;
}

export async function startLocalPodIdentity(): Promise<LocalPodIdentity> {
  const issuer = new Issuer('POD');
  const requests: LocalPodIdentity['requests'] = [];
  const server = await serveUntilDone((request, _body, response) => {
    const { authorization } = request.headers;
    requests.push({ path: request.url!, authorization });
    if (agent.token !== undefined && authorization !== agent.token) return void response.writeHead(401).end('{"Code":"AccessDenied","Message":"token"}');
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = issuer.issue();
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({
      AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: sessionToken, AccountId: '111122223333',
      Expiration: expiration,
    }));
  });
  const agent: LocalPodIdentity = {
    url: `${server.url}/v1/credentials`, port: server.port, requests, issuer, accepted: issuer.accepted, token: undefined,
    stop: server.stop,
  };
  return agent;
}
