/** What formatter plugins share. */
export { addNewlineField, createConfiguredTimeFormatter, formatterFields, lineEnd, newlineField, timelessFormatterFields } from './fields.ts';
