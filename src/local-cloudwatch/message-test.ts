/** What both kinds of filter patterns are made of. */
import { invalidParameter, type ServiceError } from './service-error.ts';

/** Whether a message fits. */
export type MessageTest = (message: string) => boolean;

/** InvalidParameterException about a filter pattern. */
export function badPattern(message: string): ServiceError {
  return invalidParameter(`Invalid filter pattern: ${message}`);
}

/** The test of a `%regular expression%`. Throws InvalidParameterException. */
export function regularExpressionTest(source: string): MessageTest {
  let expression: RegExp;
  try {
    expression = new RegExp(source);
  } catch (error) {
    throw badPattern(`%${source}% is no regular expression: ${error instanceof Error ? error.message : String(error)}`);
  }
  return (message) => expression.test(message);
}

/** Where the quote or percent sign at `start` is closed; a backslash protects the next character. -1 if nowhere. */
export function closing(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === text[start]) return i;
  }
  return -1;
}
