/** What parser plugins share. */
export { parserFields, withDefaults, type ParserConfig } from './fields.ts';
export { textToFloat, textToInteger } from './number.ts';
export { createPatternParser, definePatternParser, patternOptionFields } from './pattern-parser.ts';
export { createRegexpMatcher, type RegexpMatcher } from './regexp-fields.ts';
export {
  compileParam,
  createConfiguredTimeParser,
  createFinisher,
  limitTime,
  timeContextOf,
  type FieldFinisher,
} from './shared.ts';
export { rubySplit } from '../lib/split.ts';
export { compileTypes, valueToFloat, valueToInteger } from './types.ts';
