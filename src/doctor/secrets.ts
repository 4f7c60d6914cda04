/** The last word about secrets: whatever an error of others may say, their values are not in the report. */
import type { Check } from './report.ts';

/** Shorter values would blot out ordinary text. */
const LEAST_LENGTH = 6;
const HIDDEN = '[hidden]';
const VARIABLES = /SECRET|PASSWORD|TOKEN$|_KEY$/;

/** Values of environment variables that are secrets by their names; files that such variables name are none. */
export function secretVariables(env: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(env).flatMap(([name, value]) => (value !== undefined && VARIABLES.test(name) ? [value] : []));
}

/** The same checks without these texts. */
export function hideSecrets(checks: readonly Check[], secrets: Iterable<string>): Check[] {
  const all = [...new Set(secrets)].filter(({ length }) => length >= LEAST_LENGTH).sort((a, b) => b.length - a.length);
  const hide = (text: string): string => all.reduce((left, secret) => left.replaceAll(secret, HIDDEN), text);
  return checks.map((check) => ({
    ...check, subject: hide(check.subject), message: hide(check.message),
    ...(check.hint === undefined ? {} : { hint: hide(check.hint) }),
    ...(check.details === undefined ? {} : { details: check.details.map(hide) }),
  }));
}
