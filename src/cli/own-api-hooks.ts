/** Runs in the thread in which older versions of Node resolve imports: leads `logferry` to the running program. */

interface Resolved {
  readonly url: string;
  readonly format?: string;
  readonly shortCircuit?: boolean;
}

let api: string | undefined;

/** Called once by Node with what `register` was given. */
export function initialize({ url }: { readonly url: string }): void {
  api = url;
}

/** Called by Node for each import. */
export async function resolve(
  specifier: string,
  context: unknown,
  next: (specifier: string, context: unknown) => Promise<Resolved>,
): Promise<Resolved> {
  if (specifier === 'logferry' && api !== undefined) return { url: api, format: 'module', shortCircuit: true };
  return next(specifier, context);
}
