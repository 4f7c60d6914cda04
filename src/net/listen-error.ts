/** Why a socket cannot be listened on, in words that tell what to do. */
import { ConfigError } from '../errors.ts';
import type { PluginContext } from '../plugin.ts';

/** A ConfigError with the place of `port` or `bind`, whichever is to blame. */
export function listenError(error: unknown, at: { readonly host: string; readonly port: number }, context: PluginContext): ConfigError {
  const { host, port } = at;
  const fault = error as NodeJS.ErrnoException;
  const place = (name: string) => context.place(name) ?? context.element.at;
  switch (fault.code) {
    case 'EADDRINUSE':
      return new ConfigError(`port ${port} of ${host} is in use`, place('port'), 'another process or <source> listens there: take another port');
    case 'EACCES':
      return new ConfigError(`port ${port} of ${host} may not be listened on`, place('port'), 'ports below 1024 need privileges: take a higher one');
    case 'EADDRNOTAVAIL':
      return new ConfigError(`no network interface of this machine has the address ${host}`, place('bind'), '0.0.0.0 stands for all of them');
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new ConfigError(`bind: the host name ${host} cannot be resolved`, place('bind'), 'write an address, such as 0.0.0.0');
    default:
      return new ConfigError(`port ${port} of ${host} cannot be listened on: ${fault.message}`, place('port'));
  }
}
