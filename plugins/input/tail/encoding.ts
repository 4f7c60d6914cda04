/** Files in other encodings than UTF-8. */
export { findEncoding, isEncodingName, isUtf8Name, UNCHANGED, type LineEncoding } from '#logferry';
