/** A stand-in of the EC2 instance metadata service, version 2: a session token first, then credentials and region. */
import { Issuer, serveUntilDone, type Issued } from './issued-credentials.ts';

export interface LocalImds {
  readonly url: string;
  /** Method and path of each request, in order. */
  readonly requests: string[];
  readonly issuer: Issuer;
  readonly accepted: Issued;
  region: string;
  stop(): Promise<void>;
}

const SESSION = 'session-token';
const ROLE = 'node-role';

export async function startLocalImds(): Promise<LocalImds> {
  const issuer = new Issuer('IMDS');
  const requests: string[] = [];
  const server = await serveUntilDone((request, _body, response) => {
    const { method, url, headers } = request;
    requests.push(`${method} ${url}`);
    const send = (text: string, status = 200): void => void response.writeHead(status).end(text);
    if (method === 'PUT' && url === '/latest/api/token') return send(headers['x-aws-ec2-metadata-token-ttl-seconds'] ? SESSION : '', 200);
    if (headers['x-aws-ec2-metadata-token'] !== SESSION) return send('', 401);
    if (url === '/latest/meta-data/placement/region') return send(imds.region);
    if (url === '/latest/meta-data/iam/security-credentials/') return send(ROLE);
    if (url !== `/latest/meta-data/iam/security-credentials/${ROLE}`) return send('', 404);
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = issuer.issue();
    send(JSON.stringify({
      Code: 'Success', Type: 'AWS-HMAC', AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: sessionToken,
      Expiration: expiration,
    }));
  });
  const imds: LocalImds = { url: server.url, requests, issuer, accepted: issuer.accepted, region: 'eu-central-1', stop: server.stop };
  return imds;
}
