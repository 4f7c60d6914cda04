/** Which certificates of servers are trusted. */
import { readFileSync } from 'node:fs';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { errorText } from '../errors.ts';

let known: { readonly key: string; readonly context: SecureContext } | undefined;

/**
 * With `AWS_CA_BUNDLE`, as in AWS's tools: its certificates beside the usual ones and those of `NODE_EXTRA_CA_CERTS`, as companies' proxies need.
 * Undefined: what the runtime trusts, which knows `NODE_EXTRA_CA_CERTS` itself. Throws if the file cannot be used.
 */
export function trustFromEnvironment(env: Readonly<Record<string, string | undefined>> = process.env): SecureContext | undefined {
  const file = env['AWS_CA_BUNDLE'];
  if (!file) return undefined;
  const extra = env['NODE_EXTRA_CA_CERTS'];
  const read = (name: string): string => readFileSync(name, 'utf8');
  try {
    const own = [read(file), ...(extra ? [read(extra)] : [])];
    const key = own.join('\n');
    // Reading more than a hundred certificates takes a moment: once for all connections.
    if (known?.key !== key) known = { key, context: createSecureContext({ ca: [...rootCertificates, ...own.flatMap(certificatesOf)] }) };
    return known.context;
  } catch (error) {
    throw new Error(`AWS_CA_BUNDLE: the certificates in ${file} cannot be used: ${errorText(error)}`, { cause: error });
  }
}

function certificatesOf(pem: string): string[] {
  const found = pem.match(/-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]+-----END (?:TRUSTED )?CERTIFICATE-----/g);
  if (!found) throw new Error('there is no certificate (-----BEGIN CERTIFICATE-----) in it');
  return found;
}
