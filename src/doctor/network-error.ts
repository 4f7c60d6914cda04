/** Where on the way to a server a connection failed, and what to do about it. */
import { errorText } from '../errors.ts';

export interface NetworkFailure {
  readonly stage: 'name' | 'connection' | 'certificate' | 'answer';
  readonly message: string;
  readonly hint: string;
}

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)|ALTNAME|^ERR_(?:TLS|SSL)|EPROTO/;
const CONNECTION = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT', 'EACCES', 'EADDRNOTAVAIL', 'ENETDOWN']);

/** `throughProxy`: the connection was one to a proxy. */
export function networkFailure(error: unknown, throughProxy: boolean): NetworkFailure {
  const first = (error as { errors?: readonly unknown[] }).errors?.[0] ?? error;
  const { code = '', name = '' } = first as { code?: string; name?: string };
  const text = errorText(first);
  const whose = throughProxy ? 'the proxy (http_proxy)' : 'the endpoint';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'ENODATA')
    return {
      stage: 'name', message: `the name of ${whose} is not resolved: ${text}`,
      hint: 'check region and endpoint, the DNS of the pod (dnsPolicy), and the DNS names of VPC endpoints',
    };
  if (CERTIFICATE.test(code))
    return {
      stage: 'certificate', message: `TLS failed: ${text}`,
      hint: 'if a proxy opens TLS, give its CA with AWS_CA_BUNDLE or NODE_EXTRA_CA_CERTS; else check the host of the endpoint and the clock',
    };
  if (CONNECTION.has(code) || name === 'TimeoutError')
    return {
      stage: 'connection', message: `there is no connection to ${whose}: ${text}`,
      hint: `check security groups, network policies and routes${throughProxy ? '' : '; without a way to the internet a VPC endpoint or http_proxy is needed'}`,
    };
  return {
    stage: 'answer', message: `there was no orderly answer: ${text}`,
    hint: throughProxy ? 'check that the proxy allows CONNECT to this host' : 'check that the endpoint is a CloudWatch Logs endpoint',
  };
}
