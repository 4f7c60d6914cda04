/** A stand-in of AWS STS: the query protocol of AssumeRole, AssumeRoleWithWebIdentity and GetCallerIdentity. */
import { Issuer, serveUntilDone, type Issued } from './issued-credentials.ts';

export interface StsRequest {
  readonly action: string;
  readonly params: Readonly<Record<string, string>>;
  /** Of the signature; undefined without one. */
  readonly accessKeyId: string | undefined;
  readonly sessionToken: string | undefined;
}

export interface LocalSts {
  readonly url: string;
  readonly requests: StsRequest[];
  readonly issuer: Issuer;
  readonly accepted: Issued;
  /** The next answers are this error. */
  failWith: { readonly code: string; readonly message: string; readonly status?: number } | undefined;
  /** Only this web identity token is taken, if it is given. */
  token: string | undefined;
  /** This access key has expired. */
  refused: string | undefined;
  /** What GetCallerIdentity answers. */
  arn: string;
  /** Difference of its clock, in milliseconds. */
  skewMs: number;
  stop(): Promise<void>;
}

const XMLNS = 'https://sts.amazonaws.com/doc/2011-06-15/';

export async function startLocalSts(): Promise<LocalSts> {
  const issuer = new Issuer('STS');
  const requests: StsRequest[] = [];
  const server = await serveUntilDone((request, body, response) => {
    const params = Object.fromEntries(new URLSearchParams(body));
    const action = params['Action'] ?? '';
    const header = request.headers.authorization;
    const found = header === undefined ? undefined : /Credential=([^/]+)\//.exec(header)?.[1];
    requests.push({ action, params, accessKeyId: found, sessionToken: request.headers['x-amz-security-token'] as string | undefined });
    const send = (status: number, xml: string): void => {
      response.setHeader('date', new Date(Date.now() + sts.skewMs).toUTCString());
      response.writeHead(status, { 'content-type': 'text/xml' }).end(xml);
    };
    const fail = (code: string, message: string, status = 403): void =>
      send(
        status,
        `<ErrorResponse xmlns="${XMLNS}"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r-1</RequestId></ErrorResponse>`,
      );
    if (sts.failWith) return fail(sts.failWith.code, sts.failWith.message, sts.failWith.status);
    if (found !== undefined && found === sts.refused) return fail('ExpiredToken', 'The security token included in the request is expired');
    if (action === 'GetCallerIdentity') {
      const result = `<Arn>${sts.arn}</Arn><UserId>AROAEXAMPLE:session</UserId><Account>111122223333</Account>`;
      return send(
        200,
        `<GetCallerIdentityResponse xmlns="${XMLNS}"><GetCallerIdentityResult>${result}</GetCallerIdentityResult></GetCallerIdentityResponse>`,
      );
    }
    if (action === 'AssumeRoleWithWebIdentity' && sts.token !== undefined && params['WebIdentityToken'] !== sts.token)
      return fail('InvalidIdentityToken', 'The web identity token is not valid', 400);
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = issuer.issue();
    const keys = `<AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey><SessionToken>${sessionToken}</SessionToken>`;
    const user = `<AssumedRoleUser><AssumedRoleId>AROAEXAMPLE:s</AssumedRoleId><Arn>${params['RoleArn']}/s</Arn></AssumedRoleUser>`;
    const result = `<Credentials>${keys}<Expiration>${expiration}</Expiration></Credentials>${user}`;
    send(200, `<${action}Response xmlns="${XMLNS}"><${action}Result>${result}</${action}Result></${action}Response>`);
  });
  const sts: LocalSts = {
    url: server.url, requests, issuer, accepted: issuer.accepted, failWith: undefined, token: undefined, refused: undefined,
    arn: 'arn:aws:sts::111122223333:assumed-role/node/session', skewMs: 0, stop: server.stop,
  };
  return sts;
}
