/** Whether an expression gives the same result each time. */
import type { RubyProgram } from '../ruby/index.ts';

/** Words of what depends on the clock, on chance, or on what was before. */
const UNSTEADY = /\b(?:now|today|rand|random|shuffle!?|sample|uuid(?:_v[47])?|hex|base64|urlsafe_base64|alphanumeric|srand|clock_gettime|object_id|hash)\b|@/i;

/** True if the result depends on nothing but the expression's variables, as far as its words tell. */
export function isSteadyRuby(program: RubyProgram): boolean {
  return !program.mutates && !UNSTEADY.test(program.source);
}
