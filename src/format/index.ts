/** What formatter plugins share. */
export { addNewlineField, createConfiguredTimeFormatter, formatterFields, lineEnd, newlineField } from './fields.ts';
