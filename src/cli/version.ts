/** The version as the commands show it. */
export { version } from '../lib/version.ts';
