/** Which pages of a browser may send (Cross-Origin Resource Sharing). */

export interface Cors {
  /** Without a list everything but a preflight request is allowed; `*` and `https://*.example` are known. */
  readonly origins: readonly string[] | undefined;
  readonly credentials: boolean;
}

export type Header = readonly [name: string, value: string];

/** Whether the origin is in the list; false if there is none, or no origin. */
function includes(origins: readonly string[], origin: string | undefined): boolean {
  if (origin === undefined) return false;
  return origins.some((allowed) => {
    if (allowed === origin) return true;
    const star = allowed.indexOf('*');
    return star >= 0 && origin.startsWith(allowed.slice(0, star)) && origin.endsWith(allowed.slice(star + 1));
  });
}

/** A request without an origin is not from a page of a browser. */
export function mayPost({ origins }: Cors, origin: string | undefined): boolean {
  return origins === undefined || origin === undefined || origins.includes('*') || includes(origins, origin);
}

/** What an answer says about its origin. */
export function corsHeaders({ origins, credentials }: Cors, origin: string | undefined): Header[] {
  if (origins === undefined) return [];
  if (origins.includes('*')) return [['Access-Control-Allow-Origin', '*']];
  if (!includes(origins, origin)) return [];
  const allowed: Header[] = [['Access-Control-Allow-Origin', origin!]];
  if (credentials) allowed.push(['Access-Control-Allow-Credentials', 'true']);
  return allowed;
}

/** The headers of the answer to a preflight request; undefined: it is refused. */
export function preflight(cors: Cors, origin: string | undefined, method: string | undefined, headers: string | undefined): Header[] | undefined {
  if (method !== 'POST') return undefined;
  const allowed = corsHeaders(cors, origin);
  if (allowed.length === 0) return undefined;
  return [['Access-Control-Allow-Methods', 'POST'], ['Access-Control-Allow-Headers', headers ?? ''], ...allowed];
}
