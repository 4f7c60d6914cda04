/** What a `<service_discovery>` makes. */
import type { Lifecycle } from './lifecycle.ts';

/** Tells which servers there are (`<service_discovery>`). */
export interface ServiceDiscovery extends Lifecycle {
  services(): readonly { readonly host: string; readonly port: number; readonly weight: number; readonly name?: string | undefined;
    readonly standby: boolean; readonly username: string; readonly password: string; readonly sharedKey?: string | undefined }[];
  onChange?(listener: () => void): void;
}
